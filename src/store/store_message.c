/* store_message.c - see store_message.h. */
#include "store_message.h"

#include "store_page_sql.h"

const struct cs_stmt store_message_one_stmt = {
    .name = "message_one",
    .nparams = 3,
    .ncols = STORE_PAGE_COLS,
    .sql = STORE_PAGE_HEAD "(" STORE_PAGE_MESSAGES_OF(STORE_PAGE_BY_ID("$3") " AS m")
        STORE_PAGE_VISIBLE " LIMIT 1)",
};

const struct cs_stmt store_message_changed_stmt = {
    .name = "message_changed",
    .nparams = 2,
    .ncols = STORE_PAGE_COLS,
    .sql = STORE_PAGE_MESSAGES_OF(STORE_PAGE_BY_ID("$2") " AS m") " WHERE m.room_id = $1 LIMIT 1",
};

#define THREAD                                                                                     \
    STORE_PAGE_CTE ",\nroot AS MATERIALIZED (\n"                                                   \
    "    SELECT m.seq FROM " STORE_PAGE_BY_ID("$5") " AS m\n" STORE_PAGE_VISIBLE "     LIMIT 1)"   \
    STORE_PAGE_HEAD_ROW("(SELECT g.seq FROM root AS g)")                                           \
    "(" STORE_PAGE_MESSAGES STORE_PAGE_VISIBLE                                                     \
    "   AND m.parent_seq = (SELECT g.seq FROM root AS g)\n"

const struct cs_stmt store_replies_before_stmt = {
    .name = "replies_before",
    .nparams = 5,
    .ncols = STORE_PAGE_COLS,
    .sql = THREAD "   AND m.seq < $3::bigint\n"
                  " ORDER BY m.seq DESC LIMIT $4::int)",
};

const struct cs_stmt store_replies_after_stmt = {
    .name = "replies_after",
    .nparams = 5,
    .ncols = STORE_PAGE_COLS,
    .sql = THREAD "   AND m.seq > $3::bigint\n"
                  " ORDER BY m.seq LIMIT $4::int)",
};

const struct cs_stmt store_edits_stmt = {
    .name = "edits",
    .nparams = 3,
    .ncols = 4,
    .sql = "SELECT e.rev, e.editor_id, e.content, e.edited_at\n"
           "  FROM " STORE_PAGE_BY_ID("$2") " AS m\n"
           " CROSS JOIN LATERAL (SELECT v.* FROM chat.message_edits AS v\n"
           "                      WHERE v.room_id = m.room_id AND v.seq = m.seq\n"
           "                      ORDER BY v.rev DESC LIMIT $3::int) AS e\n"
           " WHERE m.room_id = $1 AND m.deleted_at IS NULL\n"
           " ORDER BY e.rev DESC",
};

/* The lateral subquery can only be a nested loop: by the key of the messages, pin by pin. */
const struct cs_stmt store_pins_stmt = {
    .name = "pins",
    .nparams = 3,
    .ncols = STORE_PAGE_COLS,
    .sql = STORE_PAGE_HEAD "(" STORE_PAGE_MESSAGES_OF(
        "chat.pins AS p\n"
        " CROSS JOIN LATERAL (SELECT o.* FROM chat.messages AS o\n"
        "                      WHERE o.room_id = p.room_id AND o.seq = p.seq LIMIT 1) AS m")
        " WHERE p.room_id = $1 AND " STORE_PAGE_SINCE
        " ORDER BY p.pinned_at DESC, p.seq DESC LIMIT $3::int)",
};

void store_message_one_call(struct cs_call *call, struct cs_arena *arena,
                            const struct cs_uuid *room, const struct cs_uuid *user,
                            const struct cs_uuid *message)
{
    cs_call_init(call, &store_message_one_stmt, arena);
    cs_call_uuid(call, room);
    cs_call_uuid(call, user);
    cs_call_uuid(call, message);
}

void store_message_changed_call(struct cs_call *call, struct cs_arena *arena,
                                const struct cs_uuid *room, const struct cs_uuid *message)
{
    cs_call_init(call, &store_message_changed_stmt, arena);
    cs_call_uuid(call, room);
    cs_call_uuid(call, message);
}

void store_replies_call(struct cs_call *call, struct cs_arena *arena, const struct store_page *page,
                        const struct cs_uuid *root)
{
    bool after = page->where == STORE_PAGE_AFTER;

    cs_call_init(call, after ? &store_replies_after_stmt : &store_replies_before_stmt, arena);
    cs_call_uuid(call, &page->room);
    cs_call_uuid(call, &page->user);
    cs_call_i64(call, page->at);
    cs_call_i64(call, page->limit + 1);
    cs_call_uuid(call, root);
}

bool store_replies_found(const struct cs_rows *rows)
{
    return !cs_rows_null(rows, 0, 2);
}

void store_edits_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                      const struct cs_uuid *message)
{
    cs_call_init(call, &store_edits_stmt, arena);
    cs_call_uuid(call, room);
    cs_call_uuid(call, message);
    cs_call_i64(call, STORE_EDITS_MAX);
}

void store_edit_read(const struct cs_rows *rows, int row, struct store_edit *out)
{
    *out = (struct store_edit){
        .rev = cs_rows_i64(rows, row, 0),
        .editor = cs_rows_uuid(rows, row, 1),
        .content = cs_rows_str(rows, row, 2),
        .at = cs_rows_str(rows, row, 3),
    };
}

void store_pins_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                     const struct cs_uuid *user)
{
    cs_call_init(call, &store_pins_stmt, arena);
    cs_call_uuid(call, room);
    cs_call_uuid(call, user);
    cs_call_i64(call, STORE_PINS_MAX);
}
