/* store_user.c - see store_user.h. */
#include "store_user.h"

const struct cs_stmt store_user_stmt = {
    .name = "user",
    .nparams = 1,
    .ncols = STORE_USER_COLS,
    .sql = STORE_USER_COLUMNS "  FROM chat.users AS u\n"
                              " WHERE u.id = $1 AND u.deleted_at IS NULL",
};

void store_user_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *id)
{
    cs_call_init(call, &store_user_stmt, arena);
    cs_call_uuid(call, id);
}

void store_user_read(const struct cs_rows *rows, int row, struct store_user *out)
{
    *out = (struct store_user){
        .id = cs_rows_uuid(rows, row, 0),
        .username = cs_rows_str(rows, row, 1),
        .email = cs_rows_str(rows, row, 2),
        .full_name = cs_rows_str(rows, row, 3),
        .bio = cs_rows_str(rows, row, 4),
        .role = cs_rows_str(rows, row, 5),
        .roles = cs_rows_str(rows, row, 6),
        .last_seen = cs_rows_str(rows, row, 7),
        .created_at = cs_rows_str(rows, row, 8),
        .updated_at = cs_rows_str(rows, row, 9),
        .active = cs_rows_bool(rows, row, 10),
    };
}
