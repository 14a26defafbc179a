/* store_presence.c - see store_presence.h. */
#include "store_presence.h"

enum { COLUMN_MAX_BYTES = 256 * 1024, FIGURES_MAX_BYTES = 8 * 1024 };

const struct cs_stmt store_beat_stmt = {
    .name = "presence_beat",
    .nparams = 5,
    .ncols = 2,
    .sql = "SELECT b.is_new, c.user_id\n"
           "  FROM chat.presence_beat($1::uuid, $2::uuid[], $3::smallint[], $4::int,\n"
           "                           $5::json) AS b\n"
           "  LEFT JOIN LATERAL unnest(b.changed) AS c (user_id) ON true",
};

const struct cs_stmt store_whereabouts_stmt = {
    .name = "whereabouts",
    .nparams = 2,
    .ncols = 3,
    .sql = "SELECT q.ord, chat.presence_of(q.user_id), m.room_id\n"
           "  FROM unnest($1::uuid[]) WITH ORDINALITY AS q (user_id, ord)\n"
           "  LEFT JOIN LATERAL (\n"
           "       SELECT n.room_id FROM chat.room_members AS n\n"
           "        WHERE n.user_id = q.user_id AND n.state = 'member'\n"
           "        LIMIT $2::int) AS m ON true\n"
           " ORDER BY q.ord",
};

const struct cs_stmt store_present_stmt = {
    .name = "present",
    .nparams = 3,
    .ncols = 3,
    .sql = "SELECT DISTINCT q.asked, m.user_id, p.status\n"
           "  FROM unnest($1::uuid[], $2::bigint[]) AS q (room_id, asked)\n"
           " CROSS JOIN LATERAL (\n"
           "       SELECT n.user_id FROM chat.room_members AS n\n"
           "        WHERE n.room_id = q.room_id AND n.state = 'member'\n"
           "        LIMIT $3::int) AS m\n"
           " CROSS JOIN LATERAL (SELECT chat.presence_of(m.user_id)) AS p (status)\n"
           " WHERE p.status IS NOT NULL\n"
           " ORDER BY q.asked",
};

void store_beat_init(struct store_beat *b)
{
    cs_buf_init(&b->users, COLUMN_MAX_BYTES);
    cs_buf_init(&b->statuses, COLUMN_MAX_BYTES);
    cs_buf_init(&b->figures, FIGURES_MAX_BYTES);
}

void store_beat_release(struct store_beat *b)
{
    cs_buf_release(&b->users);
    cs_buf_release(&b->statuses);
    cs_buf_release(&b->figures);
}

void store_beat_begin(struct store_beat *b)
{
    cs_array_begin(&b->users);
    cs_array_begin(&b->statuses);
    cs_buf_clear(&b->figures);
}

void store_beat_add(struct store_beat *b, const struct cs_uuid *user, enum store_status status)
{
    cs_array_uuid(&b->users, user);
    if (status == STORE_ABSENT)
        cs_array_str(&b->statuses, (struct cs_str){NULL, 0});
    else
        cs_array_i64(&b->statuses, (int64_t)status);
}

void store_beat_call(struct cs_call *call, struct cs_arena *arena, struct store_beat *b)
{
    cs_call_init(call, &store_beat_stmt, arena);
    cs_call_uuid(call, &b->gateway);
    cs_call_array(call, &b->users);
    cs_call_array(call, &b->statuses);
    if (b->dead_s)
        cs_call_i64(call, b->dead_s);
    else
        cs_call_null(call);
    if (b->figures.len && !b->figures.failed)
        cs_call_text(call, cs_buf_view(&b->figures));
    else
        cs_call_null(call);
}

bool store_beat_is_new(const struct cs_rows *rows)
{
    return cs_rows_bool(rows, 0, 0);
}

bool store_beat_read(const struct cs_rows *rows, int row, struct cs_uuid *user)
{
    if (cs_rows_null(rows, row, 1))
        return false;
    *user = cs_rows_uuid(rows, row, 1);
    return true;
}

static enum store_status status_at(const struct cs_rows *rows, int row, int col)
{
    return cs_rows_null(rows, row, col) ? STORE_ABSENT
                                        : (enum store_status)cs_rows_i64(rows, row, col);
}

void store_whereabouts_call(struct cs_call *call, struct cs_arena *arena, struct cs_buf *users)
{
    cs_call_init(call, &store_whereabouts_stmt, arena);
    cs_call_array(call, users);
    cs_call_i64(call, STORE_PRESENCE_ROOMS_MAX);
}

void store_whereabouts_read(const struct cs_rows *rows, int row, struct store_whereabouts *out)
{
    *out = (struct store_whereabouts){
        .ord = (size_t)cs_rows_i64(rows, row, 0) - 1, /* ordinality counts from 1 */
        .status = status_at(rows, row, 1),
    };
    if (!cs_rows_null(rows, row, 2))
        out->room = cs_rows_uuid(rows, row, 2);
}

void store_present_call(struct cs_call *call, struct cs_arena *arena, struct cs_buf *rooms,
                        struct cs_buf *asked)
{
    cs_call_init(call, &store_present_stmt, arena);
    cs_call_array(call, rooms);
    cs_call_array(call, asked);
    cs_call_i64(call, STORE_PRESENT_MAX);
}

void store_present_read(const struct cs_rows *rows, int row, struct store_present *out)
{
    *out = (struct store_present){
        .asked = cs_rows_i64(rows, row, 0),
        .user = cs_rows_uuid(rows, row, 1),
        .status = status_at(rows, row, 2),
    };
}
