/* store_log.c - see store_log.h. */
#include "store_log.h"

#include "store_log_sql.h"

enum { COLUMN_MAX_BYTES = 1024 * 1024 };

const struct cs_stmt store_log_stmt = {
    .name = "log_read",
    .nparams = 4,
    .ncols = STORE_LOG_COLS,
    .sql = "SELECT q.ord, q.room_id, " STORE_LOG_COLUMNS
           "  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[])\n"
           "         WITH ORDINALITY AS q (room_id, after, upto, ord)\n" STORE_LOG_EVENTS("q",
                                                                                          "$4::int")
           " ORDER BY q.ord, e.seq",
};

const struct cs_stmt store_positions_stmt = {
    .name = "positions",
    .nparams = 1,
    .ncols = 3,
    .sql = "SELECT q.ord, s.last_seq, e.value\n"
           "  FROM unnest($1::uuid[]) WITH ORDINALITY AS q (room_id, ord)\n"
           "  JOIN chat.epoch AS e ON e.id = 1\n"
           "  LEFT JOIN chat.room_seq AS s ON s.room_id = q.room_id\n"
           " ORDER BY q.ord",
};

const struct cs_stmt store_join_stmt = {
    .name = "join_rooms",
    .nparams = 2,
    .ncols = 11,
    .sql =
        "SELECT q.ord,\n"
        "       r.id IS NOT NULL AND (NOT r.is_private OR a.hears OR coalesce(m.state = 'member', false)),\n"
        "       r.id IS NOT NULL AND (r.is_lobby OR a.hears OR coalesce(m.state = 'member', false)),\n"
        "       s.last_seq, s.first_seq,\n"
        "       CASE WHEN r.history_visibility = 'since_join' AND NOT a.hears\n"
        "            THEN m.since_seq ELSE 0 END,\n"
        "       d.read_seq, s.member_count, e.value, r.kind <> 'channel', m.since_seq\n"
        "  FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS q (user_id, room_id, ord)\n"
        "  JOIN chat.epoch AS e ON e.id = 1\n"
        "  LEFT JOIN chat.rooms AS r ON r.id = q.room_id AND r.deleted_at IS NULL\n"
        " CROSS JOIN LATERAL\n"
        "       (SELECT q.user_id = '00000000-0000-0000-0000-000000000000' AND r.kind <> 'p2p') AS a (hears)\n"
        "  LEFT JOIN chat.room_seq AS s ON s.room_id = r.id\n"
        "  LEFT JOIN chat.room_members AS m ON m.room_id = r.id AND m.user_id = q.user_id\n"
        "  LEFT JOIN chat.room_reads AS d ON d.room_id = r.id AND d.user_id = q.user_id\n"
        " ORDER BY q.ord",
};

/* The columns are those of joining, with the room in the place of the index. */
/* $3: when the socket was opened, in milliseconds since 1970. Time never falls along seq, so where a
 * room stood then is found from its end. */
#define OPENED "to_timestamp($3::bigint / 1000.0)"

const struct cs_stmt store_join_every_stmt = {
    .name = "join_every",
    .nparams = 3,
    .ncols = 12,
    .sql = "SELECT r.id, true, true, s.last_seq, s.first_seq,\n"
           "       CASE WHEN r.history_visibility = 'since_join' THEN m.since_seq ELSE 0 END,\n"
           "       d.read_seq, s.member_count, e.value, r.kind <> 'channel', m.since_seq,\n"
           "       CASE WHEN s.last_at > " OPENED " THEN greatest(s.first_seq - 1,\n"
           "           (SELECT g.seq FROM chat.messages AS g\n"
           "             WHERE g.room_id = s.room_id AND g.created_at <= " OPENED "\n"
           "             ORDER BY g.seq DESC LIMIT 1),\n"
           "           (SELECT v.seq FROM chat.room_events AS v\n"
           "             WHERE v.room_id = s.room_id AND v.created_at <= " OPENED "\n"
           "             ORDER BY v.seq DESC LIMIT 1)) ELSE s.last_seq END\n"
           "  FROM chat.room_members AS m\n"
           "  JOIN chat.rooms AS r ON r.id = m.room_id AND r.deleted_at IS NULL\n"
           "  JOIN chat.room_seq AS s ON s.room_id = m.room_id\n"
           "  JOIN chat.epoch AS e ON e.id = 1\n"
           "  LEFT JOIN chat.room_reads AS d ON d.room_id = m.room_id AND d.user_id = m.user_id\n"
           " WHERE m.user_id = $1 AND m.state = 'member'\n"
           " ORDER BY s.last_at DESC, r.id DESC LIMIT $2::int",
};

const struct cs_stmt store_log_epoch_stmt = {
    .name = "epoch",
    .ncols = 1,
    .sql = "SELECT e.value FROM chat.epoch AS e WHERE e.id = 1",
};

void store_log_bufs_init(struct store_log_bufs *bufs)
{
    for (size_t i = 0; i < 3; i++)
        cs_buf_init(&bufs->col[i], COLUMN_MAX_BYTES);
}

void store_log_bufs_release(struct store_log_bufs *bufs)
{
    for (size_t i = 0; i < 3; i++)
        cs_buf_release(&bufs->col[i]);
}

