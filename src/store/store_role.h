/* store_role.h - roles: the built-in ones and those that an operator makes, and who has which.
 *
 * Changes are read by store_account_outcome.
 */
#ifndef STORE_ROLE_H
#define STORE_ROLE_H

#include "store_account.h"

struct store_role {
    struct cs_uuid id;
    struct cs_str name, description; /* description absent: none */
    unsigned permissions;            /* bits of CS_PERMISSIONS */
    bool built_in;
    struct cs_str created_at, updated_at;
};

/* All; one; those of a user, of which a user always has one. The built-in ones come first. */
void store_roles_call(struct cs_call *call, struct cs_arena *arena);
void store_role_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *id);
void store_roles_of_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user);
/* Of all three. */
void store_role_read(const struct cs_rows *rows, int row, struct store_role *out);

/* Makes the role with the id, name, description and permissions of `role`. */
void store_role_create_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_actor *actor, const struct store_role *role);

void store_role_delete_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_actor *actor, const struct cs_uuid *role);
/* Of the deletion's rows: somebody who had it and has to hear that; false: nobody. */
bool store_role_holder(const struct cs_rows *rows, int row, struct cs_uuid *user);

/* Replaces the roles of a user. `roles` is an array under construction (cs_array_begin), borrowed
 * until the call is sent. */
void store_roles_set_call(struct cs_call *call, struct cs_arena *arena,
                          const struct store_actor *actor, const struct cs_uuid *user,
                          struct cs_buf *roles);

extern const struct cs_stmt store_roles_stmt, store_role_stmt, store_roles_of_stmt,
    store_role_create_stmt, store_role_delete_stmt, store_roles_set_stmt;

#endif
