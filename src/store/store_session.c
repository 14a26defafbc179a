/* store_session.c - see store_session.h. */
#include "store_session.h"

const struct cs_stmt store_rotate_stmt = {
    .name = "refresh_rotate",
    .nparams = 5,
    .ncols = 5,
    .sql = "SELECT r.status, r.user_id, r.session_id, r.username, r.role\n"
           "  FROM chat.rotate_refresh($1::bytea, $2::bytea, $3::int, $4::int, $5::text) AS r",
};

const struct cs_stmt store_session_close_stmt = {
    .name = "session_close",
    .nparams = 4,
    .ncols = 1,
    .sql = "SELECT c.id\n"
           "  FROM chat.close_session($1::uuid, $2::uuid, $3::uuid, $4::text) AS c (id)",
};

const struct cs_stmt store_sessions_close_stmt = {
    .name = "sessions_close",
    .nparams = 4,
    .ncols = 1,
    .sql = "SELECT c.id\n"
           "  FROM chat.close_sessions($1::uuid, $2::uuid, $3::uuid, $4::text) AS c (id)",
};

/* A session that is renewed ends with the last refresh token that was not used in time. */
const struct cs_stmt store_sessions_stmt = {
    .name = "sessions",
    .nparams = 3,
    .ncols = 8,
    .sql = "SELECT s.id, s.user_id, s.device_info, s.ip_address, s.created_at, s.last_used_at,\n"
           "       coalesce(t.expires_at, s.expires_at), s.id = $2\n"
           "  FROM chat.sessions AS s\n"
           "  LEFT JOIN LATERAL (\n"
           "       SELECT t.expires_at FROM chat.refresh_tokens AS t\n"
           "        WHERE t.session_id = s.id ORDER BY t.generation DESC LIMIT 1) AS t ON true\n"
           " WHERE s.user_id = $1 AND s.revoked_at IS NULL\n"
           "   AND s.expires_at > clock_timestamp()\n"
           "   AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp() OR s.id = $2)\n"
           " ORDER BY coalesce(s.last_used_at, s.created_at) DESC, s.id DESC\n"
           " LIMIT $3::int",
};

void store_rotate_call(struct cs_call *call, struct cs_arena *arena, const uint8_t *old_hash,
                       const uint8_t *new_hash, int64_t idle_s, int64_t grace_s, struct cs_str ip)
{
    cs_call_init(call, &store_rotate_stmt, arena);
    cs_call_bytes(call, old_hash, CS_SHA256_BYTES);
    cs_call_bytes(call, new_hash, CS_SHA256_BYTES);
    cs_call_i64(call, idle_s);
    cs_call_i64(call, grace_s);
    cs_call_text(call, ip);
}

enum cs_rc store_rotate_read(const struct cs_rows *rows, struct store_rotated *out,
                             struct cs_err *err)
{
    struct cs_str status = cs_rows_count(rows) == 1 ? cs_rows_str(rows, 0, 0) : CS_LIT("invalid");

    *out = (struct store_rotated){.reused = cs_str_is(status, "reused")};
    if (out->reused)
        out->session_id = cs_rows_uuid(rows, 0, 2);
    if (!cs_str_is(status, "ok"))
        return cs_fail_log(err, CS_E_BAD_REFRESH, "refresh token: " CS_STR_FMT, CS_STR_ARG(status));
    *out = (struct store_rotated){
        .user_id = cs_rows_uuid(rows, 0, 1),
        .session_id = cs_rows_uuid(rows, 0, 2),
        .username = cs_rows_str(rows, 0, 3),
        .role = cs_rows_str(rows, 0, 4),
    };
    return CS_OK;
}

void store_session_close_call(struct cs_call *call, struct cs_arena *arena,
                              const struct cs_who *who, const struct cs_uuid *session,
                              struct cs_str ip)
{
    cs_call_init(call, &store_session_close_stmt, arena);
    cs_call_uuid(call, &who->user_id);
    cs_call_uuid(call, session);
    cs_call_uuid(call, &who->cred_id);
    cs_call_text(call, ip);
}

void store_sessions_close_call(struct cs_call *call, struct cs_arena *arena,
                               const struct cs_who *who, bool keep_current, struct cs_str ip)
{
    cs_call_init(call, &store_sessions_close_stmt, arena);
    cs_call_uuid(call, &who->user_id);
    cs_call_uuid(call, keep_current ? &who->cred_id : NULL);
    cs_call_uuid(call, &who->user_id);
    cs_call_text(call, ip);
}

struct cs_uuid store_session_closed(const struct cs_rows *rows, int row)
{
    return cs_rows_uuid(rows, row, 0);
}

void store_sessions_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user,
                         const struct cs_uuid *current)
{
    cs_call_init(call, &store_sessions_stmt, arena);
    cs_call_uuid(call, user);
    cs_call_uuid(call, current);
    cs_call_i64(call, STORE_SESSIONS_MAX);
}

void store_session_read(const struct cs_rows *rows, int row, struct store_session *out)
{
    *out = (struct store_session){
        .id = cs_rows_uuid(rows, row, 0),
        .user_id = cs_rows_uuid(rows, row, 1),
        .device = cs_rows_str(rows, row, 2),
        .ip = cs_rows_str(rows, row, 3),
        .created_at = cs_rows_str(rows, row, 4),
        .last_used_at = cs_rows_str(rows, row, 5),
        .expires_at = cs_rows_str(rows, row, 6),
        .current = cs_rows_bool(rows, row, 7),
    };
}
