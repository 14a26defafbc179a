/* cs_cfg_table.h - the shape of the option table. Only cs_cfg*.c, their
 * tests, and what checks a whole configuration (src/ctl) include this. */
#ifndef CS_CFG_TABLE_H
#define CS_CFG_TABLE_H

#include "cs_cfg.h"

enum cs_option_type {
    CS_O_TEXT,     /* const char *; min and max count bytes */
    CS_O_INT,      /* int64_t */
    CS_O_BOOL,     /* bool */
    CS_O_DURATION, /* int64_t, seconds */
    CS_O_CHOICE,   /* int64_t, the index in `unit`, which lists the words: a|b|c */
};

enum cs_option_flags {
    CS_O_SECRET = 1,     /* never printed */
    CS_O_SECRET_URL = 2, /* printed without its password */
    CS_O_RELOADABLE = 4, /* SIGHUP takes a new value; CS_O_INT, CS_O_DURATION, CS_O_CHOICE only */
};

struct cs_option {
    const char *key;
    enum cs_option_type type;
    size_t offset; /* in struct cs_cfg */
    const char *def;
    int64_t min, max;
    const char *unit;
    unsigned flags;
    const char *help; /* lines of at most 96 characters */
};

extern const struct cs_option cs_options[];
extern const size_t cs_options_n;

/* Files with secrets in the directory that CREDENTIALS_DIRECTORY names, as systemd gives it to a unit
 * with LoadCredential; a later one wins over an earlier. NULL-terminated. */
extern const char *const cs_credentials[];

/* --- the parts of cs_cfg_load ------------------------------------------------------------------ */

/* The text of a file, in the configuration's arena; {NULL, 0} where it is not there and need not be. */
enum cs_rc cs_cfg_read(struct cs_cfg *cfg, const char *path, bool must_exist, struct cs_str *out,
                       struct cs_err *err) CS_MUST_CHECK;

/* KEY=value of one line; false for blank lines, comments, and what is neither. */
bool cs_cfg_line(struct cs_str line, struct cs_str *key, struct cs_str *value);

/* One value into its member. CS_E_CONFIG with a sentence that begins with the key. */
enum cs_rc cs_cfg_set(struct cs_cfg *cfg, const struct cs_option *o, struct cs_str value,
                      struct cs_err *err) CS_MUST_CHECK;

/* What several values say together, the first thing that is wrong; fills in what follows from others. */
enum cs_rc cs_cfg_check(struct cs_cfg *cfg, struct cs_err *err) CS_MUST_CHECK;

#endif