void store_log_call(struct cs_call *call, struct cs_arena *arena, struct store_log_bufs *bufs,
                    const struct store_range *ranges, size_t n, int limit)
{
    cs_call_init(call, &store_log_stmt, arena);
    for (size_t c = 0; c < 3; c++)
        cs_array_begin(&bufs->col[c]);
    for (size_t i = 0; i < n; i++) {
        cs_array_uuid(&bufs->col[0], &ranges[i].room);
        cs_array_i64(&bufs->col[1], (int64_t)ranges[i].after);
        cs_array_i64(&bufs->col[2], (int64_t)ranges[i].upto);
    }
    for (size_t c = 0; c < 3; c++)
        cs_call_array(call, &bufs->col[c]);
    cs_call_i64(call, limit);
}

static void read_message(const struct cs_rows *rows, int row, struct cs_message *m)
{
    m->id = cs_rows_uuid(rows, row, 10);
    m->seq = (uint64_t)cs_rows_i64(rows, row, 11);
    m->rev = (uint64_t)cs_rows_i64(rows, row, 12);
    m->sender_id = cs_rows_uuid(rows, row, 13);
    m->sender_name = cs_rows_str(rows, row, 14);
    m->client_id = cs_rows_str(rows, row, 15);
    m->kind = cs_rows_str(rows, row, 16);
    m->content = cs_rows_str(rows, row, 17);
    m->meta = cs_rows_str(rows, row, 18);
    m->parent_id = cs_rows_uuid(rows, row, 19);
    m->reply_count = cs_rows_i64(rows, row, 20);
    m->reactions = cs_rows_str(rows, row, 21);
    m->created_at = cs_rows_str(rows, row, 22);
    m->edited_at = cs_rows_str(rows, row, 23);
    m->deleted_at = cs_rows_str(rows, row, 24);
    m->room_id = cs_rows_uuid(rows, row, 25);
}

void store_log_read(const struct cs_rows *rows, int row, size_t *range, struct cs_event *out)
{
    *range = (size_t)cs_rows_i64(rows, row, 0) - 1; /* ordinality counts from 1 */
    *out = (struct cs_event){
        .room_id = cs_rows_uuid(rows, row, 1),
        .seq = (uint64_t)cs_rows_i64(rows, row, 2),
        .kind = cs_rows_str(rows, row, 3),
        .actor_id = cs_rows_uuid(rows, row, 4),
        .subject_id = cs_rows_uuid(rows, row, 5),
        .subject_name = cs_rows_str(rows, row, 6),
        .target_seq = (uint64_t)cs_rows_i64(rows, row, 7),
        .data = cs_rows_str(rows, row, 8),
        .created_at = cs_rows_str(rows, row, 9),
    };
    read_message(rows, row, &out->msg);
}

void store_positions_call(struct cs_call *call, struct cs_arena *arena, struct cs_buf *rooms)
{
    cs_call_init(call, &store_positions_stmt, arena);
    cs_call_array(call, rooms);
}

uint64_t store_position_read(const struct cs_rows *rows, int row, struct cs_str *epoch)
{
    *epoch = cs_rows_str(rows, row, 2);
    return (uint64_t)cs_rows_i64(rows, row, 1);
}

void store_join_call(struct cs_call *call, struct cs_arena *arena, struct store_log_bufs *bufs,
                     const struct store_joining *joins, size_t n)
{
    cs_call_init(call, &store_join_stmt, arena);
    for (size_t c = 0; c < 2; c++)
        cs_array_begin(&bufs->col[c]);
    for (size_t i = 0; i < n; i++) {
        cs_array_uuid(&bufs->col[0], &joins[i].user);
        cs_array_uuid(&bufs->col[1], &joins[i].room);
    }
    for (size_t c = 0; c < 2; c++)
        cs_call_array(call, &bufs->col[c]);
}

void store_join_read(const struct cs_rows *rows, int row, struct store_join_row *out)
{
    *out = (struct store_join_row){
        .exists = cs_rows_bool(rows, row, 1),
        .allowed = cs_rows_bool(rows, row, 2),
        .last_seq = (uint64_t)cs_rows_i64(rows, row, 3),
        .first_seq = (uint64_t)cs_rows_i64(rows, row, 4),
        .visible_from = (uint64_t)cs_rows_i64(rows, row, 5),
        .read_seq = (uint64_t)cs_rows_i64(rows, row, 6),
        .members = cs_rows_i64(rows, row, 7),
        .epoch = cs_rows_str(rows, row, 8),
        .conversation = cs_rows_bool(rows, row, 9),
        .since_seq = (uint64_t)cs_rows_i64(rows, row, 10),
    };
}

void store_join_every_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user,
                           int64_t limit, int64_t opened_ms)
{
    cs_call_init(call, &store_join_every_stmt, arena);
    cs_call_uuid(call, user);
    cs_call_i64(call, limit);
    cs_call_i64(call, opened_ms);
}

struct cs_uuid store_join_every_read(const struct cs_rows *rows, int row,
                                     struct store_join_row *out)
{
    store_join_read(rows, row, out);
    out->stood_seq = (uint64_t)cs_rows_i64(rows, row, 11);
    return cs_rows_uuid(rows, row, 0);
}

void store_epoch_call(struct cs_call *call, struct cs_arena *arena)
{
    cs_call_init(call, &store_log_epoch_stmt, arena);
}
