/* store_user_events.c - see store_user_events.h. */
#include "store_user_events.h"

enum { SEQ_MAX_CHARS = 20 };

const struct cs_stmt store_user_log_stmt = {
    .name = "user_log",
    .nparams = 3,
    .ncols = 5,
    .sql = "SELECT q.ord, e.useq, e.kind, e.data, (e.data->>'roomId')::uuid\n"
           "  FROM unnest($1::uuid[], $2::bigint[])\n"
           "         WITH ORDINALITY AS q (user_id, after, ord)\n"
           " CROSS JOIN LATERAL (\n"
           "       SELECT v.useq, v.kind, v.data\n"
           "         FROM chat.user_events AS v\n"
           "        WHERE v.user_id = q.user_id AND v.useq > q.after\n"
           "        ORDER BY v.useq LIMIT $3::int) AS e\n"
           " ORDER BY q.ord, e.useq",
};

const struct cs_stmt store_user_positions_stmt = {
    .name = "user_positions",
    .nparams = 1,
    .ncols = 3,
    .sql = "SELECT q.ord, s.last_useq, e.value\n"
           "  FROM unnest($1::uuid[]) WITH ORDINALITY AS q (user_id, ord)\n"
           "  JOIN chat.epoch AS e ON e.id = 1\n"
           "  LEFT JOIN chat.user_seq AS s ON s.user_id = q.user_id\n"
           " ORDER BY q.ord",
};

void store_user_bufs_init(struct store_user_bufs *bufs, size_t n)
{
    cs_buf_init(&bufs->users, (n + 1) * (CS_UUID_LEN + 1));
    cs_buf_init(&bufs->afters, (n + 1) * (SEQ_MAX_CHARS + 1));
}

void store_user_bufs_release(struct store_user_bufs *bufs)
{
    cs_buf_release(&bufs->users);
    cs_buf_release(&bufs->afters);
}

void store_user_begin(struct store_user_bufs *bufs)
{
    cs_array_begin(&bufs->users);
    cs_array_begin(&bufs->afters);
}

void store_user_add(struct store_user_bufs *bufs, const struct cs_uuid *user, uint64_t after)
{
    cs_array_uuid(&bufs->users, user);
    cs_array_i64(&bufs->afters, (int64_t)after);
}

void store_user_log_call(struct cs_call *call, struct cs_arena *arena, struct store_user_bufs *bufs,
                         int limit)
{
    cs_call_init(call, &store_user_log_stmt, arena);
    cs_call_array(call, &bufs->users);
    cs_call_array(call, &bufs->afters);
    cs_call_i64(call, limit);
}

void store_user_log_read(const struct cs_rows *rows, int row, size_t *user,
                         struct store_user_event *out)
{
    *user = (size_t)cs_rows_i64(rows, row, 0) - 1; /* ordinality counts from 1 */
    *out = (struct store_user_event){
        .useq = (uint64_t)cs_rows_i64(rows, row, 1),
        .kind = cs_rows_str(rows, row, 2),
        .data = cs_rows_str(rows, row, 3),
        .room = cs_rows_uuid(rows, row, 4),
    };
}

void store_user_positions_call(struct cs_call *call, struct cs_arena *arena,
                               struct store_user_bufs *bufs)
{
    cs_call_init(call, &store_user_positions_stmt, arena);
    cs_call_array(call, &bufs->users);
}

uint64_t store_user_position_read(const struct cs_rows *rows, int row, struct cs_str *epoch)
{
    *epoch = cs_rows_str(rows, row, 2);
    return (uint64_t)cs_rows_i64(rows, row, 1);
}
