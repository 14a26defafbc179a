/* store_ctl_audit.h - the audit log as people read it: with names for ids. See store_ctl.h. */
#ifndef STORE_CTL_AUDIT_H
#define STORE_CTL_AUDIT_H

#include "store_ctl.h"

extern const struct cs_stmt *const store_ctl_audit_stmts[]; /* NULL-terminated */

struct store_ctl_audit_filter {
    struct cs_str user;   /* by him, to him, or to a token of his; .p NULL: everybody */
    struct cs_str action; /* .p NULL: all */
    int64_t since_ms;     /* since 1970; 0: from the beginning */
    int64_t limit;        /* the newest of those that fit */
};

/* Borrowed from the rows; absent texts have a .p of NULL. */
struct store_ctl_audit {
    struct cs_str at, action;
    struct cs_str actor;  /* absent: the command line, or nobody */
    struct cs_str target; /* a name, or the mask of a token; the id of what has neither */
    struct cs_str room, ip;
    struct cs_str data; /* JSON */
};

/* The oldest first. A user of this name that is not there: no rows. */
enum cs_rc store_ctl_audit(struct cs_db *db, struct cs_arena *arena,
                           const struct store_ctl_audit_filter *f, struct cs_rows *rows,
                           struct cs_err *err) CS_MUST_CHECK;
struct store_ctl_audit store_ctl_audit_at(const struct cs_rows *rows, int row);

/* CS_E_USER_NOT_FOUND: nobody has this name; who is deleted has one still. */
enum cs_rc store_ctl_audit_user(struct cs_db *db, struct cs_arena *arena, struct cs_str name,
                                struct cs_err *err) CS_MUST_CHECK;

#endif
