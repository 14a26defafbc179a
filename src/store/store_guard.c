/* store_guard.c - see store_guard.h. */
#include "store_guard.h"

#define OLDER_THAN_A_MINUTE(column)                                                                \
    "(" column " IS NULL OR " column " < clock_timestamp() - interval '1 minute')"

#define GUARD_SESSION(more)                                                                        \
    "SELECT u.id, u.username, u.role, 'session', s.id, NULL::text,\n"                              \
    "       chat.rights(u.role, u.granted, NULL, NULL),\n"                                         \
    "       " OLDER_THAN_A_MINUTE("s.last_used_at") more "\n"                                      \
    "  FROM chat.sessions AS s\n"                                                                  \
    "  JOIN chat.users AS u ON u.id = s.user_id\n"                                                 \
    " WHERE s.revoked_at IS NULL AND s.expires_at > clock_timestamp()\n"                           \
    "   AND u.is_active AND u.deleted_at IS NULL\n"

#define GUARD_TOKEN(more)                                                                          \
    "SELECT u.id, u.username, u.role, 'api_token', t.id, t.type,\n"                                \
    "       chat.rights(u.role, u.granted, t.type, t.permissions),\n"                              \
    "       " OLDER_THAN_A_MINUTE("t.last_used_at") more "\n"                                      \
    "  FROM chat.api_tokens AS t\n"                                                                \
    "  JOIN chat.users AS u ON u.id = t.user_id\n"                                                 \
    " WHERE t.revoked_at IS NULL\n"                                                                \
    "   AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())\n"                          \
    "   AND u.is_active AND u.deleted_at IS NULL\n"

#define BY_JWT "   AND s.id = $1 AND s.user_id = $2 AND s.kind = 'jwt'"
#define BY_HASH "   AND s.token_hash = $1"
#define BY_TOKEN_HASH "   AND t.token_hash = $1"

const struct cs_stmt store_guard_jwt_stmt = {
    .name = "guard_jwt",
    .nparams = 2,
    .ncols = 8,
    .sql = GUARD_SESSION("") BY_JWT,
};

const struct cs_stmt store_guard_session_stmt = {
    .name = "guard_session",
    .nparams = 1,
    .ncols = 8,
    .sql = GUARD_SESSION("") BY_HASH,
};

const struct cs_stmt store_guard_token_stmt = {
    .name = "guard_token",
    .nparams = 1,
    .ncols = 8,
    .sql = GUARD_TOKEN("") BY_TOKEN_HASH,
};

const struct cs_stmt store_guard_held_stmt = {
    .name = "guard_held",
    .nparams = 2,
    .ncols = 8,
    .sql = GUARD_SESSION("") "   AND s.id = $1 AND s.user_id = $2\n"
           "UNION ALL\n" GUARD_TOKEN("") "   AND t.id = $1 AND t.user_id = $2",
};

/* A socket enters at a position of its user's log, of this epoch. */
#define ENTERED                                                                                    \
    ",\n"                                                                                          \
    "       (SELECT q.last_useq FROM chat.user_seq AS q WHERE q.user_id = u.id),\n"                \
    "       (SELECT e.value FROM chat.epoch AS e WHERE e.id = 1)"

const struct cs_stmt store_enter_jwt_stmt = {
    .name = "enter_jwt",
    .nparams = 2,
    .ncols = 10,
    .sql = GUARD_SESSION(ENTERED) BY_JWT,
};

const struct cs_stmt store_enter_session_stmt = {
    .name = "enter_session",
    .nparams = 1,
    .ncols = 10,
    .sql = GUARD_SESSION(ENTERED) BY_HASH,
};

const struct cs_stmt store_enter_token_stmt = {
    .name = "enter_token",
    .nparams = 1,
    .ncols = 10,
    .sql = GUARD_TOKEN(ENTERED) BY_TOKEN_HASH,
};

const struct cs_stmt store_guard_write_stmt = {
    .name = "guard_write",
    .nparams = 8,
    .ncols = 9,
    .sql = "SELECT g.user_id, g.username, g.role, g.cred_kind, g.cred_id, g.token_type,\n"
           "       g.rights, g.tokens_left, g.reset_ms\n"
           "  FROM chat.guard($1::int, $2::uuid, $3::uuid, $4::bytea, $5::int, $6::int,\n"
           "                  $7::int, $8::int) AS g",
};

/* OFFSET 0 keeps each look-up one by key: as a join it would be planned over all sessions. */
const struct cs_stmt store_ended_stmt = {
    .name = "ended_credentials",
    .nparams = 1,
    .ncols = 1,
    .sql = "SELECT q.ord\n"
           "  FROM unnest($1::uuid[]) WITH ORDINALITY AS q (id, ord)\n"
           " WHERE NOT EXISTS (\n"
           "       SELECT FROM chat.sessions AS s\n"
           "         JOIN chat.users AS u ON u.id = s.user_id AND u.is_active\n"
           "                             AND u.deleted_at IS NULL\n"
           "        WHERE s.id = q.id AND s.revoked_at IS NULL\n"
           "          AND s.expires_at > clock_timestamp()\n"
           "       OFFSET 0)\n"
           "   AND NOT EXISTS (\n"
           "       SELECT FROM chat.api_tokens AS t\n"
           "         JOIN chat.users AS u ON u.id = t.user_id AND u.is_active\n"
           "                             AND u.deleted_at IS NULL\n"
           "        WHERE t.id = q.id AND t.revoked_at IS NULL\n"
           "          AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())\n"
           "       OFFSET 0)",
};

