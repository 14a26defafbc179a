/* store_log_sql.h - the part that all statements have in common which read the durable log of
 * rooms; included by the store's files alone.
 *
 * `q` is a row with the room's id and the bounds: after < seq <= upto. Each leg stops at the limit
 * by its own key, so the sort sees at most twice the limit. The message (or the target of an event)
 * is joined last, for the rows that are left. The columns are those of store_log_read.
 *
 * Frames are shared by all who hear a room, and in one with history_visibility since_join they do
 * not see the same messages: a change there names its target (t) and does not show it.
 */
#ifndef STORE_LOG_SQL_H
#define STORE_LOG_SQL_H

enum { STORE_LOG_COLS = 26 };

#define STORE_LOG_COLUMNS                                                                          \
    "e.seq, e.kind, e.actor_id, e.subject_id, s.username, e.target_seq,\n"                         \
    "       e.data, e.created_at,\n"                                                               \
    "       coalesce(m.id, t.id), m.seq, m.rev, m.sender_id, u.username, m.client_id, m.kind,\n"     \
    "       m.content, m.meta,\n"                                                                 \
    "       m.parent_id, m.reply_count, m.reactions, m.created_at, m.edited_at, m.deleted_at,\n"   \
    "       m.room_id\n"

#define STORE_LOG_EVENTS(q, limit)                                                                 \
    " CROSS JOIN LATERAL (\n"                                                                      \
    "       (SELECT g.seq, 'new_message' AS kind, NULL::uuid AS actor_id,\n"                       \
    "               NULL::uuid AS subject_id, NULL::bigint AS target_seq, NULL::jsonb AS data,\n"  \
    "               NULL::timestamptz AS created_at, g.seq AS msg_seq\n"                           \
    "          FROM chat.messages AS g\n"                                                          \
    "         WHERE g.room_id = " q ".room_id AND g.seq > " q ".after AND g.seq <= " q ".upto\n"   \
    "         ORDER BY g.seq LIMIT " limit ")\n"                                                   \
    "       UNION ALL\n"                                                                           \
    "       (SELECT v.seq, v.kind, v.actor_id, v.subject_id, v.target_seq, v.data,\n"              \
    "               v.created_at, v.target_seq\n"                                                  \
    "          FROM chat.room_events AS v\n"                                                       \
    "         WHERE v.room_id = " q ".room_id AND v.seq > " q ".after AND v.seq <= " q ".upto\n"   \
    "         ORDER BY v.seq LIMIT " limit ")\n"                                                   \
    "       ORDER BY 1 LIMIT " limit ") AS e\n"                                                    \
    "  LEFT JOIN chat.rooms AS r ON r.id = " q ".room_id\n"                                       \
    "  LEFT JOIN chat.messages AS m ON m.room_id = " q ".room_id AND m.seq = e.msg_seq\n"          \
    "        AND (e.target_seq IS NULL OR r.history_visibility = 'all')\n"                         \
    "  LEFT JOIN chat.messages AS t ON t.room_id = " q ".room_id AND t.seq = e.target_seq\n"       \
    "        AND r.history_visibility <> 'all'\n"                                                  \
    "  LEFT JOIN chat.users AS u ON u.id = m.sender_id\n"                                          \
    "  LEFT JOIN chat.users AS s ON s.id = e.subject_id\n"

#endif
