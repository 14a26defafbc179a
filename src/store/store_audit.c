/* store_audit.c - see store_audit.h. Each statement reads one index from its end. */
#include "store_audit.h"

#define AUDIT_COLUMNS                                                                              \
    "SELECT a.id, a.at, a.actor_id, a.action, a.target_id, a.room_id, a.ip_address, a.data\n"

enum { AUDIT_COLS = 8 };

const struct cs_stmt store_audit_stmt = {
    .name = "audit",
    .nparams = 2,
    .ncols = AUDIT_COLS,
    .sql = AUDIT_COLUMNS "  FROM chat.audit_log AS a\n"
                         " WHERE a.id < $1::bigint\n"
                         " ORDER BY a.id DESC LIMIT $2::int",
};

const struct cs_stmt store_audit_action_stmt = {
    .name = "audit_action",
    .nparams = 3,
    .ncols = AUDIT_COLS,
    .sql = AUDIT_COLUMNS "  FROM chat.audit_log AS a\n"
                         " WHERE a.action = $3::text AND a.id < $1::bigint\n"
                         " ORDER BY a.action DESC, a.id DESC LIMIT $2::int",
};

/* As actor and as target: a page of each, of which the newest are taken. */
#define SIDE(column)                                                                               \
    "(SELECT s.id FROM chat.audit_log AS s\n"                                                      \
    "          WHERE s." column " = $4::uuid AND s.id < $1::bigint\n"                              \
    "            AND ($3::text IS NULL OR s.action = $3::text)\n"                                  \
    "          ORDER BY s." column " DESC, s.id DESC LIMIT $2::int)\n"
#define EITHER_SIDE SIDE("actor_id") " UNION " SIDE("target_id")

const struct cs_stmt store_audit_user_stmt = {
    .name = "audit_user",
    .nparams = 4,
    .ncols = AUDIT_COLS,
    .sql = AUDIT_COLUMNS "  FROM (" EITHER_SIDE ") AS e\n"
                         "  JOIN chat.audit_log AS a ON a.id = e.id\n"
                         " ORDER BY a.id DESC LIMIT $2::int",
};

static const struct cs_stmt *statement(const struct store_audit_page *page)
{
    if (!cs_uuid_is_nil(&page->user_id))
        return &store_audit_user_stmt;
    return page->action.p ? &store_audit_action_stmt : &store_audit_stmt;
}

void store_audit_call(struct cs_call *call, struct cs_arena *arena,
                      const struct store_audit_page *page)
{
    const struct cs_stmt *stmt = statement(page);

    cs_call_init(call, stmt, arena);
    cs_call_i64(call, page->before ? page->before : INT64_MAX);
    cs_call_i64(call, page->limit);
    if (stmt->nparams > 2)
        cs_call_text(call, page->action);
    if (stmt->nparams > 3)
        cs_call_uuid(call, &page->user_id);
}

void store_audit_read(const struct cs_rows *rows, int row, struct store_audit *out)
{
    *out = (struct store_audit){
        .id = cs_rows_i64(rows, row, 0),
        .at = cs_rows_str(rows, row, 1),
        .actor_id = cs_rows_uuid(rows, row, 2),
        .action = cs_rows_str(rows, row, 3),
        .target_id = cs_rows_uuid(rows, row, 4),
        .room_id = cs_rows_uuid(rows, row, 5),
        .ip = cs_rows_str(rows, row, 6),
        .data = cs_rows_str(rows, row, 7),
    };
}