const struct cs_stmt store_touch_stmt = {
    .name = "touch",
    .nparams = 4,
    .ncols = 1,
    .sql = "SELECT chat.touch($1::text, $2::uuid, $3::uuid, $4::text)",
};

static void call_by(struct cs_call *call, struct cs_arena *arena, const struct store_cred *cred,
                    const struct cs_stmt *const stmts[])
{
    cs_call_init(call, stmts[cred->kind], arena);
    if (cred->kind == STORE_CRED_JWT) {
        cs_call_uuid(call, &cred->sid);
        cs_call_uuid(call, &cred->user_id);
    } else {
        cs_call_bytes(call, cred->hash, sizeof cred->hash);
    }
}

void store_guard_read_call(struct cs_call *call, struct cs_arena *arena,
                           const struct store_cred *cred)
{
    static const struct cs_stmt *const stmts[] = {
        [STORE_CRED_JWT] = &store_guard_jwt_stmt,
        [STORE_CRED_SESSION] = &store_guard_session_stmt,
        [STORE_CRED_TOKEN] = &store_guard_token_stmt,
    };

    call_by(call, arena, cred, stmts);
}

void store_enter_call(struct cs_call *call, struct cs_arena *arena, const struct store_cred *cred)
{
    static const struct cs_stmt *const stmts[] = {
        [STORE_CRED_JWT] = &store_enter_jwt_stmt,
        [STORE_CRED_SESSION] = &store_enter_session_stmt,
        [STORE_CRED_TOKEN] = &store_enter_token_stmt,
    };

    call_by(call, arena, cred, stmts);
}

void store_guard_held_call(struct cs_call *call, struct cs_arena *arena,
                           const struct cs_uuid *cred_id, const struct cs_uuid *user)
{
    cs_call_init(call, &store_guard_held_stmt, arena);
    cs_call_uuid(call, cred_id);
    cs_call_uuid(call, user);
}

/* The columns that both guards have in common. */
static void read_who(const struct cs_rows *rows, struct cs_who *who)
{
    *who = (struct cs_who){
        .user_id = cs_rows_uuid(rows, 0, 0),
        .username = cs_rows_str(rows, 0, 1),
        .role = cs_rows_str(rows, 0, 2),
        .cred_kind = cs_rows_str(rows, 0, 3),
        .cred_id = cs_rows_uuid(rows, 0, 4),
        .token_type = cs_rows_str(rows, 0, 5),
        .rights = (unsigned)cs_rows_i64(rows, 0, 6),
    };
}

bool store_guard_read_read(const struct cs_rows *rows, struct store_guarded *out)
{
    if (cs_rows_count(rows) != 1)
        return false;
    *out = (struct store_guarded){.touch = cs_rows_bool(rows, 0, 7)};
    read_who(rows, &out->who);
    return true;
}

bool store_enter_read(const struct cs_rows *rows, struct store_entered *out)
{
    struct store_guarded guarded;

    if (!store_guard_read_read(rows, &guarded))
        return false;
    *out = (struct store_entered){
        .who = guarded.who,
        .last_useq = (uint64_t)cs_rows_i64(rows, 0, 8),
        .epoch = cs_rows_str(rows, 0, 9),
    };
    return true;
}

void store_guard_write_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_cred *cred, const struct store_needs *needs)
{
    bool jwt = cred->kind == STORE_CRED_JWT;

    cs_call_init(call, &store_guard_write_stmt, arena);
    cs_call_i64(call, cred->kind);
    cs_call_uuid(call, jwt ? &cred->sid : NULL);
    cs_call_uuid(call, jwt ? &cred->user_id : NULL);
    if (jwt)
        cs_call_null(call);
    else
        cs_call_bytes(call, cred->hash, sizeof cred->hash);
    cs_call_i64(call, needs->user);
    cs_call_i64(call, needs->client);
    cs_call_i64(call, needs->cost);
    cs_call_i64(call, needs->per_min);
}

bool store_guard_write_read(const struct cs_rows *rows, struct store_guarded *out)
{
    if (cs_rows_count(rows) != 1)
        return false;
    *out = (struct store_guarded){
        .has_bucket = !cs_rows_null(rows, 0, 7),
        .tokens_left = cs_rows_i64(rows, 0, 7),
        .reset_ms = cs_rows_i64(rows, 0, 8),
    };
    read_who(rows, &out->who);
    return true;
}

void store_touch_call(struct cs_call *call, struct cs_arena *arena, const struct cs_who *who)
{
    cs_call_init(call, &store_touch_stmt, arena);
    cs_call_text(call, who->cred_kind);
    cs_call_uuid(call, &who->cred_id);
    cs_call_uuid(call, &who->user_id);
    cs_call_text(call, who->token_type);
}

void store_ended_call(struct cs_call *call, struct cs_arena *arena, struct cs_buf *ids)
{
    cs_call_init(call, &store_ended_stmt, arena);
    cs_call_array(call, ids);
}

size_t store_ended_read(const struct cs_rows *rows, int row)
{
    return (size_t)cs_rows_i64(rows, row, 0) - 1; /* ordinality counts from 1 */
}
