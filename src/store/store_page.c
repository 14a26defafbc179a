/* store_page.c - see store_page.h. */
#include "store_page.h"

#include "store_page_sql.h"

#include <stdint.h>

#define KNOWN_HEAD STORE_PAGE_CTE_KNOWN("$3::text") STORE_PAGE_HEAD_ROW("NULL::bigint")

const struct cs_stmt store_page_before_stmt = {
    .name = "page_before",
    .nparams = 5,
    .ncols = STORE_PAGE_COLS,
    .sql = KNOWN_HEAD "(" STORE_PAGE_MESSAGES STORE_PAGE_VISIBLE "   AND m.seq < $4::bigint\n"
                " ORDER BY m.seq DESC LIMIT $5::int)",
};

const struct cs_stmt store_page_after_stmt = {
    .name = "page_after",
    .nparams = 5,
    .ncols = STORE_PAGE_COLS,
    .sql = KNOWN_HEAD "(" STORE_PAGE_MESSAGES STORE_PAGE_VISIBLE "   AND m.seq > $4::bigint\n"
                " ORDER BY m.seq LIMIT $5::int)",
};

/* Half before `seq`, half from it on. */
#define AROUND(seq)                                                                                \
    "(SELECT * FROM (" STORE_PAGE_MESSAGES STORE_PAGE_VISIBLE "   AND m.seq < " seq "\n"           \
    " ORDER BY m.seq DESC LIMIT $5::int) AS older ORDER BY 1)\n"                                   \
    "UNION ALL\n"                                                                                  \
    "(" STORE_PAGE_MESSAGES STORE_PAGE_VISIBLE "   AND m.seq >= " seq "\n"                         \
    " ORDER BY m.seq LIMIT $6::int)"

const struct cs_stmt store_page_around_stmt = {
    .name = "page_around",
    .nparams = 6,
    .ncols = STORE_PAGE_COLS,
    .sql = KNOWN_HEAD AROUND("$4::bigint"),
};

/* A time never falls along seq, so the first message of a time is found by halving what is between
 * two seqs: some twenty look-ups by the key, where an index by time would be paid by each post.
 * Whatever is at or below `low` was said before, whatever is at or above `high` was not. */
const struct cs_stmt store_page_at_stmt = {
    .name = "page_at",
    .nparams = 6,
    .ncols = STORE_PAGE_COLS,
    .sql = STORE_PAGE_CTE_KNOWN("$3::text") ",\n"
           "found AS MATERIALIZED (\n"
           "    WITH RECURSIVE narrowed (low, high) AS (\n"
           "        SELECT h.hidden_upto, h.last_seq + 1 FROM head AS h\n"
           "        UNION ALL\n"
           "        SELECT CASE WHEN p.is_before THEN p.seq ELSE n.low END,\n"
           "               CASE WHEN p.is_before THEN n.high ELSE (n.low + n.high) / 2 END\n"
           "          FROM narrowed AS n\n"
           "          LEFT JOIN LATERAL (\n"
           "              SELECT m.seq, m.created_at < timestamptz 'epoch'\n"
           "                            + $4::bigint * interval '1 millisecond' AS is_before\n"
           "                FROM chat.messages AS m\n"
           "               WHERE m.room_id = $1 AND m.seq >= (n.low + n.high) / 2 AND m.seq < n.high\n"
           "               ORDER BY m.seq LIMIT 1) AS p ON true\n"
           "         WHERE n.high - n.low > 1)\n"
           "    SELECT min(n.high) AS seq FROM narrowed AS n)"
           STORE_PAGE_HEAD_ROW("(SELECT f.seq FROM found AS f)")
           AROUND("(SELECT f.seq FROM found AS f)"),
};

const struct cs_stmt store_message_stmt = {
    .name = "message",
    .nparams = 2,
    .ncols = STORE_PAGE_COLS,
    .sql = STORE_PAGE_MESSAGES " WHERE m.room_id = $1 AND m.seq = $2::bigint",
};

/* Around a position: how many of the limit stand before it. */
static int64_t older_half(const struct store_page *page)
{
    return page->limit / 2;
}

