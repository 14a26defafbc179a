/* store_post.c - see store_post.h. */
#include "store_post.h"

#include "mentions.h"

enum {
    COLUMN_MAX_BYTES = 16 * 1024 * 1024, /* 128 messages of 32 KB, twice escaped */
};

const struct cs_stmt store_post_stmt = {
    .name = "post_messages",
    .nparams = STORE_POST_COLUMNS,
    .ncols = 8,
    .sql = "SELECT p.ord, p.status, p.id, p.seq, p.created_at, p.sender_name, p.retry_after_ms,\n"
           "       p.mentioned\n"
           "  FROM chat.post_messages($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[],\n"
           "                          $6::uuid[], $7::text[], $8::uuid[], $9::text[],\n"
           "                          $10::jsonb[], $11::jsonb[]) AS p",
};

const struct cs_stmt store_bell_stmt = {
    .name = "bell",
    .nparams = 1,
    .ncols = 1,
    .sql = "SELECT pg_catalog.pg_notify('chatsphere', $1)",
};

void store_post_bufs_init(struct store_post_bufs *bufs)
{
    for (size_t i = 0; i < STORE_POST_COLUMNS; i++)
        cs_buf_init(&bufs->col[i], COLUMN_MAX_BYTES);
    cs_buf_init(&bufs->mentions, MENTIONS_MAX_BYTES);
}

void store_post_bufs_release(struct store_post_bufs *bufs)
{
    for (size_t i = 0; i < STORE_POST_COLUMNS; i++)
        cs_buf_release(&bufs->col[i]);
    cs_buf_release(&bufs->mentions);
}

struct cs_str store_post_mentions(struct store_post_bufs *bufs, struct cs_str content)
{
    cs_buf_clear(&bufs->mentions);
    mentions_put(&bufs->mentions, content);
    return bufs->mentions.len ? cs_buf_view(&bufs->mentions) : cs_str_n(NULL, 0);
}

static void add_row(struct store_post_bufs *bufs, const struct store_post *p)
{
    struct cs_buf *col = bufs->col;

    cs_array_uuid(&col[0], &p->room);
    cs_array_uuid(&col[1], &p->sender);
    cs_array_str(&col[2], p->cred_kind);
    cs_array_uuid(&col[3], &p->cred_id);
    cs_array_str(&col[4], p->client_id);
    cs_array_uuid(&col[5], &p->id);
    cs_array_str(&col[6], p->content);
    cs_array_uuid(&col[7], cs_uuid_is_nil(&p->parent_id) ? NULL : &p->parent_id);
    cs_array_str(&col[8], p->kind);
    cs_array_str(&col[9], p->meta);
    cs_array_str(&col[10], store_post_mentions(bufs, p->content));
}

void store_post_call(struct cs_call *call, struct cs_arena *arena, struct store_post_bufs *bufs,
                     const struct store_post *posts, size_t n)
{
    cs_call_init(call, &store_post_stmt, arena);
    for (size_t c = 0; c < STORE_POST_COLUMNS; c++)
        cs_array_begin(&bufs->col[c]);
    for (size_t i = 0; i < n; i++)
        add_row(bufs, &posts[i]);
    for (size_t c = 0; c < STORE_POST_COLUMNS; c++)
        cs_call_array(call, &bufs->col[c]);
}

/* The statuses of chat.post_messages. */
static const struct {
    const char *status;
    enum cs_rc rc;
} outcomes[] = {
    {"ok", CS_OK},
    {"duplicate", CS_OK},
    {"not_found", CS_E_ROOM_NOT_FOUND},
    {"not_member", CS_E_NOT_MEMBER},
    {"banned", CS_E_BANNED},
    {"muted", CS_E_MUTED},
    {"blocked", CS_E_BLOCKED},
    {"slow_mode", CS_E_SLOW_MODE},
    {"archived", CS_E_ARCHIVED},
    {"parent_not_found", CS_E_PARENT_NOT_FOUND},
    {"unauthorized", CS_E_UNAUTHORIZED},
    {"forbidden", CS_E_FORBIDDEN},
};

void store_post_read(const struct cs_rows *rows, int row, struct store_posted *out)
{
    struct cs_str status = cs_rows_str(rows, row, 1);

    *out = (struct store_posted){.rc = CS_E_INTERNAL};
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        if (cs_str_is(status, outcomes[i].status))
            out->rc = outcomes[i].rc;
    out->duplicate = cs_str_is(status, "duplicate");
    out->id = cs_rows_uuid(rows, row, 2);
    out->seq = (uint64_t)cs_rows_i64(rows, row, 3);
    out->created_at = cs_rows_str(rows, row, 4);
    out->sender_name = cs_rows_str(rows, row, 5);
    out->retry_after_ms = (int)cs_rows_i64(rows, row, 6);
    out->mentioned = cs_rows_str(rows, row, 7);
}

/* An array literal of UUIDs, {…,…}, in which nothing is quoted. */
bool store_posted_mentioned(struct cs_str *mentioned, struct cs_uuid *user)
{
    while (mentioned->len) {
        struct cs_str item = cs_str_split(mentioned, ',');
        if (item.len && item.p[0] == '{')
            item = cs_str_n(item.p + 1, item.len - 1);
        if (item.len && item.p[item.len - 1] == '}')
            item.len--;
        if (cs_uuid_parse(item, user))
            return true;
    }
    return false;
}

void store_bell_call(struct cs_call *call, struct cs_arena *arena, struct cs_str payload)
{
    cs_call_init(call, &store_bell_stmt, arena);
    cs_call_text(call, payload);
}
