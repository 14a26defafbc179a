/* h_post.c - posting one message.
 *
 * The client id makes it repeatable for the life of the message: by the client, and by the pipeline
 * when the outcome of the first attempt is not known. Who gave none is given one here, so the
 * second attempt of this request finds the first.
 */
#include "change.h"
#include "client_id.h"
#include "cs_wire.h"
#include "handlers.h"
#include "req.h"
#include "store_page.h"
#include "store_post.h"

enum { CONTENT_MAX = 8000 }; /* code points */

struct post_in {
    struct cs_str content, client_id;
    struct cs_opt_uuid parent, sender;
};

static const struct cs_field post_fields[] = {
    CS_FIELD_TEXT(struct post_in, content, "content", CS_F_REQUIRED, 1, CONTENT_MAX),
    CS_FIELD_TEXT(struct post_in, client_id, "clientId", 0, 1, CLIENT_ID_MAX),
    CS_FIELD_UUID(struct post_in, parent, "parentId", 0),
    CS_FIELD_UUID(struct post_in, sender, "userId", 0),
};
const struct form post_form = FORM(struct post_in, post_fields);

/* The message as it is asked for; the same for both handlers of a request. */
static enum cs_rc wanted(struct req *r, struct store_post *out, struct cs_err *err)
{
    const struct post_in *in = r->body;

    *out = (struct store_post){
        .id = r->new_id,
        .room = r->ids[0],
        .sender = req_is_client(r) && in->sender.set ? in->sender.id : r->who.user_id,
        .cred_id = r->who.cred_id,
        .cred_kind = r->who.cred_kind,
        .content = in->content,
    };
    if (in->parent.set)
        out->parent_id = in->parent.id;
    return client_id_choose(r, in->client_id, &out->client_id, err);
}

enum cs_rc post_ask(struct req *r, struct cs_err *err)
{
    struct store_post post;
    struct cs_call call;
    enum cs_rc rc = wanted(r, &post, err);

    if (rc != CS_OK)
        return rc;
    store_post_call(&call, &r->arena, &r->app->post_bufs, &post, 1);
    req_ring_room(r, &post.room);
    return req_send(r, &call, err);
}

static enum cs_rc take_posted(struct req *r, struct store_posted *out, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc != CS_OK)
        return rc;
    if (cs_rows_count(&rows) != 1)
        return cs_fail_log(err, CS_E_INTERNAL, "post_messages gave no row");
    store_post_read(&rows, 0, out);
    if (out->rc == CS_OK)
        return CS_OK;
    (void)cs_fail(err, out->rc);
    err->retry_after_ms = out->retry_after_ms;
    return out->rc;
}

static void answer(struct req *r, int status, const struct cs_message *m)
{
    struct cs_jw w = resp_json(&r->resp, status);

    cs_wire_message(&w, m);
}

/* What is stored, for a repeated post (which may have said something else) and for a reply (whose
 * parent may have become the thread's root). */
static enum cs_rc answer_stored(struct req *r, int status, uint64_t seq, struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;
    struct cs_message m;

    store_message_call(&call, &r->arena, &r->ids[0], seq);
    enum cs_rc rc = req_run(r, CS_DB_READ, &call, &rows, err);
    if (rc == CS_OK && cs_rows_count(&rows) != 1)
        rc = cs_fail(err, CS_E_NOT_FOUND); /* retention was faster */
    if (rc != CS_OK)
        return rc;
    store_page_message(&rows, 0, &r->ids[0], &m);
    answer(r, status, &m);
    return CS_OK;
}

enum cs_rc post_answer(struct req *r, struct cs_err *err)
{
    struct store_post post;
    struct store_posted posted;
    enum cs_rc rc = take_posted(r, &posted, err);

    if (rc == CS_OK)
        rc = wanted(r, &post, err);
    if (rc != CS_OK)
        return rc;
    change_ring_mentioned(r, posted.mentioned);
    /* a duplicate of our own id is this request's first attempt */
    bool made = !posted.duplicate || cs_uuid_eq(&posted.id, &r->new_id);
    if (made)
        cs_count(&r->app->count->posted);
    if (!made || posted.duplicate || !cs_uuid_is_nil(&post.parent_id))
        return answer_stored(r, made ? 201 : 200, posted.seq, err);
    answer(r, 201, &(struct cs_message){
        .id = posted.id,
        .room_id = post.room,
        .sender_id = post.sender,
        .sender_name = posted.sender_name,
        .seq = posted.seq,
        .rev = posted.seq,
        .client_id = post.client_id,
        .kind = CS_LIT("text"),
        .content = post.content,
        .created_at = posted.created_at,
    });
    return CS_OK;
}
