/* store_seen.c - see store_seen.h. */
#include "store_seen.h"

const struct cs_stmt store_seen_stmt = {
    .name = "seen",
    .nparams = 1,
    .ncols = 1,
    .sql = "SELECT chat.seen($1::uuid[])",
};

void store_seen_call(struct cs_call *call, struct cs_arena *arena, struct cs_buf *users)
{
    cs_call_init(call, &store_seen_stmt, arena);
    cs_call_array(call, users);
}
