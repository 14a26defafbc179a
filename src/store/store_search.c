/* store_search.c - see store_search.h.
 *
 * The columns of a message are those of store_page.c, with the room and the snippet behind them.
 * `mine` are the rooms that the caller may read, each with the seq up to which its past is hidden;
 * its branches are exclusive, so no room is there twice. Conditions on parameters alone switch a
 * whole branch off before anything of it is read.
 */
#include "store_search.h"

#include "store_page.h"

enum { SEARCH_COLS = 17, COL_ROOM = 15, COL_SNIPPET };

#define MINE                                                                                       \
    "WITH asked AS MATERIALIZED (\n"                                                               \
    "    SELECT websearch_to_tsquery(chat.search_config(), chat.search_text($1::text)) AS query),\n" \
    "mine AS MATERIALIZED (\n"                                                                     \
    "    SELECT r.id, CASE r.history_visibility WHEN 'since_join' THEN b.since_seq ELSE 0 END\n"   \
    "             AS hidden_upto, r.name\n"                                                        \
    "      FROM chat.room_members AS b\n"                                                          \
    "      JOIN chat.rooms AS r ON r.id = b.room_id AND r.deleted_at IS NULL\n"                    \
    "     WHERE b.user_id = $2 AND b.state = 'member' AND NOT r.is_lobby\n"                        \
    "       AND (r.kind = 'p2p' OR NOT $3::boolean)\n"                                             \
    "     UNION ALL\n"                                                                             \
    "    SELECT r.id, 0, r.name FROM chat.rooms AS r\n"                                            \
    "     WHERE r.is_lobby AND r.deleted_at IS NULL\n"                                             \
    "     UNION ALL\n"                                                                             \
    "    SELECT r.id, 0, r.name FROM chat.rooms AS r\n"                                            \
    "     WHERE $3::boolean AND (r.kind <> 'p2p' OR $4::boolean)\n"                                \
    "       AND NOT r.is_lobby AND r.deleted_at IS NULL),\n"                                       \
    "there AS MATERIALIZED (\n"                                                                    \
    "    SELECT o.id, o.hidden_upto FROM mine AS o\n"                                              \
    "     WHERE ($5::uuid IS NULL OR o.id = $5)\n"                                                 \
    "       AND ($6::text IS NULL OR chat.name_key(o.name) = chat.name_key($6))),\n"

/* Who or what is named and unknown matches nothing: no user has the nil id, nothing is older than
 * the beginning. */
#define NAMED                                                                                      \
    "named AS MATERIALIZED (\n"                                                                    \
    "    SELECT CASE WHEN $8::text IS NULL THEN $7::uuid ELSE coalesce((\n"                        \
    "               SELECT u.id FROM chat.users AS u WHERE u.name_key = chat.name_key($8)),\n"     \
    "               '00000000-0000-0000-0000-000000000000') END AS sender,\n"                      \
    "           CASE WHEN $9::uuid IS NULL THEN 'infinity' ELSE coalesce((\n"                      \
    "               SELECT p.created_at FROM chat.messages AS p\n"                                 \
    "                 JOIN there AS t ON t.id = p.room_id AND t.hidden_upto < p.seq\n"             \
    "                WHERE p.id = $9 LIMIT 1), '-infinity') END AS before_at),\n"

#define FOUND                                                                                      \
    "found AS MATERIALIZED (\n"                                                                    \
    "    SELECT s.*, row_number() OVER (ORDER BY s.rank DESC NULLS LAST, s.created_at DESC,\n"     \
    "                                            s.id DESC) AS place\n"                            \
    "      FROM asked AS q, named AS n, LATERAL chat.search(\n"                                    \
    "               ARRAY(SELECT t.id FROM there AS t ORDER BY t.id),\n"                           \
    "               ARRAY(SELECT t.hidden_upto FROM there AS t ORDER BY t.id), q.query,\n"         \
    "               n.sender, n.before_at, $9::uuid,\n"                                            \
    "               CASE WHEN $10::boolean THEN 1000 ELSE $11::int END, $10::boolean) AS s\n"      \
    "     ORDER BY place LIMIT $11::int)\n"

