/* store_ctl.h - what the statements of chatspherectl have in common, and the epoch.
 *
 * All store_ctl*.c run with the owner's connection (DATABASE_OWNER_URL): whoever may migrate may do
 * these, and they need no grants of their own. They call the functions that the programs call for
 * administrators, with no actor: so the rules and the audit log are the same.
 *
 * Called by chatspherectl only; the workers have statements of their own for what users may do.
 */
#ifndef STORE_CTL_H
#define STORE_CTL_H

#include "cs_db_block.h"
#include "cs_hash.h"

extern const struct cs_stmt *const store_ctl_stmts[]; /* of the epoch, NULL-terminated */

/* What a function of the schema says in the first column of its one row: CS_OK, or the error of
 * that name; no row is `none`. */
enum cs_rc store_ctl_status(const struct cs_rows *rows, enum cs_rc none,
                            struct cs_err *err) CS_MUST_CHECK;

/* The random part of the epoch (architecture, "Epoch"); {NULL, 0} when the seed has not run. */
enum cs_rc store_ctl_epoch(struct cs_db *db, struct cs_arena *arena, struct cs_str *value,
                           struct cs_err *err) CS_MUST_CHECK;

/* Replaces it, after a restore: every cursor of a client is void from then on. */
enum cs_rc store_ctl_epoch_new(struct cs_db *db, struct cs_arena *arena, struct cs_str *value,
                               struct cs_err *err) CS_MUST_CHECK;

#endif
