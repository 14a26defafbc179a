/* store_ctl_user.c - the statements of chatspherectl user; see the header. */
#include "store_ctl_user.h"

static const struct cs_stmt create_stmt = {
    .name = "ctl_user_create",
    .nparams = 5,
    .ncols = 1,
    .sql = "SELECT chat.create_user($1, NULL, $2, $3, $4, NULL, $5, NULL)",
};

#define USER_COLUMNS                                                                               \
    "SELECT u.id, u.username, u.email, u.full_name, u.role,\n"                                     \
    "       array_to_string(chat.role_names(u.id), ', '), u.is_active, u.created_at, "             \
    "u.last_seen,\n"                                                                               \
    "       (SELECT count(*) FROM chat.sessions AS s\n"                                            \
    "         WHERE s.user_id = u.id AND s.revoked_at IS NULL\n"                                   \
    "           AND s.expires_at > clock_timestamp()),\n"                                          \
    "       (SELECT count(*) FROM chat.api_tokens AS t\n"                                          \
    "         WHERE t.user_id = u.id AND t.revoked_at IS NULL\n"                                   \
    "           AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp()))\n"                 \
    "  FROM chat.users AS u\n"                                                                     \
    " WHERE u.deleted_at IS NULL"

static const struct cs_stmt users_stmt = {
    .name = "ctl_users",
    .nparams = 0,
    .ncols = 11,
    .sql = USER_COLUMNS " ORDER BY u.name_key",
};

static const struct cs_stmt find_stmt = {
    .name = "ctl_user_find",
    .nparams = 1,
    .ncols = 11,
    .sql = USER_COLUMNS " AND u.name_key = chat.name_key($1)",
};

static const struct cs_stmt activate_stmt = {
    .name = "ctl_user_activate",
    .nparams = 2,
    .ncols = 1,
    .sql = "SELECT chat.set_user_active(NULL, $1, $2, NULL)",
};

static const struct cs_stmt role_stmt = {
    .name = "ctl_user_role",
    .nparams = 2,
    .ncols = 1,
    .sql = "SELECT chat.set_base_role(NULL, $1, $2, NULL)",
};

static const struct cs_stmt password_stmt = {
    .name = "ctl_user_password",
    .nparams = 2,
    .ncols = 1,
    .sql = "SELECT chat.reset_password($1, $2)",
};

static const struct cs_stmt delete_stmt = {
    .name = "ctl_user_delete",
    .nparams = 1,
    .ncols = 2,
    .sql = "SELECT d.status, d.rooms FROM chat.delete_user(NULL, $1, NULL) AS d",
};

static const struct cs_stmt ring_stmt = {
    .name = "ctl_ring",
    .nparams = 1,
    .ncols = 1,
    .sql = "SELECT chat.ring($1::uuid[])",
};

const struct cs_stmt *const store_ctl_user_stmts[] = {
    &create_stmt,   &users_stmt,  &find_stmt, &activate_stmt, &role_stmt,
    &password_stmt, &delete_stmt, &ring_stmt, NULL,
};

/* Runs a change that answers with its status. */
static enum cs_rc change(struct cs_db *db, const struct cs_call *call, struct cs_arena *arena,
                         struct cs_rows *rows, struct cs_err *err)
{
    enum cs_rc rc = cs_db_run(db, CS_DB_WRITE, call, arena, rows, err);

    return rc == CS_OK ? store_ctl_status(rows, CS_E_USER_NOT_FOUND, err) : rc;
}

enum cs_rc store_ctl_user_create(struct cs_db *db, struct cs_arena *arena,
                                 const struct store_ctl_new_user *u, struct cs_err *err)
{
    struct cs_uuid id = cs_uuid_new();
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, &create_stmt, arena);
    cs_call_uuid(&call, &id);
    cs_call_text(&call, u->username);
    cs_call_text(&call, u->password_hash);
    cs_call_text(&call, u->email);
    cs_call_text(&call, u->role);
    return change(db, &call, arena, &rows, err);
}

enum cs_rc store_ctl_users(struct cs_db *db, struct cs_arena *arena, struct cs_rows *rows,
                           struct cs_err *err)
{
    struct cs_call call;

    cs_call_init(&call, &users_stmt, arena);
    return cs_db_run(db, CS_DB_READ, &call, arena, rows, err);
}

struct store_ctl_user store_ctl_user_at(const struct cs_rows *rows, int row)
{
    return (struct store_ctl_user){
        .id = cs_rows_uuid(rows, row, 0),
        .username = cs_rows_str(rows, row, 1),
        .email = cs_rows_str(rows, row, 2),
        .full_name = cs_rows_str(rows, row, 3),
        .role = cs_rows_str(rows, row, 4),
        .roles = cs_rows_str(rows, row, 5),
        .active = cs_rows_bool(rows, row, 6),
        .created_at = cs_rows_str(rows, row, 7),
        .last_seen = cs_rows_str(rows, row, 8),
        .sessions = cs_rows_i64(rows, row, 9),
        .tokens = cs_rows_i64(rows, row, 10),
    };
}

enum cs_rc store_ctl_user_find(struct cs_db *db, struct cs_arena *arena, struct cs_str name,
                               struct store_ctl_user *out, struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, &find_stmt, arena);
    cs_call_text(&call, name);
    enum cs_rc rc = cs_db_run(db, CS_DB_READ, &call, arena, &rows, err);
    if (rc == CS_OK && cs_rows_count(&rows) == 0)
        rc = cs_fail(err, CS_E_USER_NOT_FOUND);
    if (rc == CS_OK)
        *out = store_ctl_user_at(&rows, 0);
    return rc;
}

enum cs_rc store_ctl_user_activate(struct cs_db *db, struct cs_arena *arena,
                                   const struct cs_uuid *id, bool active, struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, &activate_stmt, arena);
    cs_call_uuid(&call, id);
    cs_call_bool(&call, active);
    return change(db, &call, arena, &rows, err);
}

static enum cs_rc set_text(struct cs_db *db, const struct cs_stmt *stmt, struct cs_arena *arena,
                           const struct cs_uuid *id, struct cs_str value, struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, stmt, arena);
    cs_call_uuid(&call, id);
    cs_call_text(&call, value);
    return change(db, &call, arena, &rows, err);
}

enum cs_rc store_ctl_user_role(struct cs_db *db, struct cs_arena *arena, const struct cs_uuid *id,
                               struct cs_str role, struct cs_err *err)
{
    return set_text(db, &role_stmt, arena, id, role, err);
}

enum cs_rc store_ctl_user_password(struct cs_db *db, struct cs_arena *arena,
                                   const struct cs_uuid *id, struct cs_str hash, struct cs_err *err)
{
    return set_text(db, &password_stmt, arena, id, hash, err);
}

enum cs_rc store_ctl_user_delete(struct cs_db *db, struct cs_arena *arena, const struct cs_uuid *id,
                                 struct cs_str *rooms, struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, &delete_stmt, arena);
    cs_call_uuid(&call, id);
    enum cs_rc rc = change(db, &call, arena, &rows, err);
    if (rc == CS_OK)
        *rooms = cs_rows_str(&rows, 0, 1);
    return rc;
}

enum cs_rc store_ctl_ring(struct cs_db *db, struct cs_arena *arena, struct cs_str rooms,
                          struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, &ring_stmt, arena);
    cs_call_text(&call, rooms);
    return cs_db_run(db, CS_DB_READ, &call, arena, &rows, err);
}
