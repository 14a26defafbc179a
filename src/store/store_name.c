/* store_name.c - see store_name.h. */
#include "store_name.h"

const struct cs_stmt store_names_stmt = {
    .name = "names",
    .nparams = 1,
    .ncols = 2,
    .sql = "SELECT u.id, u.username FROM chat.users AS u\n"
           " WHERE u.id = ANY ($1::uuid[]) AND u.deleted_at IS NULL",
};

void store_names_call(struct cs_call *call, struct cs_arena *arena, struct cs_buf *users)
{
    cs_call_init(call, &store_names_stmt, arena);
    cs_call_array(call, users);
}

void store_name_read(const struct cs_rows *rows, int row, struct store_name *out)
{
    *out = (struct store_name){
        .user = cs_rows_uuid(rows, row, 0),
        .name = cs_rows_str(rows, row, 1),
    };
}