void store_page_call(struct cs_call *call, struct cs_arena *arena, const struct store_page *page)
{
    static const struct cs_stmt *const stmts[] = {
        [STORE_PAGE_BEFORE] = &store_page_before_stmt,
        [STORE_PAGE_AFTER] = &store_page_after_stmt,
        [STORE_PAGE_AROUND] = &store_page_around_stmt,
        [STORE_PAGE_AT] = &store_page_at_stmt,
    };

    cs_call_init(call, stmts[page->where], arena);
    cs_call_uuid(call, &page->room);
    cs_call_uuid(call, &page->user);
    cs_call_text(call, page->known);
    cs_call_i64(call, page->at);
    if (page->where == STORE_PAGE_AROUND || page->where == STORE_PAGE_AT) {
        cs_call_i64(call, older_half(page) + 1);
        cs_call_i64(call, page->limit - older_half(page) + 1);
    } else {
        cs_call_i64(call, page->limit + 1);
    }
}

bool store_page_head(const struct cs_rows *rows, struct store_page_head *out)
{
    if (cs_rows_count(rows) == 0)
        return false;
    int64_t flags = cs_rows_i64(rows, 0, 14);
    *out = (struct store_page_head){
        .access = {.kind = cs_rows_str(rows, 0, 6),
                   .state = cs_rows_str(rows, 0, 4),
                   .is_private = flags & 1,
                   .is_lobby = flags & 2},
        .last_seq = cs_rows_i64(rows, 0, 0),
        .epoch = cs_rows_str(rows, 0, 5),
        .tag = cs_rows_str(rows, 0, 12),
        .is_known = flags & 4,
    };
    return true;
}

static struct store_page_rows rows_around(const struct cs_rows *rows, const struct store_page *page,
                                          int64_t seq)
{
    int messages = cs_rows_count(rows) - 1, before = 0;

    while (before < messages && cs_rows_i64(rows, before + 1, 0) < seq)
        before++;
    bool older = before > older_half(page);
    bool newer = messages - before > page->limit - older_half(page);
    return (struct store_page_rows){
        .first = 1 + older, .n = messages - older - newer, .step = 1, .older = older, .newer = newer};
}

struct store_page_rows store_page_rows(const struct cs_rows *rows, const struct store_page *page)
{
    int messages = cs_rows_count(rows) - 1;
    bool more = messages > page->limit;
    int n = messages - more;

    switch (page->where) {
    case STORE_PAGE_BEFORE: /* descending, so the page starts at its last row */
        return (struct store_page_rows){
            .first = n, .n = n, .step = -1, .older = more, .newer = page->at < INT64_MAX};
    case STORE_PAGE_AFTER:
        return (struct store_page_rows){
            .first = 1, .n = n, .step = 1, .older = page->at > 0, .newer = more};
    case STORE_PAGE_AT: /* the head says which seq that is */
        return rows_around(rows, page, cs_rows_i64(rows, 0, 2));
    case STORE_PAGE_AROUND:
        break;
    }
    return rows_around(rows, page, page->at);
}

void store_page_message(const struct cs_rows *rows, int row, const struct cs_uuid *room,
                        struct cs_message *out)
{
    *out = (struct cs_message){
        .room_id = *room,
        .seq = (uint64_t)cs_rows_i64(rows, row, 0),
        .id = cs_rows_uuid(rows, row, 1),
        .rev = (uint64_t)cs_rows_i64(rows, row, 2),
        .sender_id = cs_rows_uuid(rows, row, 3),
        .sender_name = cs_rows_str(rows, row, 4),
        .content = cs_rows_str(rows, row, 5),
        .kind = cs_rows_str(rows, row, 6),
        .meta = cs_rows_str(rows, row, 7),
        .reactions = cs_rows_str(rows, row, 8),
        .created_at = cs_rows_str(rows, row, 9),
        .edited_at = cs_rows_str(rows, row, 10),
        .deleted_at = cs_rows_str(rows, row, 11),
        .client_id = cs_rows_str(rows, row, 12),
        .parent_id = cs_rows_uuid(rows, row, 13),
        .reply_count = cs_rows_i64(rows, row, 14),
    };
}

void store_message_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                        uint64_t seq)
{
    cs_call_init(call, &store_message_stmt, arena);
    cs_call_uuid(call, room);
    cs_call_i64(call, (int64_t)seq);
}
