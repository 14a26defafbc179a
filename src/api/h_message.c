/* h_message.c - one message: read, edited, deleted; its thread, and what it said before. */
#include "change.h"
#include "cs_wire.h"
#include "handlers.h"
#include "page.h"
#include "store_message.h"

enum { EDIT_MAX = 8000 }; /* code points, as of a new message */

/* --- read ------------------------------------------------------------------------------------- */

static enum cs_rc ask_one(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_message_one_call(&call, &r->arena, &r->ids[0], req_member(r), &r->ids[1]);
    return req_send(r, &call, err);
}

/* The message is row 1: row 0 is the head. */
static enum cs_rc take_one(struct req *r, struct cs_rows *rows, struct cs_err *err)
{
    struct store_page_head head;
    enum cs_rc rc = page_take(r, rows, &head, err);

    if (rc == CS_OK && cs_rows_count(rows) != 2)
        rc = cs_fail(err, CS_E_MESSAGE_NOT_FOUND);
    return rc;
}

enum cs_rc message_ask(struct req *r, struct cs_err *err)
{
    return ask_one(r, err);
}

enum cs_rc message_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    struct cs_message m;
    enum cs_rc rc = take_one(r, &rows, err);

    if (rc != CS_OK)
        return rc;
    store_page_message(&rows, 1, &r->ids[0], &m);
    struct cs_jw w = resp_json(&r->resp, 200);
    cs_wire_message(&w, &m);
    return CS_OK;
}

/* --- changed ---------------------------------------------------------------------------------- */

struct edit_in {
    struct cs_str content;
};

static const struct cs_field edit_fields[] = {
    CS_FIELD_TEXT(struct edit_in, content, "content", CS_F_REQUIRED, 1, EDIT_MAX),
};
const struct form edit_form = FORM(struct edit_in, edit_fields);

enum cs_rc message_edit_ask(struct req *r, struct cs_err *err)
{
    const struct edit_in *in = r->body;
    struct store_change change = change_of(r);
    struct cs_call call;

    change.content = in->content;
    store_edit_message_call(&call, &r->arena, &r->app->post_bufs, &change);
    enum cs_rc rc = change_send(r, &call, err);
    if (rc != CS_OK)
        return rc;
    store_message_changed_call(&call, &r->arena, &r->ids[0], &r->ids[1]);
    return req_send(r, &call, err);
}

/* The message as it is now, also when it said so before. */
enum cs_rc message_edit_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    struct cs_str mentioned;
    struct cs_message m;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = store_edit_message_read(&rows, &mentioned, err);
    if (rc != CS_OK)
        return rc;
    change_ring_mentioned(r, mentioned);
    rc = req_recv(r, &rows, err);
    if (rc == CS_OK && cs_rows_count(&rows) != 1)
        rc = cs_fail_log(err, CS_E_INTERNAL, "a message that was changed is not there");
    if (rc != CS_OK)
        return rc;
    store_page_message(&rows, 0, &r->ids[0], &m);
    struct cs_jw w = resp_json(&r->resp, 200);
    cs_wire_message(&w, &m);
    return CS_OK;
}

enum cs_rc message_delete_ask(struct req *r, struct cs_err *err)
{
    struct store_change change = change_of(r);
    struct cs_call call;

    store_delete_message_call(&call, &r->arena, &change);
    return change_send(r, &call, err);
}

enum cs_rc message_delete_answer(struct req *r, struct cs_err *err)
{
    return change_answer(r, "Message deleted successfully", err);
}

/* --- what it said before ---------------------------------------------------------------------- */

enum cs_rc edits_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;
    enum cs_rc rc = ask_one(r, err);

    if (rc != CS_OK)
        return rc;
    store_edits_call(&call, &r->arena, &r->ids[0], &r->ids[1]);
    return req_send(r, &call, err);
}

static void put_edit(struct cs_jw *w, const struct store_edit *e)
{
    cs_jw_obj_begin(w);
    cs_jw_kv_i64(w, "rev", e->rev);
    cs_jw_kv_uuid(w, "editorId", &e->editor);
    cs_jw_kv_str(w, "content", e->content);
    cs_jw_kv_pg_time(w, "editedAt", e->at);
    cs_jw_obj_end(w);
}

enum cs_rc edits_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    struct store_edit edit;
    enum cs_rc rc = take_one(r, &rows, err);

    if (rc == CS_OK)
        rc = req_recv(r, &rows, err);
    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 200);
    cs_jw_arr_begin(&w);
    for (int i = cs_rows_count(&rows) - 1; i >= 0; i--) {
        store_edit_read(&rows, i, &edit);
        put_edit(&w, &edit);
    }
    cs_jw_arr_end(&w);
    return CS_OK;
}

/* --- its thread ------------------------------------------------------------------------------- */

struct replies_in {
    struct cs_opt_int limit, before, after;
};

static const struct cs_field replies_fields[] = {
    CS_FIELD_INT(struct replies_in, limit, "limit", 0, 1, PAGE_MAX),
    CS_FIELD_INT(struct replies_in, before, "before", 0, 0, INT64_MAX),
    CS_FIELD_INT(struct replies_in, after, "after", 0, 0, INT64_MAX),
};
const struct form replies_query = FORM(struct replies_in, replies_fields);

/* The page that the query names. The same for both handlers of a request. */
static struct store_page wanted(const struct req *r)
{
    const struct replies_in *in = r->query;
    bool after = in->after.set;

    return (struct store_page){
        .room = r->ids[0],
        .user = *req_member(r),
        .where = after ? STORE_PAGE_AFTER : STORE_PAGE_BEFORE,
        .at = after ? in->after.v : in->before.set ? in->before.v : INT64_MAX,
        .limit = in->limit.set ? in->limit.v : PAGE_DEFAULT,
    };
}

enum cs_rc replies_ask(struct req *r, struct cs_err *err)
{
    const struct replies_in *in = r->query;
    struct store_page page = wanted(r);
    struct cs_call call;

    if (in->before.set && in->after.set)
        return cs_fail_field(err, "after", "only one position is taken");
    store_replies_call(&call, &r->arena, &page, &r->ids[1]);
    return req_send(r, &call, err);
}

enum cs_rc replies_answer(struct req *r, struct cs_err *err)
{
    struct store_page page = wanted(r);
    struct store_page_head head;
    struct cs_rows rows;
    enum cs_rc rc = page_take(r, &rows, &head, err);

    if (rc == CS_OK && !store_replies_found(&rows))
        rc = cs_fail(err, CS_E_MESSAGE_NOT_FOUND);
    if (rc != CS_OK)
        return rc;
    struct page_ends ends = page_ends(&rows, &page);
    page_position(r, &head);
    page_links(r, &ends, page.limit);
    page_put(r, &rows, &page, cs_wire_message);
    return CS_OK;
}
