/* store_read.c - see store_read.h. */
#include "store_read.h"

#include "store_outcome.h"

const struct cs_stmt store_read_stmt = {
    .name = "read",
    .nparams = 3,
    .ncols = 4,
    .sql = "SELECT r.status, r.read_seq, r.unread, r.mentions\n"
           "  FROM chat.set_read($1::uuid, $2::uuid, $3::bigint) AS r",
};

/* The head is repeated in each row, and alone in the only one of a room that nobody reads. Members
 * are looked up one by one, by laterals with a limit: joined, they would all be read and sorted. */
const struct cs_stmt store_readers_stmt = {
    .name = "readers",
    .nparams = 4,
    .ncols = 7,
    .sql = "SELECT r.kind, b.state, r.is_private, r.is_lobby, d.user_id, d.username, d.read_seq\n"
           "  FROM chat.rooms AS r\n"
           "  LEFT JOIN chat.room_members AS b ON b.room_id = r.id AND b.user_id = $2::uuid\n"
           "  LEFT JOIN LATERAL (\n"
           "       SELECT g.user_id, u.username, g.read_seq\n"
           "         FROM chat.room_reads AS g\n"
           "         LEFT JOIN LATERAL (\n"
           "              SELECT n.state FROM chat.room_members AS n\n"
           "               WHERE n.room_id = g.room_id AND n.user_id = g.user_id LIMIT 1) AS m ON true\n"
           "        CROSS JOIN LATERAL (\n"
           "              SELECT n.username FROM chat.users AS n\n"
           "               WHERE n.id = g.user_id LIMIT 1) AS u\n"
           "        WHERE g.room_id = r.id AND g.user_id > $3::uuid\n"
           "          AND (r.is_lobby OR m.state = 'member')\n"
           "        ORDER BY g.user_id LIMIT $4::int) AS d ON true\n"
           " WHERE r.id = $1::uuid AND r.deleted_at IS NULL\n"
           " ORDER BY d.user_id",
};

void store_read_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                     const struct cs_uuid *user, int64_t seq)
{
    cs_call_init(call, &store_read_stmt, arena);
    cs_call_uuid(call, room);
    cs_call_uuid(call, user);
    cs_call_i64(call, seq);
}

static const struct store_outcome outcomes[] = {
    {"ok", CS_OK, NULL},
    {"unchanged", CS_OK, NULL},
    {"not_found", CS_E_ROOM_NOT_FOUND, NULL},
    {"not_member", CS_E_NOT_MEMBER, NULL},
    {"banned", CS_E_BANNED, NULL},
};

enum cs_rc store_read_outcome(const struct cs_rows *rows, struct store_read *out,
                              struct cs_err *err)
{
    struct cs_str status = store_status(rows);
    enum cs_rc rc = STORE_OUTCOME(status, outcomes, err);

    if (rc == CS_OK)
        *out = (struct store_read){
            .moved = cs_str_is(status, "ok"),
            .read_seq = cs_rows_i64(rows, 0, 1),
            .unread = cs_rows_i64(rows, 0, 2),
            .mentions = cs_rows_i64(rows, 0, 3),
        };
    return rc;
}

void store_readers_call(struct cs_call *call, struct cs_arena *arena,
                        const struct store_readers *wanted)
{
    cs_call_init(call, &store_readers_stmt, arena);
    cs_call_uuid(call, &wanted->room);
    cs_call_uuid(call, &wanted->user);
    cs_call_uuid(call, &wanted->after);
    cs_call_i64(call, wanted->limit + 1);
}

bool store_readers_head(const struct cs_rows *rows, struct store_access *out)
{
    if (cs_rows_count(rows) == 0)
        return false;
    *out = (struct store_access){
        .kind = cs_rows_str(rows, 0, 0),
        .state = cs_rows_str(rows, 0, 1),
        .is_private = cs_rows_bool(rows, 0, 2),
        .is_lobby = cs_rows_bool(rows, 0, 3),
    };
    return true;
}

int store_readers_count(const struct cs_rows *rows, int64_t limit, bool *more)
{
    int n = cs_rows_null(rows, 0, 4) ? 0 : cs_rows_count(rows);

    *more = n > limit;
    return n - *more;
}

void store_reader_read(const struct cs_rows *rows, int row, struct store_reader *out)
{
    *out = (struct store_reader){
        .id = cs_rows_uuid(rows, row, 4),
        .username = cs_rows_str(rows, row, 5),
        .read_seq = cs_rows_i64(rows, row, 6),
    };
}
