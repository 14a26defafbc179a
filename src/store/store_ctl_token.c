/* store_ctl_token.c - the statements of chatspherectl token and invite; see the header. */
#include "store_ctl_token.h"

static const struct cs_stmt create_stmt = {
    .name = "ctl_token_create",
    .nparams = 8,
    .ncols = 1,
    .sql = "SELECT c.status\n"
           "  FROM chat.users AS u\n"
           " CROSS JOIN LATERAL chat.create_token(NULL, NULL, $1, u.id, $3, $4, $5, $6::smallint,\n"
           "                                      NULL, $7::int, NULL, $8) AS c\n"
           " WHERE u.name_key = chat.name_key($2) AND u.deleted_at IS NULL",
};

#define TOKEN_COLUMNS                                                                              \
    "SELECT t.id, t.prefix, t.type, u.username,\n"                                                 \
    "       CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked'\n"                                   \
    "            WHEN t.expires_at <= clock_timestamp() THEN 'expired' ELSE 'good' END,\n"         \
    "       chat.token_permissions(t.type, t.permissions), t.expires_at, t.last_used_at,\n"        \
    "       t.name\n"                                                                              \
    "  FROM chat.api_tokens AS t\n"                                                                \
    "  JOIN chat.users AS u ON u.id = t.user_id\n"

static const struct cs_stmt tokens_stmt = {
    .name = "ctl_tokens",
    .nparams = 1,
    .ncols = 9,
    .sql = TOKEN_COLUMNS " WHERE $1::text IS NULL OR u.name_key = chat.name_key($1)\n"
                         " ORDER BY t.id",
};

/* A list shows "cs_user_Ab3x…"; without the "…" it is easier to type. */
static const struct cs_stmt find_stmt = {
    .name = "ctl_tokens_find",
    .nparams = 1,
    .ncols = 9,
    .sql = TOKEN_COLUMNS " WHERE t.id::text = lower($1)\n"
                         "    OR t.prefix = rtrim($1, '…') || '…' AND t.revoked_at IS NULL\n"
                         " ORDER BY t.id",
};

static const struct cs_stmt revoke_stmt = {
    .name = "ctl_token_revoke",
    .nparams = 1,
    .ncols = 1,
    .sql = "SELECT chat.revoke_token(NULL, NULL, $1, NULL)",
};

static const struct cs_stmt invite_create_stmt = {
    .name = "ctl_invite_create",
    .nparams = 4,
    .ncols = 1,
    .sql = "SELECT chat.create_invite($1, $2, $3,\n"
           "           clock_timestamp() + make_interval(secs => $4::bigint))",
};

static const struct cs_stmt invites_stmt = {
    .name = "ctl_invites",
    .nparams = 0,
    .ncols = 7,
    .sql = "SELECT i.id, i.prefix,\n"
           "       CASE WHEN i.revoked_at IS NOT NULL THEN 'revoked'\n"
           "            WHEN i.uses >= i.max_uses THEN 'used'\n"
           "            WHEN i.expires_at <= clock_timestamp() THEN 'expired' ELSE 'good' END,\n"
           "       i.uses, i.max_uses, i.created_at, i.expires_at\n"
           "  FROM chat.registration_invites AS i\n"
           " ORDER BY i.id",
};

static const struct cs_stmt invite_revoke_stmt = {
    .name = "ctl_invite_revoke",
    .nparams = 1,
    .ncols = 1,
    .sql = "SELECT chat.revoke_invite($1)",
};

const struct cs_stmt *const store_ctl_token_stmts[] = {
    &create_stmt,        &tokens_stmt,  &find_stmt,          &revoke_stmt,
    &invite_create_stmt, &invites_stmt, &invite_revoke_stmt, NULL,
};

/* NULL where 0 means "not told". */
static void add_or_null(struct cs_call *call, int64_t value)
{
    if (value)
        cs_call_i64(call, value);
    else
        cs_call_null(call);
}

enum cs_rc store_ctl_token_create(struct cs_db *db, struct cs_arena *arena,
                                  const struct store_ctl_new_token *t, struct cs_err *err)
{
    struct cs_uuid id = cs_uuid_new();
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, &create_stmt, arena);
    cs_call_uuid(&call, &id);
    cs_call_text(&call, t->username);
    cs_call_text(&call, t->type);
    cs_call_bytes(&call, t->hash, sizeof t->hash);
    cs_call_text(&call, t->prefix);
    add_or_null(&call, t->permissions);
    add_or_null(&call, t->life_s);
    cs_call_text(&call, t->name);
    enum cs_rc rc = cs_db_run(db, CS_DB_WRITE, &call, arena, &rows, err);
    return rc == CS_OK ? store_ctl_status(&rows, CS_E_USER_NOT_FOUND, err) : rc;
}

