/* store_report.c - see store_report.h. */
#include "store_report.h"

const struct cs_stmt store_report_make_stmt = {
    .name = "report_make",
    .nparams = 5,
    .ncols = 1,
    .sql = "SELECT chat.report_message($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::text)",
};

const struct cs_stmt store_report_resolve_stmt = {
    .name = "report_resolve",
    .nparams = 4,
    .ncols = 1,
    .sql = "SELECT chat.resolve_report($1::uuid, $2::uuid, $3::boolean, $4::text)",
};

#define REPORT_COLUMNS                                                                             \
    "SELECT o.id, o.message_id, o.reporter_id, o.reason, o.created_at, o.resolved_at\n"            \
    "  FROM chat.reports AS o\n"

enum { REPORT_COLS = 6 };

const struct cs_stmt store_reports_stmt = {
    .name = "reports",
    .nparams = 3,
    .ncols = REPORT_COLS,
    .sql =
        REPORT_COLUMNS " WHERE o.room_id = $1 AND o.resolved_at IS NULL\n"
                       "   AND o.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')\n"
                       " ORDER BY o.id LIMIT $2::int",
};

const struct cs_stmt store_report_stmt = {
    .name = "report",
    .nparams = 2,
    .ncols = REPORT_COLS,
    .sql = REPORT_COLUMNS " WHERE o.message_id = $1 AND o.reporter_id = $2",
};

void store_report_make_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *id,
                            const struct store_acting *who, const struct cs_uuid *message,
                            struct cs_str reason)
{
    cs_call_init(call, &store_report_make_stmt, arena);
    cs_call_uuid(call, id);
    cs_call_uuid(call, &who->room);
    cs_call_uuid(call, &who->actor);
    cs_call_uuid(call, message);
    cs_call_text(call, reason);
}

bool store_report_is_new(const struct cs_rows *rows)
{
    return cs_str_is(cs_rows_str(rows, 0, 0), "ok");
}

void store_report_resolve_call(struct cs_call *call, struct cs_arena *arena,
                               const struct cs_uuid *id, const struct store_acting *who)
{
    cs_call_init(call, &store_report_resolve_stmt, arena);
    cs_call_uuid(call, id);
    cs_call_uuid(call, &who->actor);
    cs_call_bool(call, who->as_client);
    cs_call_text(call, who->ip);
}

void store_reports_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                        int64_t limit, const struct cs_uuid *after)
{
    cs_call_init(call, &store_reports_stmt, arena);
    cs_call_uuid(call, room);
    cs_call_i64(call, limit);
    cs_call_uuid(call, after);
}

void store_report_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *message,
                       const struct cs_uuid *reporter)
{
    cs_call_init(call, &store_report_stmt, arena);
    cs_call_uuid(call, message);
    cs_call_uuid(call, reporter);
}

void store_report_read(const struct cs_rows *rows, int row, struct store_report *out)
{
    *out = (struct store_report){
        .id = cs_rows_uuid(rows, row, 0),
        .message = cs_rows_uuid(rows, row, 1),
        .reporter = cs_rows_uuid(rows, row, 2),
        .reason = cs_rows_str(rows, row, 3),
        .created_at = cs_rows_str(rows, row, 4),
        .resolved_at = cs_rows_str(rows, row, 5),
    };
}
