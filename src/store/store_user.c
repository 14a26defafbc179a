/* store_user.c - see store_user.h. */
#include "store_user.h"

#define LOGIN                                                                                      \
    "SELECT u.id, u.username, u.role, u.password_hash, u.is_active\n"                              \
    "  FROM chat.users AS u\n"                                                                     \
    " WHERE u.deleted_at IS NULL AND "

const struct cs_stmt store_login_stmt = {
    .name = "login",
    .nparams = 1,
    .ncols = 5,
    .sql = LOGIN "u.username = $1::text",
};

const struct cs_stmt store_login_email_stmt = {
    .name = "login_email",
    .nparams = 1,
    .ncols = 5,
    .sql = LOGIN "lower(u.email) = lower($1::text)",
};

const struct cs_stmt store_rehash_stmt = {
    .name = "rehash",
    .nparams = 3,
    .ncols = 0,
    .sql = "UPDATE chat.users SET password_hash = $3::text\n"
           " WHERE id = $1 AND password_hash = $2::text",
};

const struct cs_stmt store_taken_stmt = {
    .name = "user_taken",
    .nparams = 2,
    .ncols = 2,
    .sql = "SELECT EXISTS (SELECT FROM chat.users WHERE username = $1::text),\n"
           "       EXISTS (SELECT FROM chat.users WHERE lower(email) = lower($2::text))",
};

/* The rows of a new account are what store_user_stmt would read. */
const struct cs_stmt store_user_insert_stmt = {
    .name = "user_insert",
    .nparams = 5,
    .ncols = 11,
    .sql = "INSERT INTO chat.users AS u (id, username, password_hash, email, full_name)\n"
           "VALUES ($1, $2, $3, $4, $5)\n"
           "ON CONFLICT DO NOTHING\n"
           "RETURNING u.id, u.username, u.email, u.full_name, u.bio, u.role,\n"
           "          to_jsonb(ARRAY[u.role]),\n"
           "          u.last_seen, u.created_at, u.updated_at, u.is_active",
};

const struct cs_stmt store_user_stmt = {
    .name = "user",
    .nparams = 1,
    .ncols = 11,
    .sql = "SELECT u.id, u.username, u.email, u.full_name, u.bio, u.role,\n"
           "       to_jsonb(ARRAY[u.role] || ARRAY(\n"
           "           SELECT r.name FROM chat.user_roles AS ur\n"
           "             JOIN chat.roles AS r ON r.id = ur.role_id\n"
           "            WHERE ur.user_id = u.id AND r.name <> u.role ORDER BY r.name)),\n"
           "       u.last_seen, u.created_at, u.updated_at, u.is_active\n"
           "  FROM chat.users AS u\n"
           " WHERE u.id = $1 AND u.deleted_at IS NULL",
};

void store_login_call(struct cs_call *call, struct cs_arena *arena, struct cs_str username)
{
    cs_call_init(call, &store_login_stmt, arena);
    cs_call_text(call, username);
}

void store_login_email_call(struct cs_call *call, struct cs_arena *arena, struct cs_str email)
{
    cs_call_init(call, &store_login_email_stmt, arena);
    cs_call_text(call, email);
}

void store_login_read(const struct cs_rows *rows, int row, struct store_login *out)
{
    *out = (struct store_login){
        .id = cs_rows_uuid(rows, row, 0),
        .username = cs_rows_str(rows, row, 1),
        .role = cs_rows_str(rows, row, 2),
        .password_hash = cs_rows_str(rows, row, 3),
        .active = cs_rows_bool(rows, row, 4),
    };
}

void store_rehash_call(struct cs_call *call, struct cs_arena *arena, const struct store_login *old,
                       struct cs_str new_hash)
{
    cs_call_init(call, &store_rehash_stmt, arena);
    cs_call_uuid(call, &old->id);
    cs_call_text(call, old->password_hash);
    cs_call_text(call, new_hash);
}

void store_taken_call(struct cs_call *call, struct cs_arena *arena, struct cs_str username,
                      struct cs_str email)
{
    cs_call_init(call, &store_taken_stmt, arena);
    cs_call_text(call, username);
    cs_call_text(call, email);
}

void store_taken_read(const struct cs_rows *rows, int row, bool *username, bool *email)
{
    *username = cs_rows_bool(rows, row, 0);
    *email = cs_rows_bool(rows, row, 1);
}

void store_user_insert_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_new_user *u)
{
    cs_call_init(call, &store_user_insert_stmt, arena);
    cs_call_uuid(call, &u->id);
    cs_call_text(call, u->username);
    cs_call_text(call, u->password_hash);
    cs_call_text(call, u->email);
    cs_call_text(call, u->full_name);
}

void store_user_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *id)
{
    cs_call_init(call, &store_user_stmt, arena);
    cs_call_uuid(call, id);
}

void store_user_read(const struct cs_rows *rows, int row, struct store_user *out)
{
    *out = (struct store_user){
        .id = cs_rows_uuid(rows, row, 0),
        .username = cs_rows_str(rows, row, 1),
        .email = cs_rows_str(rows, row, 2),
        .full_name = cs_rows_str(rows, row, 3),
        .bio = cs_rows_str(rows, row, 4),
        .role = cs_rows_str(rows, row, 5),
        .roles = cs_rows_str(rows, row, 6),
        .last_seen = cs_rows_str(rows, row, 7),
        .created_at = cs_rows_str(rows, row, 8),
        .updated_at = cs_rows_str(rows, row, 9),
        .active = cs_rows_bool(rows, row, 10),
    };
}
