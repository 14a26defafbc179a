/* store_ctl_purge.h - forgetting what has ended long ago. See store_ctl.h. */
#ifndef STORE_CTL_PURGE_H
#define STORE_CTL_PURGE_H

#include "store_ctl.h"

extern const struct cs_stmt *const store_ctl_purge_stmts[]; /* NULL-terminated */

enum { STORE_PURGED_KINDS = 6 };

/* What they are called, in the order of the counts. */
extern const char *const store_ctl_purged_kinds[STORE_PURGED_KINDS];

/* Forgets at most `most` of each kind, in one transaction, and says how many of each: less than
 * `most` of all of them, and there is nothing left but what others have in hand. Locks only what it
 * deletes; reads tables from end to end. */
enum cs_rc store_ctl_purge(struct cs_db *db, struct cs_arena *arena, int64_t most,
                           int64_t gone[STORE_PURGED_KINDS], struct cs_err *err) CS_MUST_CHECK;

#endif
