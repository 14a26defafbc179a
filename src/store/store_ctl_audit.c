/* store_ctl_audit.c - the statements of chatspherectl audit; see the header. */
#include "store_ctl_audit.h"

/* The ids are looked up for the rows that are shown only. */
static const struct cs_stmt audit_stmt = {
    .name = "ctl_audit",
    .nparams = 4,
    .ncols = 7,
    .sql = "WITH concerned AS (\n"
           "    SELECT u.id FROM chat.users AS u WHERE u.name_key = chat.name_key($1)\n"
           "     UNION ALL\n"
           "    SELECT t.id\n"
           "      FROM chat.users AS u\n"
           "      JOIN chat.api_tokens AS t ON t.user_id = u.id\n"
           "     WHERE u.name_key = chat.name_key($1)\n"
           "), shown AS (\n"
           "    SELECT a.*\n"
           "      FROM chat.audit_log AS a\n"
           "     WHERE ($1::text IS NULL OR a.actor_id IN (SELECT id FROM concerned)\n"
           "                             OR a.target_id IN (SELECT id FROM concerned))\n"
           "       AND ($2::text IS NULL OR a.action = $2)\n"
           "       AND a.at >= timestamptz 'epoch' + $3::bigint * interval '1 millisecond'\n"
           "     ORDER BY a.id DESC LIMIT $4::bigint\n"
           ")\n"
           "SELECT s.at, coalesce(actor.username, s.actor_id::text), s.action,\n"
           "       coalesce(target.username, token.prefix, invite.prefix, role.name,\n"
           "                s.target_id::text),\n"
           "       coalesce(room.name, s.room_id::text), s.ip_address, s.data\n"
           "  FROM shown AS s\n"
           "  LEFT JOIN chat.users AS actor ON actor.id = s.actor_id\n"
           "  LEFT JOIN chat.users AS target ON target.id = s.target_id\n"
           "  LEFT JOIN chat.api_tokens AS token ON token.id = s.target_id\n"
           "  LEFT JOIN chat.registration_invites AS invite ON invite.id = s.target_id\n"
           "  LEFT JOIN chat.roles AS role ON role.id = s.target_id\n"
           "  LEFT JOIN chat.rooms AS room ON room.id = s.room_id\n"
           " ORDER BY s.id",
};

static const struct cs_stmt user_stmt = {
    .name = "ctl_audit_user",
    .nparams = 1,
    .ncols = 1,
    .sql = "SELECT 'ok' FROM chat.users AS u WHERE u.name_key = chat.name_key($1)",
};

const struct cs_stmt *const store_ctl_audit_stmts[] = {&audit_stmt, &user_stmt, NULL};

enum cs_rc store_ctl_audit(struct cs_db *db, struct cs_arena *arena,
                           const struct store_ctl_audit_filter *f, struct cs_rows *rows,
                           struct cs_err *err)
{
    struct cs_call call;

    cs_call_init(&call, &audit_stmt, arena);
    cs_call_text(&call, f->user);
    cs_call_text(&call, f->action);
    cs_call_i64(&call, f->since_ms);
    cs_call_i64(&call, f->limit);
    return cs_db_run(db, CS_DB_READ, &call, arena, rows, err);
}

struct store_ctl_audit store_ctl_audit_at(const struct cs_rows *rows, int row)
{
    return (struct store_ctl_audit){
        .at = cs_rows_str(rows, row, 0),
        .actor = cs_rows_str(rows, row, 1),
        .action = cs_rows_str(rows, row, 2),
        .target = cs_rows_str(rows, row, 3),
        .room = cs_rows_str(rows, row, 4),
        .ip = cs_rows_str(rows, row, 5),
        .data = cs_rows_str(rows, row, 6),
    };
}

enum cs_rc store_ctl_audit_user(struct cs_db *db, struct cs_arena *arena, struct cs_str name,
                                struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, &user_stmt, arena);
    cs_call_text(&call, name);
    enum cs_rc rc = cs_db_run(db, CS_DB_READ, &call, arena, &rows, err);
    return rc == CS_OK ? store_ctl_status(&rows, CS_E_USER_NOT_FOUND, err) : rc;
}
