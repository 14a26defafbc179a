/* store_role.c - see store_role.h. */
#include "store_role.h"

#define ROLE_COLUMNS                                                                               \
    "SELECT r.id, r.name, r.description, r.permissions, r.built_in, r.created_at, r.updated_at\n"  \
    "  FROM chat.roles AS r\n"

/* The highest of the built-in ones first. */
#define ROLE_ORDER " ORDER BY r.built_in DESC, CASE WHEN r.built_in THEN -r.permissions END, r.name"

enum { ROLE_COLS = 7 };

const struct cs_stmt store_roles_stmt = {
    .name = "roles",
    .nparams = 0,
    .ncols = ROLE_COLS,
    .sql = ROLE_COLUMNS ROLE_ORDER,
};

const struct cs_stmt store_role_stmt = {
    .name = "role",
    .nparams = 1,
    .ncols = ROLE_COLS,
    .sql = ROLE_COLUMNS " WHERE r.id = $1",
};

const struct cs_stmt store_roles_of_stmt = {
    .name = "roles_of",
    .nparams = 1,
    .ncols = ROLE_COLS,
    .sql = ROLE_COLUMNS " WHERE r.name = (SELECT u.role FROM chat.users AS u\n"
                        "                  WHERE u.id = $1 AND u.deleted_at IS NULL)\n"
                        "    OR r.id IN (SELECT o.role_id FROM chat.user_roles AS o\n"
                        "                 WHERE o.user_id = $1)\n" ROLE_ORDER,
};

const struct cs_stmt store_role_create_stmt = {
    .name = "role_create",
    .nparams = 6,
    .ncols = 1,
    .sql = "SELECT chat.create_role($1::uuid, $2::uuid, $3::text, $4::text, $5::int, $6::text)",
};

const struct cs_stmt store_role_delete_stmt = {
    .name = "role_delete",
    .nparams = 3,
    .ncols = 2,
    .sql = "SELECT d.status, h.id\n"
           "  FROM chat.delete_role($1::uuid, $2::uuid, $3::text) AS d\n"
           "  LEFT JOIN LATERAL unnest(d.users) AS h (id) ON true",
};

const struct cs_stmt store_roles_set_stmt = {
    .name = "roles_set",
    .nparams = 4,
    .ncols = 1,
    .sql = "SELECT chat.set_roles($1::uuid, $2::uuid, $3::uuid[], $4::text)",
};

void store_roles_call(struct cs_call *call, struct cs_arena *arena)
{
    cs_call_init(call, &store_roles_stmt, arena);
}

void store_role_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *id)
{
    cs_call_init(call, &store_role_stmt, arena);
    cs_call_uuid(call, id);
}

void store_roles_of_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user)
{
    cs_call_init(call, &store_roles_of_stmt, arena);
    cs_call_uuid(call, user);
}

void store_role_read(const struct cs_rows *rows, int row, struct store_role *out)
{
    *out = (struct store_role){
        .id = cs_rows_uuid(rows, row, 0),
        .name = cs_rows_str(rows, row, 1),
        .description = cs_rows_str(rows, row, 2),
        .permissions = (unsigned)cs_rows_i64(rows, row, 3),
        .built_in = cs_rows_bool(rows, row, 4),
        .created_at = cs_rows_str(rows, row, 5),
        .updated_at = cs_rows_str(rows, row, 6),
    };
}

void store_role_create_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_actor *actor, const struct store_role *role)
{
    cs_call_init(call, &store_role_create_stmt, arena);
    cs_call_uuid(call, &role->id);
    cs_call_uuid(call, &actor->id);
    cs_call_text(call, role->name);
    cs_call_text(call, role->description);
    cs_call_i64(call, role->permissions);
    cs_call_text(call, actor->ip);
}

void store_role_delete_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_actor *actor, const struct cs_uuid *role)
{
    cs_call_init(call, &store_role_delete_stmt, arena);
    cs_call_uuid(call, &actor->id);
    cs_call_uuid(call, role);
    cs_call_text(call, actor->ip);
}

bool store_role_holder(const struct cs_rows *rows, int row, struct cs_uuid *user)
{
    if (cs_rows_null(rows, row, 1))
        return false;
    *user = cs_rows_uuid(rows, row, 1);
    return true;
}

void store_roles_set_call(struct cs_call *call, struct cs_arena *arena,
                          const struct store_actor *actor, const struct cs_uuid *user,
                          struct cs_buf *roles)
{
    cs_call_init(call, &store_roles_set_stmt, arena);
    cs_call_uuid(call, &actor->id);
    cs_call_uuid(call, user);
    cs_call_array(call, roles);
    cs_call_text(call, actor->ip);
}
