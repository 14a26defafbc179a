/* store_ctl_user.h - accounts, as chatspherectl keeps them; see store_ctl.h.
 *
 * A command names a user; store_ctl_user_find gives the id that the changes take. Each change is
 * one function of the schema, which writes the audit row.
 */
#ifndef STORE_CTL_USER_H
#define STORE_CTL_USER_H

#include "store_ctl.h"

extern const struct cs_stmt *const store_ctl_user_stmts[]; /* NULL-terminated */

struct store_ctl_new_user {
    struct cs_str username, role, password_hash;
    struct cs_str email; /* .p NULL: none */
};

/* CS_E_USERNAME_TAKEN, CS_E_EMAIL_TAKEN. */
enum cs_rc store_ctl_user_create(struct cs_db *db, struct cs_arena *arena,
                                 const struct store_ctl_new_user *u,
                                 struct cs_err *err) CS_MUST_CHECK;

/* Borrowed from the rows; absent texts have a .p of NULL. */
struct store_ctl_user {
    struct cs_uuid id;
    struct cs_str username, email, full_name;
    struct cs_str role;  /* the base role */
    struct cs_str roles; /* all of them: "ADMIN, Support" */
    bool active;
    struct cs_str created_at, last_seen;
    int64_t sessions, tokens; /* that are good now */
};

/* All users that are not deleted, by name; store_ctl_user_at borrows row i from the rows. */
enum cs_rc store_ctl_users(struct cs_db *db, struct cs_arena *arena, struct cs_rows *rows,
                           struct cs_err *err) CS_MUST_CHECK;
struct store_ctl_user store_ctl_user_at(const struct cs_rows *rows, int row);

/* The one of this name, in any case and encoding. CS_E_USER_NOT_FOUND. */
enum cs_rc store_ctl_user_find(struct cs_db *db, struct cs_arena *arena, struct cs_str name,
                               struct store_ctl_user *out, struct cs_err *err) CS_MUST_CHECK;

/* Each CS_E_USER_NOT_FOUND when he has been deleted meanwhile. A disabled user's sessions end; a
 * new password ends them too. */
enum cs_rc store_ctl_user_activate(struct cs_db *db, struct cs_arena *arena,
                                   const struct cs_uuid *id, bool active,
                                   struct cs_err *err) CS_MUST_CHECK;
enum cs_rc store_ctl_user_role(struct cs_db *db, struct cs_arena *arena, const struct cs_uuid *id,
                               struct cs_str role, struct cs_err *err) CS_MUST_CHECK;
enum cs_rc store_ctl_user_password(struct cs_db *db, struct cs_arena *arena,
                                   const struct cs_uuid *id, struct cs_str hash,
                                   struct cs_err *err) CS_MUST_CHECK;

/* Messages stay, without the name. *rooms: those that he has left, for store_ctl_ring. */
enum cs_rc store_ctl_user_delete(struct cs_db *db, struct cs_arena *arena, const struct cs_uuid *id,
                                 struct cs_str *rooms, struct cs_err *err) CS_MUST_CHECK;

/* Rings rooms, in a transaction of its own (architecture, "Ringing"). */
enum cs_rc store_ctl_ring(struct cs_db *db, struct cs_arena *arena, struct cs_str rooms,
                          struct cs_err *err) CS_MUST_CHECK;

#endif
