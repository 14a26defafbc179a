/* store_marks.c - see store_marks.h. */
#include "store_marks.h"

#include "store_outcome.h"

enum { COLUMN_MAX_BYTES = 256 * 1024, COLUMNS = 5 };

const struct cs_stmt store_marks_stmt = {
    .name = "marks",
    .nparams = COLUMNS,
    .ncols = 2,
    .sql = "SELECT r.status, r.read_seq\n"
           "  FROM chat.set_reads($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::uuid[]) AS r\n"
           " ORDER BY r.ord",
};

void store_mark_bufs_init(struct store_mark_bufs *bufs)
{
    for (size_t c = 0; c < COLUMNS; c++)
        cs_buf_init(&bufs->col[c], COLUMN_MAX_BYTES);
}

void store_mark_bufs_release(struct store_mark_bufs *bufs)
{
    for (size_t c = 0; c < COLUMNS; c++)
        cs_buf_release(&bufs->col[c]);
}

void store_marks_call(struct cs_call *call, struct cs_arena *arena, struct store_mark_bufs *bufs,
                      const struct store_mark *marks, size_t n)
{
    cs_call_init(call, &store_marks_stmt, arena);
    for (size_t c = 0; c < COLUMNS; c++)
        cs_array_begin(&bufs->col[c]);
    for (size_t i = 0; i < n; i++) {
        cs_array_uuid(&bufs->col[0], &marks[i].room);
        cs_array_uuid(&bufs->col[1], &marks[i].user);
        cs_array_i64(&bufs->col[2], (int64_t)marks[i].seq);
        cs_array_str(&bufs->col[3], marks[i].cred_kind);
        cs_array_uuid(&bufs->col[4], &marks[i].cred_id);
    }
    for (size_t c = 0; c < COLUMNS; c++)
        cs_call_array(call, &bufs->col[c]);
}

static const struct store_outcome outcomes[] = {
    {"ok", CS_OK, NULL},
    {"unchanged", CS_OK, NULL},
    {"unauthorized", CS_E_UNAUTHORIZED, NULL},
    {"not_allowed", CS_E_FORBIDDEN, NULL},
    {"not_found", CS_E_ROOM_NOT_FOUND, NULL},
    {"not_member", CS_E_NOT_MEMBER, NULL},
    {"banned", CS_E_BANNED, NULL},
};

enum cs_rc store_marked_read(const struct cs_rows *rows, int row, struct store_marked *out,
                             struct cs_err *err)
{
    struct cs_str status = cs_rows_str(rows, row, 0);
    enum cs_rc rc = STORE_OUTCOME(status, outcomes, err);

    if (rc == CS_OK)
        *out = (struct store_marked){
            .moved = cs_str_is(status, "ok"),
            .seq = (uint64_t)cs_rows_i64(rows, row, 1),
        };
    return rc;
}
