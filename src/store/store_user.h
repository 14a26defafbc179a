/* store_user.h - an account, as it is shown to its owner and to those who keep accounts.
 *
 * Called by the worker's identity handlers.
 */
#ifndef STORE_USER_H
#define STORE_USER_H

#include "cs_db.h"

struct store_user {
    struct cs_uuid id;
    struct cs_str username, email, full_name, bio, role;
    struct cs_str roles; /* JSON: the names of all roles, the base role first */
    struct cs_str last_seen, created_at, updated_at;
    bool active;
};

/* What store_user_read reads, of chat.users AS u: for the other statements that show accounts. */
#define STORE_USER_COLUMNS                                                                         \
    "SELECT u.id, u.username, u.email, u.full_name, u.bio, u.role,\n"                              \
    "       to_jsonb(u.role || ARRAY(\n"                                                           \
    "           SELECT r.name FROM chat.user_roles AS o\n"                                         \
    "             JOIN chat.roles AS r ON r.id = o.role_id\n"                                      \
    "            WHERE o.user_id = u.id ORDER BY r.name)),\n"                                      \
    "       u.last_seen, u.created_at, u.updated_at, u.is_active\n"
enum { STORE_USER_COLS = 11 };

void store_user_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *id);
void store_user_read(const struct cs_rows *rows, int row, struct store_user *out);

extern const struct cs_stmt store_user_stmt;

#endif
