/* store_changes.c - see store_changes.h. */
#include "store_changes.h"

#include "store_change.h"

#include <assert.h>

enum { COLUMNS = 9 };
static_assert((int)COLUMNS <= (int)STORE_POST_COLUMNS, "a batch of changes is built in a batch's buffers");

const struct cs_stmt store_changes_stmt = {
    .name = "change_messages",
    .nparams = COLUMNS,
    .ncols = 4,
    .sql = "SELECT c.ord, c.status, c.seq, c.mentioned\n"
           "  FROM chat.change_messages($1::text[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[],\n"
           "                            $6::uuid[], $7::text[], $8::jsonb[], $9::text[]) AS c",
};

static struct cs_str verb_name(enum store_verb verb)
{
    static const char *const names[] = {[STORE_EDIT] = "edit",
                                        [STORE_DELETE] = "delete",
                                        [STORE_REACT] = "react",
                                        [STORE_UNREACT] = "unreact"};

    return cs_str_c(names[verb]);
}

static void add_row(struct store_post_bufs *bufs, const struct store_asked *a)
{
    struct cs_buf *col = bufs->col;
    bool names = a->verb == STORE_EDIT;

    cs_array_str(&col[0], verb_name(a->verb));
    cs_array_uuid(&col[1], &a->room);
    cs_array_uuid(&col[2], &a->message);
    cs_array_uuid(&col[3], &a->actor);
    cs_array_str(&col[4], a->cred_kind);
    cs_array_uuid(&col[5], &a->cred_id);
    cs_array_str(&col[6], a->text);
    cs_array_str(&col[7], names ? store_post_mentions(bufs, a->text) : cs_str_n(NULL, 0));
    cs_array_str(&col[8], a->ip);
}

void store_changes_call(struct cs_call *call, struct cs_arena *arena, struct store_post_bufs *bufs,
                        const struct store_asked *asked, size_t n)
{
    cs_call_init(call, &store_changes_stmt, arena);
    for (size_t c = 0; c < COLUMNS; c++)
        cs_array_begin(&bufs->col[c]);
    for (size_t i = 0; i < n; i++)
        add_row(bufs, &asked[i]);
    for (size_t c = 0; c < COLUMNS; c++)
        cs_call_array(call, &bufs->col[c]);
}

void store_changes_read(const struct cs_rows *rows, int row, struct store_changed *out,
                        struct cs_err *err)
{
    *out = (struct store_changed){
        .rc = store_change_outcome(cs_rows_str(rows, row, 1), err),
        .seq = (uint64_t)cs_rows_i64(rows, row, 2),
        .mentioned = cs_rows_str(rows, row, 3),
    };
}
