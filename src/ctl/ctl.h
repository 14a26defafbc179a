/* ctl.h - one run of chatspherectl: its configuration, its memory, its database connection, and
 * what it says.
 *
 * Results go to standard output, everything else to standard error in plain sentences:
 * chatspherectl talks to a person or to a script, not to a log.
 */
#ifndef CTL_H
#define CTL_H

#include "cs_cfg.h"
#include "cs_db_block.h"

/* Exit statuses; 64 and 78 are those of sysexits.h. */
enum { CTL_OK = 0, CTL_FAILED = 1, CTL_USAGE = 64, CTL_CONFIG = 78 };

struct ctl {
    struct cs_cfg_args args;
    struct cs_cfg cfg; /* empty until ctl_configure */
    struct cs_arena arena;
    struct cs_db *db; /* NULL until ctl_open */
};

/* One sentence on standard error, with the program's name and a newline. Return CTL_FAILED and
 * CTL_USAGE, so that a handler writes `return ctl_fail("…");` */
int ctl_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int ctl_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same for a struct cs_err: the operator may read what only the log may hold. `what` is a
 * clause that tells what was attempted. */
int ctl_fail_err(const char *what, const struct cs_err *err);

/* Loads the configuration. CTL_OK, or CTL_CONFIG after a sentence. Of a command line that only asks
 * to have it printed, CTL_OK when that is done. */
int ctl_configure(struct ctl *c);

/* What a service gets as its credentials, chatspherectl reads beside the configuration file, where
 * `setup` has put it: points CREDENTIALS_DIRECTORY there, unless it is set already. Where they are not for who runs this, loading says so. */
void ctl_find_credentials(struct ctl *c);

/* The database as its owner, with these statements prepared; a connection that is open already is
 * closed first. CS_E_CONFIG when no URL is configured, else as cs_db_begin. */
enum cs_rc ctl_open(struct ctl *c, const struct cs_stmt *const *stmts,
                    struct cs_err *err) CS_MUST_CHECK;

/* An RFC 3339 time from PostgreSQL's text, in the arena; the text itself when it is no time. */
const char *ctl_time(struct ctl *c, struct cs_str pg);

#endif
