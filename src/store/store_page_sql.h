/* store_page_sql.h - what statements that answer messages of a room are made of: store_page.c,
 * store_message.c. Nobody else includes it.
 *
 * The head travels in the columns of the messages, as the first row of a UNION ALL: repeated in
 * each row it would cost a tenth of the statement's time. The sender's name is joined by a lateral
 * subquery with a limit, which only a nested loop can execute: a plain join becomes a merge join
 * with a sort of the whole room as soon as the planner believes that the room is small.
 */
#ifndef STORE_PAGE_SQL_H
#define STORE_PAGE_SQL_H

enum { STORE_PAGE_COLS = 15 };

/* $1 is the room, $2 who reads, `known` the tag of what he has, as text: when it is the room's, all
 * is hidden from the page, so it is not read. More CTEs may follow. */
#define STORE_PAGE_CTE_KNOWN(known)                                                                \
    "WITH place AS MATERIALIZED (\n"                                                               \
    "    SELECT s.last_seq, r.kind, r.is_private, r.is_lobby, b.state,\n"                          \
    "           e.value AS epoch, e.edition,\n"                                                    \
    "           CASE WHEN r.history_visibility = 'since_join' AND b.state = 'member'\n"            \
    "                THEN b.since_seq ELSE 0 END AS hidden_upto\n"                                 \
    "      FROM chat.rooms AS r\n"                                                                 \
    "      JOIN chat.room_seq AS s ON s.room_id = r.id\n"                                          \
    "      LEFT JOIN chat.room_members AS b ON b.room_id = r.id AND b.user_id = $2\n"              \
    "      JOIN chat.epoch AS e ON e.id = 1\n"                                                     \
    "     WHERE r.id = $1 AND r.deleted_at IS NULL\n"                                              \
    "), tagged AS MATERIALIZED (\n"                                                                \
    "    SELECT p.*,\n"                                                                            \
    "           concat_ws('-', p.epoch, p.last_seq, p.hidden_upto, p.edition) AS tag\n"           \
    "      FROM place AS p\n"                                                                      \
    "), head AS MATERIALIZED (\n"                                                                  \
    "    SELECT t.last_seq, t.kind, t.is_private, t.is_lobby, t.state, t.epoch, t.tag,\n"          \
    "           t.tag IS NOT DISTINCT FROM " known " AS known,\n"                                  \
    "           CASE WHEN t.tag = " known " THEN t.last_seq ELSE t.hidden_upto END\n"              \
    "           AS hidden_upto\n"                                                                  \
    "      FROM tagged AS t)"

#define STORE_PAGE_CTE STORE_PAGE_CTE_KNOWN("NULL::text")

/* `root`: what stands in the third column, a bigint. */
#define STORE_PAGE_HEAD_ROW(root)                                                                  \
    "\nSELECT h.last_seq, NULL::uuid, " root ", NULL::uuid, h.state, h.epoch, h.kind,\n"           \
    "       NULL::jsonb, NULL::jsonb, NULL::timestamptz, NULL::timestamptz, NULL::timestamptz,\n"  \
    "       h.tag, NULL::uuid,\n"                                                                  \
    "       h.is_private::int + 2 * h.is_lobby::int + 4 * h.known::int\n"                          \
    "  FROM head AS h\n"                                                                           \
    "UNION ALL\n"

#define STORE_PAGE_HEAD STORE_PAGE_CTE STORE_PAGE_HEAD_ROW("NULL::bigint")

#define STORE_PAGE_MESSAGE                                                                         \
    "SELECT m.seq, m.id, m.rev, m.sender_id, u.username,\n"                                        \
    "       m.content, m.kind, m.meta, m.reactions, m.created_at, m.edited_at, m.deleted_at,\n"    \
    "       m.client_id, m.parent_id, m.reply_count"

/* `from`: where messages come from, as m. */
#define STORE_PAGE_MESSAGES_OF(from) STORE_PAGE_MESSAGE "\n" STORE_PAGE_FROM(from)

#define STORE_PAGE_FROM(from)                                                                      \
    "  FROM " from "\n"                                                                            \
    "  LEFT JOIN LATERAL (SELECT n.username FROM chat.users AS n\n"                                \
    "                      WHERE n.id = m.sender_id LIMIT 1) AS u ON true\n"

#define STORE_PAGE_MESSAGES STORE_PAGE_MESSAGES_OF("chat.messages AS m")

/* Found by its id, wherever it is: OFFSET 0 keeps the look-up from being planned over a room. */
#define STORE_PAGE_BY_ID(id) "(SELECT o.* FROM chat.messages AS o WHERE o.id = " id " OFFSET 0)"

#define STORE_PAGE_SINCE "m.seq > (SELECT h.hidden_upto FROM head AS h)\n"
#define STORE_PAGE_VISIBLE " WHERE m.room_id = $1 AND " STORE_PAGE_SINCE

#endif
