/* cs_cfg_table.h - the shape of the option table. Only cs_cfg.c and its tests include this. */
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

#endif
