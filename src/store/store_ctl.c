/* store_ctl.c - the statements of chatspherectl; see the header. */
#include "store_ctl.h"

/* ON CONFLICT covers the name and the address alike; which of them it was, the operator can see. */
static const struct cs_stmt user_create_stmt = {
    .name = "ctl_user_create",
    .nparams = 5,
    .ncols = 1,
    .sql = "WITH made AS (\n"
           "    INSERT INTO chat.users (id, username, email, password_hash, role)\n"
           "    VALUES ($1, $2, $3, $4, $5)\n"
           "    ON CONFLICT DO NOTHING\n"
           "    RETURNING id, role\n"
           ")\n"
           "INSERT INTO chat.audit_log (action, target_id, data)\n"
           "SELECT 'user_created', id, jsonb_build_object('role', role, 'by', 'chatspherectl')\n"
           "  FROM made\n"
           "RETURNING target_id",
};

static const struct cs_stmt users_stmt = {
    .name = "ctl_users",
    .nparams = 0,
    .ncols = 5,
    .sql = "SELECT username, email, role, created_at, is_active\n"
           "  FROM chat.users WHERE deleted_at IS NULL ORDER BY username",
};

static const struct cs_stmt token_create_stmt = {
    .name = "ctl_token_create",
    .nparams = 7,
    .ncols = 1,
    .sql = "WITH made AS (\n"
           "    INSERT INTO chat.api_tokens (id, user_id, type, token_hash, prefix, expires_at)\n"
           "    SELECT $1, id, $3, $4, $5, clock_timestamp() + make_interval(secs => $6::bigint)\n"
           "      FROM chat.users\n"
           "     WHERE username = $2 AND is_active AND deleted_at IS NULL\n"
           "    RETURNING id, type\n"
           ")\n"
           "INSERT INTO chat.audit_log (action, target_id, data)\n"
           "SELECT 'token_created', id,\n"
           "       jsonb_build_object('type', type, 'name', $7::text, 'by', 'chatspherectl')\n"
           "  FROM made\n"
           "RETURNING target_id",
};

static const struct cs_stmt epoch_stmt = {
    .name = "ctl_epoch",
    .nparams = 0,
    .ncols = 1,
    .sql = "SELECT value FROM chat.epoch WHERE id = 1",
};

static const struct cs_stmt epoch_new_stmt = {
    .name = "ctl_epoch_new",
    .nparams = 0,
    .ncols = 1,
    .sql = "SELECT chat.new_epoch()",
};

const struct cs_stmt *const store_ctl_stmts[] = {
    &user_create_stmt, &users_stmt, &token_create_stmt, &epoch_stmt, &epoch_new_stmt, NULL,
};

enum cs_rc store_ctl_user_create(struct cs_db *db, struct cs_arena *arena,
                                 const struct store_ctl_user *u, bool *created, struct cs_err *err)
{
    struct cs_uuid id = cs_uuid_new();
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, &user_create_stmt, arena);
    cs_call_uuid(&call, &id);
    cs_call_text(&call, u->username);
    cs_call_text(&call, u->email);
    cs_call_text(&call, u->password_hash);
    cs_call_text(&call, u->role);
    enum cs_rc rc = cs_db_run(db, CS_DB_WRITE, &call, arena, &rows, err);
    if (rc == CS_OK)
        *created = cs_rows_count(&rows) == 1;
    return rc;
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
        .username = cs_rows_str(rows, row, 0),
        .email = cs_rows_str(rows, row, 1),
        .role = cs_rows_str(rows, row, 2),
        .created_at = cs_rows_str(rows, row, 3),
        .active = cs_rows_bool(rows, row, 4),
    };
}

enum cs_rc store_ctl_token_create(struct cs_db *db, struct cs_arena *arena,
                                  const struct store_ctl_token *t, bool *created,
                                  struct cs_err *err)
{
    struct cs_uuid id = cs_uuid_new();
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, &token_create_stmt, arena);
    cs_call_uuid(&call, &id);
    cs_call_text(&call, t->username);
    cs_call_text(&call, t->type);
    cs_call_bytes(&call, t->hash, sizeof t->hash);
    cs_call_text(&call, t->prefix);
    if (t->life_s)
        cs_call_i64(&call, t->life_s);
    else
        cs_call_null(&call);
    cs_call_text(&call, t->name);
    enum cs_rc rc = cs_db_run(db, CS_DB_WRITE, &call, arena, &rows, err);
    if (rc == CS_OK)
        *created = cs_rows_count(&rows) == 1;
    return rc;
}

static enum cs_rc epoch_by(struct cs_db *db, const struct cs_stmt *stmt, enum cs_db_mode mode,
                           struct cs_arena *arena, struct cs_str *value, struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, stmt, arena);
    enum cs_rc rc = cs_db_run(db, mode, &call, arena, &rows, err);
    *value = (struct cs_str){NULL, 0};
    if (rc == CS_OK && cs_rows_count(&rows) == 1)
        *value = cs_rows_str(&rows, 0, 0);
    return rc;
}

enum cs_rc store_ctl_epoch(struct cs_db *db, struct cs_arena *arena, struct cs_str *value,
                           struct cs_err *err)
{
    return epoch_by(db, &epoch_stmt, CS_DB_READ, arena, value, err);
}

enum cs_rc store_ctl_epoch_new(struct cs_db *db, struct cs_arena *arena, struct cs_str *value,
                               struct cs_err *err)
{
    return epoch_by(db, &epoch_new_stmt, CS_DB_WRITE, arena, value, err);
}
