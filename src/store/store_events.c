/* store_events.c - see store_events.h.
 *
 * The head travels in the columns of the events, as the first row of a UNION ALL (ordinal 0). What
 * is void or known is decided in it, and its bounds are empty then: nothing is read.
 */
#include "store_events.h"

#include "store_log.h"
#include "store_log_sql.h"

/* $1 room, $2 user, $3 after, $4 limit, $5 epoch, $6 tag. `floor` is the seq before the first that
 * is kept and that this user may see. */
#define HEAD                                                                                       \
    "WITH place AS MATERIALIZED (\n"                                                               \
    "    SELECT r.id AS room_id, r.kind, r.is_private, r.is_lobby, b.state, s.last_seq,\n"         \
    "           e.value AS epoch, e.edition,\n"                                                    \
    "           greatest(s.first_seq,\n"                                                           \
    "                    CASE WHEN r.history_visibility = 'since_join' AND b.state = 'member'\n"   \
    "                         THEN b.since_seq END) - 1 AS floor\n"                                \
    "      FROM chat.rooms AS r\n"                                                                 \
    "      JOIN chat.room_seq AS s ON s.room_id = r.id\n"                                          \
    "      JOIN chat.epoch AS e ON e.id = 1\n"                                                     \
    "      LEFT JOIN chat.room_members AS b ON b.room_id = r.id AND b.user_id = $2::uuid\n"        \
    "     WHERE r.id = $1::uuid AND r.deleted_at IS NULL\n"                                        \
    "), judged AS MATERIALIZED (\n"                                                                \
    "    SELECT p.*, concat_ws('-', p.epoch, p.last_seq, p.floor, p.edition) AS tag,\n"            \
    "           coalesce($3::bigint, p.floor) AS after,\n"                                         \
    "           $5::text IS DISTINCT FROM p.epoch AND $5::text IS NOT NULL\n"                      \
    "           OR $3::bigint NOT BETWEEN p.floor AND p.last_seq AS void\n"                        \
    "      FROM place AS p\n"                                                                      \
    "), head AS MATERIALIZED (\n"                                                                  \
    "    SELECT j.*, j.tag IS NOT DISTINCT FROM $6::text AS known,\n"                              \
    "           CASE WHEN j.void OR j.tag = $6::text THEN j.after ELSE j.last_seq END AS upto\n"   \
    "      FROM judged AS j)\n"

/* In the places of the log's columns: see store_events_head. */
#define HEAD_ROW                                                                                   \
    "SELECT 0, NULL::uuid, h.last_seq, h.kind, NULL::uuid, NULL::uuid, h.state, NULL::bigint,\n"   \
    "       NULL::jsonb, NULL::timestamptz,\n"                                                     \
    "       NULL::uuid, NULL::bigint, NULL::bigint, NULL::uuid, h.epoch, h.tag, NULL::text,\n"     \
    "       NULL::text, NULL::jsonb, NULL::uuid,\n"                                                \
    "       coalesce(h.void, false)::int + 2 * h.known::int + 4 * h.is_private::int\n"             \
    "       + 8 * h.is_lobby::int,\n"                                                              \
    "       NULL::jsonb, NULL::timestamptz, NULL::timestamptz, NULL::timestamptz, NULL::uuid\n"    \
    "  FROM head AS h\n"

const struct cs_stmt store_events_stmt = {
    .name = "events",
    .nparams = 6,
    .ncols = STORE_LOG_COLS,
    .sql = HEAD HEAD_ROW "UNION ALL\n"
                         "SELECT 1, q.room_id, " STORE_LOG_COLUMNS
                         "  FROM head AS q\n" STORE_LOG_EVENTS("q", "$4::int")
                         " ORDER BY 1, 3",
};

void store_events_call(struct cs_call *call, struct cs_arena *arena,
                       const struct store_events *wanted)
{
    cs_call_init(call, &store_events_stmt, arena);
    cs_call_uuid(call, &wanted->room);
    cs_call_uuid(call, &wanted->user);
    if (wanted->has_after)
        cs_call_i64(call, wanted->after);
    else
        cs_call_null(call);
    cs_call_i64(call, wanted->limit + 1);
    cs_call_text(call, wanted->epoch);
    cs_call_text(call, wanted->known);
}

bool store_events_head(const struct cs_rows *rows, struct store_events_head *out)
{
    if (cs_rows_count(rows) == 0)
        return false;
    int64_t flags = cs_rows_i64(rows, 0, 20);
    *out = (struct store_events_head){
        .access = {.kind = cs_rows_str(rows, 0, 3),
                   .state = cs_rows_str(rows, 0, 6),
                   .is_private = flags & 4,
                   .is_lobby = flags & 8},
        .last_seq = cs_rows_i64(rows, 0, 2),
        .epoch = cs_rows_str(rows, 0, 14),
        .tag = cs_rows_str(rows, 0, 15),
        .is_void = flags & 1,
        .is_known = flags & 2,
    };
    return true;
}

int store_events_count(const struct cs_rows *rows, int64_t limit, bool *more)
{
    int n = cs_rows_count(rows) - 1;

    *more = n > limit;
    return n - *more;
}

void store_event_read(const struct cs_rows *rows, int row, struct cs_event *out)
{
    size_t one_room;

    store_log_read(rows, row, &one_room, out);
}
