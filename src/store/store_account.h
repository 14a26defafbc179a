/* store_account.h - accounts as those see them who keep them, and what they may do to them.
 *
 * Every change is one function of the database, which asks again whether the actor may, writes the
 * audit log, and says how it went; store_account_outcome reads that, for roles (store_role.h) too.
 */
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

#include "cs_db.h"
#include "store_user.h"

/* Who does it, and from which address: for the audit log. */
struct store_actor {
    struct cs_uuid id;
    struct cs_str ip; /* absent: not known */
};

enum { STORE_ACCOUNTS_MAX = 100 }; /* rows of a list */

/* The newest first; of those whose name begins with `prefix` (in any case; absent: all), older than
 * `before` (NULL: from the newest). Read by store_user_read. */
void store_accounts_call(struct cs_call *call, struct cs_arena *arena, struct cs_str prefix,
                         const struct cs_uuid *before, int64_t limit);

/* Whether a name or an address is in use, before a hash is made for nothing; email absent: not
 * asked. Reading gives CS_E_USERNAME_TAKEN or CS_E_EMAIL_TAKEN. */
void store_account_taken_call(struct cs_call *call, struct cs_arena *arena, struct cs_str username,
                              struct cs_str email);
enum cs_rc store_account_taken_read(const struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

struct store_new_account {
    struct cs_uuid id;
    struct cs_str username, password_hash, role;
    struct cs_str email, full_name; /* absent: none */
};

void store_account_create_call(struct cs_call *call, struct cs_arena *arena,
                               const struct store_actor *actor, const struct store_new_account *a);

/* Enables or disables. */
void store_account_active_call(struct cs_call *call, struct cs_arena *arena,
                               const struct store_actor *actor, const struct cs_uuid *user,
                               bool active);

/* Signs him out everywhere. The outcome, and a row for each session that has ended, or one that names
 * none. */
void store_account_sign_out_call(struct cs_call *call, struct cs_arena *arena,
                                 const struct store_actor *actor, const struct cs_uuid *user);
/* False: that row names none. */
bool store_account_signed_out(const struct cs_rows *rows, int row, struct cs_uuid *session);

/* Makes somebody an ADMIN, or none. */
void store_account_superuser_call(struct cs_call *call, struct cs_arena *arena,
                                  const struct store_actor *actor, const struct cs_uuid *user,
                                  bool superuser);

/* Anonymises, and takes him out of his rooms. */
void store_account_delete_call(struct cs_call *call, struct cs_arena *arena,
                               const struct store_actor *actor, const struct cs_uuid *user);
/* Of its row: the rooms that have changed, as the database writes a list; borrowed from the rows.
 */
struct cs_str store_account_left(const struct cs_rows *rows);
/* Rings for such a list, however long. To be run alone, as every bell. */
void store_account_ring_call(struct cs_call *call, struct cs_arena *arena, struct cs_str rooms);

/* The first column of any of these changes. CS_E_FORBIDDEN, CS_E_ONESELF, CS_E_USER_NOT_FOUND,
 * CS_E_ROLE_NOT_FOUND, CS_E_BUILT_IN, CS_E_ROLE_TAKEN, CS_E_USERNAME_TAKEN, CS_E_EMAIL_TAKEN,
 * CS_E_BAD_FIELD. */
enum cs_rc store_account_outcome(const struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

extern const struct cs_stmt store_accounts_stmt, store_accounts_named_stmt,
    store_account_taken_stmt, store_account_create_stmt, store_account_active_stmt,
    store_account_sign_out_stmt, store_account_superuser_stmt, store_account_delete_stmt,
    store_account_ring_stmt;

#endif
