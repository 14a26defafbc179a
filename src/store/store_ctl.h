/* store_ctl.h - what an administrator does from the command line: accounts, API tokens, the epoch.
 *
 * The statements run with the owner's connection (DATABASE_OWNER_URL): whoever may migrate may do
 * these, and they need no grants of their own. Each change writes its line of the audit log in the
 * same statement, with no actor: it is the operator's.
 *
 * Called by chatspherectl only; the workers have statements of their own for what users may do.
 */
#ifndef STORE_CTL_H
#define STORE_CTL_H

#include "cs_db_block.h"
#include "cs_hash.h"

extern const struct cs_stmt *const store_ctl_stmts[]; /* all of them, NULL-terminated */

struct store_ctl_user {
    struct cs_str username, email, role; /* email.p NULL: none */
    struct cs_str password_hash;         /* not read back */
    struct cs_str created_at;            /* not written */
    bool active;                         /* not written */
};

/* *created is false when a user with this name or address is there already. */
enum cs_rc store_ctl_user_create(struct cs_db *db, struct cs_arena *arena,
                                 const struct store_ctl_user *u, bool *created,
                                 struct cs_err *err) CS_MUST_CHECK;

/* All users that are not deleted, by name; store_ctl_user_at borrows row i from the rows. */
enum cs_rc store_ctl_users(struct cs_db *db, struct cs_arena *arena, struct cs_rows *rows,
                           struct cs_err *err) CS_MUST_CHECK;
struct store_ctl_user store_ctl_user_at(const struct cs_rows *rows, int row);

struct store_ctl_token {
    struct cs_str username; /* of the owner */
    struct cs_str type;     /* CLIENT or USER */
    struct cs_str prefix;   /* what lists show */
    struct cs_str name;     /* for the audit log; .p NULL: none */
    int64_t life_s;         /* 0: no end */
    uint8_t hash[CS_SHA256_BYTES];
};

/* *created is false when there is no enabled user of this name. */
enum cs_rc store_ctl_token_create(struct cs_db *db, struct cs_arena *arena,
                                  const struct store_ctl_token *t, bool *created,
                                  struct cs_err *err) CS_MUST_CHECK;

/* The random part of the epoch (architecture, "Epoch"); {NULL, 0} when the seed has not run. */
enum cs_rc store_ctl_epoch(struct cs_db *db, struct cs_arena *arena, struct cs_str *value,
                           struct cs_err *err) CS_MUST_CHECK;

/* Replaces it, after a restore: every cursor of a client is void from then on. */
enum cs_rc store_ctl_epoch_new(struct cs_db *db, struct cs_arena *arena, struct cs_str *value,
                               struct cs_err *err) CS_MUST_CHECK;

#endif