static enum cs_rc list(struct cs_db *db, const struct cs_stmt *stmt, struct cs_arena *arena,
                       struct cs_str value, struct cs_rows *rows, struct cs_err *err)
{
    struct cs_call call;

    cs_call_init(&call, stmt, arena);
    cs_call_text(&call, value);
    return cs_db_run(db, CS_DB_READ, &call, arena, rows, err);
}

enum cs_rc store_ctl_tokens(struct cs_db *db, struct cs_arena *arena, struct cs_str owner,
                            struct cs_rows *rows, struct cs_err *err)
{
    return list(db, &tokens_stmt, arena, owner, rows, err);
}

enum cs_rc store_ctl_tokens_find(struct cs_db *db, struct cs_arena *arena, struct cs_str what,
                                 struct cs_rows *rows, struct cs_err *err)
{
    return list(db, &find_stmt, arena, what, rows, err);
}

struct store_ctl_token store_ctl_token_at(const struct cs_rows *rows, int row)
{
    return (struct store_ctl_token){
        .id = cs_rows_uuid(rows, row, 0),
        .prefix = cs_rows_str(rows, row, 1),
        .type = cs_rows_str(rows, row, 2),
        .owner = cs_rows_str(rows, row, 3),
        .state = cs_rows_str(rows, row, 4),
        .permissions = (unsigned)cs_rows_i64(rows, row, 5),
        .expires_at = cs_rows_str(rows, row, 6),
        .last_used_at = cs_rows_str(rows, row, 7),
        .name = cs_rows_str(rows, row, 8),
    };
}

static enum cs_rc revoke(struct cs_db *db, const struct cs_stmt *stmt, struct cs_arena *arena,
                         const struct cs_uuid *id, struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, stmt, arena);
    cs_call_uuid(&call, id);
    enum cs_rc rc = cs_db_run(db, CS_DB_WRITE, &call, arena, &rows, err);
    return rc == CS_OK ? store_ctl_status(&rows, CS_E_NOT_FOUND, err) : rc;
}

enum cs_rc store_ctl_token_revoke(struct cs_db *db, struct cs_arena *arena,
                                  const struct cs_uuid *id, struct cs_err *err)
{
    return revoke(db, &revoke_stmt, arena, id, err);
}

/* --- invitations ------------------------------------------------------------------------------ */

enum cs_rc store_ctl_invite_create(struct cs_db *db, struct cs_arena *arena,
                                   const struct store_ctl_new_invite *i, struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, &invite_create_stmt, arena);
    cs_call_bytes(&call, i->hash, sizeof i->hash);
    cs_call_text(&call, i->prefix);
    cs_call_i64(&call, i->uses);
    add_or_null(&call, i->life_s);
    return cs_db_run(db, CS_DB_WRITE, &call, arena, &rows, err);
}

enum cs_rc store_ctl_invites(struct cs_db *db, struct cs_arena *arena, struct cs_rows *rows,
                             struct cs_err *err)
{
    struct cs_call call;

    cs_call_init(&call, &invites_stmt, arena);
    return cs_db_run(db, CS_DB_READ, &call, arena, rows, err);
}

struct store_ctl_invite store_ctl_invite_at(const struct cs_rows *rows, int row)
{
    return (struct store_ctl_invite){
        .id = cs_rows_uuid(rows, row, 0),
        .prefix = cs_rows_str(rows, row, 1),
        .state = cs_rows_str(rows, row, 2),
        .uses = cs_rows_i64(rows, row, 3),
        .max_uses = cs_rows_i64(rows, row, 4),
        .created_at = cs_rows_str(rows, row, 5),
        .expires_at = cs_rows_str(rows, row, 6),
    };
}

enum cs_rc store_ctl_invite_revoke(struct cs_db *db, struct cs_arena *arena,
                                   const struct cs_uuid *id, struct cs_err *err)
{
    return revoke(db, &invite_revoke_stmt, arena, id, err);
}
