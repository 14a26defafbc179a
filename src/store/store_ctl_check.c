/* store_ctl_check.c - the statements of chatspherectl check; see the header. */
#include "store_ctl_check.h"

static const struct cs_stmt rooms_stmt = {
    .name = "ctl_rooms",
    .nparams = 2,
    .ncols = 1,
    .sql = "SELECT r.id FROM chat.rooms AS r\n"
           " WHERE r.id > $1::uuid AND r.deleted_at IS NULL\n"
           " ORDER BY r.id LIMIT $2::int",
};

#define DRIFT(source, limit)                                                                       \
    "SELECT f.what, coalesce(u.username, f.user_id::text), f.seq, f.stored, f.counted\n"           \
    "  FROM " source " AS f\n"                                                                     \
    "  LEFT JOIN chat.users AS u ON u.id = f.user_id\n"                                            \
    " ORDER BY f.what, f.user_id, f.seq LIMIT " limit

static const struct cs_stmt room_drift_stmt = {
    .name = "ctl_room_drift",
    .nparams = 2,
    .ncols = 5,
    .sql = DRIFT("chat.room_drift($1::uuid)", "$2::int"),
};

static const struct cs_stmt user_drift_stmt = {
    .name = "ctl_user_drift",
    .nparams = 1,
    .ncols = 5,
    .sql = DRIFT("chat.user_drift()", "$1::int"),
};

static const struct cs_stmt repair_room_stmt = {
    .name = "ctl_repair_room",
    .nparams = 1,
    .ncols = 1,
    .sql = "SELECT chat.repair_room($1::uuid)",
};

static const struct cs_stmt repair_users_stmt = {
    .name = "ctl_repair_users",
    .ncols = 1,
    .sql = "SELECT chat.repair_users()",
};

const struct cs_stmt *const store_ctl_check_stmts[] = {
    &rooms_stmt, &room_drift_stmt, &user_drift_stmt, &repair_room_stmt, &repair_users_stmt, NULL,
};

enum cs_rc store_ctl_rooms(struct cs_db *db, struct cs_arena *arena, const struct cs_uuid *after,
                           struct cs_rows *rows, struct cs_err *err)
{
    struct cs_call call;

    cs_call_init(&call, &rooms_stmt, arena);
    cs_call_uuid(&call, after);
    cs_call_i64(&call, STORE_CTL_ROOMS_MAX);
    return cs_db_run(db, CS_DB_READ, &call, arena, rows, err);
}

enum cs_rc store_ctl_drift(struct cs_db *db, struct cs_arena *arena, const struct cs_uuid *room,
                           struct cs_rows *rows, struct cs_err *err)
{
    struct cs_call call;

    cs_call_init(&call, room ? &room_drift_stmt : &user_drift_stmt, arena);
    if (room)
        cs_call_uuid(&call, room);
    cs_call_i64(&call, STORE_CTL_DRIFTS_MAX);
    return cs_db_run(db, CS_DB_READ, &call, arena, rows, err);
}

struct store_ctl_drift store_ctl_drift_at(const struct cs_rows *rows, int row)
{
    return (struct store_ctl_drift){
        .what = cs_rows_str(rows, row, 0),
        .user = cs_rows_str(rows, row, 1),
        .seq = cs_rows_str(rows, row, 2),
        .stored = cs_rows_str(rows, row, 3),
        .counted = cs_rows_str(rows, row, 4),
    };
}

enum cs_rc store_ctl_repair(struct cs_db *db, struct cs_arena *arena, const struct cs_uuid *room,
                            struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, room ? &repair_room_stmt : &repair_users_stmt, arena);
    if (room)
        cs_call_uuid(&call, room);
    return cs_db_run(db, CS_DB_WRITE, &call, arena, &rows, err);
}