#define HEAD                                                                                       \
    "SELECT numnode(chat.search_words(q.query))::bigint, NULL::uuid, NULL::bigint, NULL::uuid,\n"  \
    "       b.state, NULL::text, r.kind, NULL::jsonb, NULL::jsonb, NULL::timestamptz,\n"           \
    "       NULL::timestamptz, NULL::timestamptz, NULL::text, NULL::uuid,\n"                       \
    "       r.is_private::int + 2 * r.is_lobby::int, r.id, NULL::text\n"                           \
    "  FROM asked AS q\n"                                                                          \
    "  LEFT JOIN chat.rooms AS r ON r.id = $5 AND r.deleted_at IS NULL\n"                          \
    "  LEFT JOIN chat.room_members AS b ON b.room_id = $5 AND b.user_id = $2\n"

/* The markers are taken out of the text first, so that they are only where they were put. What stands
 * between < and > would be left out as a tag: two other controls stand for them meanwhile. */
#define MESSAGES                                                                                   \
    "UNION ALL\n"                                                                                  \
    "(SELECT m.seq, m.id, m.rev, m.sender_id, u.username,\n"                                       \
    "        m.content, m.kind, m.meta, m.reactions, m.created_at, m.edited_at, m.deleted_at,\n"   \
    "        m.client_id, m.parent_id, m.reply_count, m.room_id,\n"                                \
    "        translate(ts_headline(\n"                                                            \
    "            chat.search_config(),\n"                                                         \
    "            translate(normalize(m.content, NFC), E'<>\\x02\\x03\\x04\\x05', E'\\x04\\x05'),\n"  \
    "            q.query, E'StartSel=\"\\x02\", StopSel=\"\\x03\", MaxFragments=2, MaxWords=30,'\n"  \
    "            || ' MinWords=10, ShortWord=0, FragmentDelimiter=\" \342\200\246 \"'),\n"            \
    "            E'\\x04\\x05', '<>')\n"                                                            \
    "   FROM asked AS q, found AS f\n"                                                             \
    "   JOIN chat.messages AS m ON m.room_id = f.room_id AND m.seq = f.seq\n"                      \
    "   LEFT JOIN LATERAL (SELECT n.username FROM chat.users AS n\n"                               \
    "                       WHERE n.id = m.sender_id LIMIT 1) AS u ON true\n"                      \
    "  ORDER BY f.place)"

const struct cs_stmt store_search_stmt = {
    .name = "search",
    .nparams = 11,
    .ncols = SEARCH_COLS,
    .sql = MINE NAMED FOUND HEAD MESSAGES,
};

const struct cs_stmt store_index_stmt = {
    .name = "index_due",
    .nparams = 1,
    .ncols = 1,
    .sql = "SELECT chat.index_due($1::int)",
};

void store_search_call(struct cs_call *call, struct cs_arena *arena, const struct store_search *s)
{
    cs_call_init(call, &store_search_stmt, arena);
    cs_call_text(call, s->words);
    cs_call_uuid(call, &s->member);
    cs_call_bool(call, s->all_rooms);
    cs_call_bool(call, s->direct_too);
    cs_call_uuid(call, s->room);
    cs_call_text(call, s->room_name);
    cs_call_uuid(call, s->sender);
    cs_call_text(call, s->sender_name);
    cs_call_uuid(call, s->before);
    cs_call_bool(call, s->ranked);
    cs_call_i64(call, s->limit);
}

void store_search_head(const struct cs_rows *rows, struct store_search_head *out)
{
    int64_t flags = cs_rows_i64(rows, 0, 14);

    *out = (struct store_search_head){
        .has_words = cs_rows_i64(rows, 0, 0) > 0,
        .room_known = !cs_rows_null(rows, 0, COL_ROOM),
        .access = {.kind = cs_rows_str(rows, 0, 6),
                   .state = cs_rows_str(rows, 0, 4),
                   .is_private = flags & 1,
                   .is_lobby = flags & 2},
    };
}

void store_search_read(const struct cs_rows *rows, int row, struct cs_message *out,
                       struct cs_str *snippet)
{
    struct cs_uuid room = cs_rows_uuid(rows, row, COL_ROOM);

    store_page_message(rows, row, &room, out);
    *snippet = cs_rows_str(rows, row, COL_SNIPPET);
}

void store_index_call(struct cs_call *call, struct cs_arena *arena, int64_t rooms)
{
    cs_call_init(call, &store_index_stmt, arena);
    cs_call_i64(call, rooms);
}

int64_t store_index_read(const struct cs_rows *rows)
{
    return cs_rows_count(rows) ? cs_rows_i64(rows, 0, 0) : 0;
}
