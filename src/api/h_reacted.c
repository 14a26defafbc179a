/* h_reacted.c - who has given which reactions: the asker himself, over a page of messages, and everybody,
 * of one. Giving them is h_reaction.c. */
#include "cs_parse.h"
#include "handlers.h"
#include "page.h"
#include "store_reacted.h"

enum { SEQ_DIGITS = 20 }; /* with the comma */

/* --- one's own -------------------------------------------------------------------------------- */

struct reacted_in {
    struct cs_str seqs;
};

static const struct cs_field reacted_fields[] = {
    CS_FIELD_TEXT(struct reacted_in, seqs, "seqs", CS_F_REQUIRED, 1,
                  STORE_REACTED_MAX * SEQ_DIGITS),
};
const struct form reacted_query = FORM(struct reacted_in, reacted_fields);

/* `3,7,12`, in any order. */
static enum cs_rc seqs_of(struct cs_str rest, struct cs_buf *out, struct cs_err *err)
{
    int64_t seq;
    int n = 0;

    cs_array_begin(out);
    while (rest.p) {
        if (!cs_parse_i64(cs_str_split(&rest, ','), 1, INT64_MAX, &seq) || ++n > STORE_REACTED_MAX)
            return cs_fail_field(err, "seqs", "must be 1 to %d numbers with commas between them",
                                 STORE_REACTED_MAX);
        cs_array_i64(out, seq);
    }
    return CS_OK;
}

enum cs_rc reacted_ask(struct req *r, struct cs_err *err)
{
    const struct reacted_in *in = r->query;
    struct cs_buf seqs;
    struct cs_call call;

    cs_buf_init(&seqs, (STORE_REACTED_MAX + 1) * SEQ_DIGITS);
    enum cs_rc rc = seqs_of(in->seqs, &seqs, err);
    if (rc == CS_OK) {
        store_reacted_call(&call, &r->arena, &r->ids[0], &r->who.user_id, &seqs);
        rc = req_send(r, &call, err);
    }
    cs_buf_release(&seqs);
    return rc;
}

/* One message, and the rows behind it that are the same one's; returns the row of the next. */
static int put_given(struct cs_jw *w, const struct cs_rows *rows, int row)
{
    struct store_reacted first, one;

    store_reacted_read(rows, row, &first);
    cs_jw_obj_begin(w);
    cs_jw_kv_uuid(w, "messageId", &first.message);
    cs_jw_kv_i64(w, "seq", first.seq);
    cs_jw_key(w, "emojis");
    cs_jw_arr_begin(w);
    for (; row < cs_rows_count(rows); row++) {
        store_reacted_read(rows, row, &one);
        if (one.seq != first.seq)
            break;
        cs_jw_str(w, one.emoji);
    }
    cs_jw_arr_end(w);
    cs_jw_obj_end(w);
    return row;
}

/* The position says which changes are in it. */
enum cs_rc reacted_answer(struct req *r, struct cs_err *err)
{
    struct store_page_head head;
    struct cs_rows rows;
    enum cs_rc rc = page_take(r, &rows, &head, err);

    if (rc != CS_OK)
        return rc;
    page_position(r, &head);
    struct cs_jw w = resp_json(&r->resp, 200);
    cs_jw_arr_begin(&w);
    for (int row = 1; row < cs_rows_count(&rows);) /* row 0 is the head */
        row = put_given(&w, &rows, row);
    cs_jw_arr_end(&w);
    return CS_OK;
}

/* --- everybody's ------------------------------------------------------------------------------ */

enum cs_rc reactors_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_reactors_call(&call, &r->arena, &r->ids[0], req_member(r), &r->ids[1]);
    return req_send(r, &call, err);
}

static void put_reactor(struct cs_jw *w, const struct store_reacted *one)
{
    cs_jw_obj_begin(w);
    cs_jw_kv_uuid(w, "id", &one->user);
    cs_jw_kv_str_opt(w, "username", one->username);
    cs_jw_obj_end(w);
}

/* As put_given: one emoji, and who has given it. */
static int put_emoji(struct cs_jw *w, const struct cs_rows *rows, int row)
{
    struct store_reacted first, one;

    store_reacted_read(rows, row, &first);
    cs_jw_obj_begin(w);
    cs_jw_kv_str(w, "emoji", first.emoji);
    cs_jw_kv_i64(w, "count", first.count);
    cs_jw_key(w, "users");
    cs_jw_arr_begin(w);
    for (; row < cs_rows_count(rows); row++) {
        store_reacted_read(rows, row, &one);
        if (!cs_str_eq(one.emoji, first.emoji))
            break;
        put_reactor(w, &one);
    }
    cs_jw_arr_end(w);
    cs_jw_obj_end(w);
    return row;
}

static void put_emojis(struct cs_jw *w, const struct cs_rows *rows)
{
    struct store_reacted first;

    store_reacted_read(rows, 1, &first);
    cs_jw_arr_begin(w);
    for (int row = 1; first.emoji.p && row < cs_rows_count(rows);)
        row = put_emoji(w, rows, row);
    cs_jw_arr_end(w);
}

enum cs_rc reactors_answer(struct req *r, struct cs_err *err)
{
    struct store_page_head head;
    struct cs_rows rows;
    enum cs_rc rc = page_take(r, &rows, &head, err);

    if (rc == CS_OK && cs_rows_count(&rows) == 1)
        rc = cs_fail(err, CS_E_MESSAGE_NOT_FOUND);
    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 200);
    put_emojis(&w, &rows);
    return CS_OK;
}
