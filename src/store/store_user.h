/* store_user.h - accounts: looking one up to log in, making one, showing one to its owner.
 *
 * Passwords come and go as hashes only. Called by the worker's identity handlers.
 */
#ifndef STORE_USER_H
#define STORE_USER_H

#include "cs_db.h"

/* What logging in needs. */
struct store_login {
    struct cs_uuid id;
    struct cs_str username, role;
    struct cs_str password_hash; /* absent: no login by password */
    bool active;
};

/* By name (exactly), or by address (in any case). No row: no such user. */
void store_login_call(struct cs_call *call, struct cs_arena *arena, struct cs_str username);
void store_login_email_call(struct cs_call *call, struct cs_arena *arena, struct cs_str email);
void store_login_read(const struct cs_rows *rows, int row, struct store_login *out);

/* Replaces a hash, unless it has been replaced since it was read. No rows. */
void store_rehash_call(struct cs_call *call, struct cs_arena *arena, const struct store_login *old,
                       struct cs_str new_hash);

/* Whether a name or an address is in use; email absent: not asked. One row. */
void store_taken_call(struct cs_call *call, struct cs_arena *arena, struct cs_str username,
                      struct cs_str email);
void store_taken_read(const struct cs_rows *rows, int row, bool *username, bool *email);

struct store_new_user {
    struct cs_uuid id;
    struct cs_str username, password_hash;
    struct cs_str email, full_name; /* absent: none */
};

/* The account as store_user_read reads it; no row when the name or the address is in use. */
void store_user_insert_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_new_user *u);

struct store_user {
    struct cs_uuid id;
    struct cs_str username, email, full_name, bio, role;
    struct cs_str roles; /* JSON: the names of all roles, the base role first */
    struct cs_str last_seen, created_at, updated_at;
    bool active;
};

void store_user_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *id);
void store_user_read(const struct cs_rows *rows, int row, struct store_user *out);

extern const struct cs_stmt store_login_stmt, store_login_email_stmt, store_rehash_stmt,
    store_taken_stmt, store_user_insert_stmt, store_user_stmt;

#endif
