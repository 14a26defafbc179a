/* store_reacted.c - see store_reacted.h. */
#include "store_reacted.h"

#include "store_page_sql.h"

/* In the columns of a page: a message's place and id, who, and the emoji as the content. */
#define REACTION(username, count)                                                                  \
    "SELECT m.seq, m.id, NULL::bigint, a.user_id, " username ", k.emoji, NULL::text,\n"            \
    "       NULL::jsonb, NULL::jsonb, NULL::timestamptz, NULL::timestamptz, NULL::timestamptz,\n"  \
    "       NULL::text, NULL::uuid, " count "\n"

/* Laterals with a limit can only be nested loops, by the keys: place by place, emoji by emoji. */
const struct cs_stmt store_reacted_stmt = {
    .name = "reacted",
    .nparams = 3,
    .ncols = STORE_PAGE_COLS,
    .sql = STORE_PAGE_HEAD
    "(" REACTION("NULL::text", "NULL::int")
    "  FROM (SELECT DISTINCT n.seq FROM unnest($3::bigint[]) AS n (seq)) AS q\n"
    " CROSS JOIN LATERAL (SELECT o.* FROM chat.messages AS o\n"
    "                      WHERE o.room_id = $1 AND o.seq = q.seq LIMIT 1) AS m\n"
    " CROSS JOIN LATERAL jsonb_object_keys(m.reactions) AS k (emoji)\n"
    " CROSS JOIN LATERAL (SELECT n.user_id FROM chat.reactions AS n\n"
    "                      WHERE n.room_id = $1 AND n.seq = q.seq AND n.emoji = k.emoji\n"
    "                        AND n.user_id = $2 LIMIT 1) AS a\n"
    " WHERE " STORE_PAGE_SINCE " ORDER BY m.seq, k.emoji)",
};

const struct cs_stmt store_reactors_stmt = {
    .name = "reactors",
    .nparams = 4,
    .ncols = STORE_PAGE_COLS,
    .sql = STORE_PAGE_HEAD
    "(" REACTION("u.username", "k.n::int")
    "  FROM " STORE_PAGE_BY_ID("$3") " AS m\n"
    "  LEFT JOIN LATERAL jsonb_each_text(m.reactions) AS k (emoji, n) ON true\n"
    "  LEFT JOIN LATERAL (SELECT n.user_id FROM chat.reactions AS n\n"
    "                      WHERE n.room_id = $1 AND n.seq = m.seq AND n.emoji = k.emoji\n"
    "                      ORDER BY n.user_id LIMIT $4::int) AS a ON true\n"
    "  LEFT JOIN LATERAL (SELECT n.username FROM chat.users AS n\n"
    "                      WHERE n.id = a.user_id LIMIT 1) AS u ON true\n"
    STORE_PAGE_VISIBLE " ORDER BY k.emoji, a.user_id)",
};

void store_reacted_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                        const struct cs_uuid *user, struct cs_buf *seqs)
{
    cs_call_init(call, &store_reacted_stmt, arena);
    cs_call_uuid(call, room);
    cs_call_uuid(call, user);
    cs_call_array(call, seqs);
}

void store_reactors_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                         const struct cs_uuid *user, const struct cs_uuid *message)
{
    cs_call_init(call, &store_reactors_stmt, arena);
    cs_call_uuid(call, room);
    cs_call_uuid(call, user);
    cs_call_uuid(call, message);
    cs_call_i64(call, STORE_REACTORS_MAX);
}

void store_reacted_read(const struct cs_rows *rows, int row, struct store_reacted *out)
{
    *out = (struct store_reacted){
        .seq = cs_rows_i64(rows, row, 0),
        .message = cs_rows_uuid(rows, row, 1),
        .user = cs_rows_uuid(rows, row, 3),
        .username = cs_rows_str(rows, row, 4),
        .emoji = cs_rows_str(rows, row, 5),
        .count = cs_rows_i64(rows, row, 14),
    };
}
