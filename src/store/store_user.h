/* store_user.h - an account, as it is shown to its owner.
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

void store_user_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *id);
void store_user_read(const struct cs_rows *rows, int row, struct store_user *out);

extern const struct cs_stmt store_user_stmt;

#endif
