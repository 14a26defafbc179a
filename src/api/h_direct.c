/* h_direct.c - messages of two in the shape of document 002: lists over all conversations, pages of
 * one, single ones, and what is done to them. They are the rows and events of p2p rooms. */
#include "client_id.h"
#include "handlers.h"
#include "out_direct.h"

#include <string.h>

enum { DIRECT_DEFAULT = 50, CONTENT_MAX = 8000 /* code points */ };

/* --- read ------------------------------------------------------------------------------------- */

struct direct_list_in {
    struct cs_opt_bool unread_only;
    struct cs_opt_int limit;
    struct cs_opt_uuid before;
};

static const struct cs_field list_fields[] = {
    CS_FIELD_BOOL(struct direct_list_in, unread_only, "unread_only", 0),
    CS_FIELD_INT(struct direct_list_in, limit, "limit", 0, 1, STORE_DIRECT_MAX),
    CS_FIELD_UUID(struct direct_list_in, before, "before", 0),
};
const struct form direct_list_query = FORM(struct direct_list_in, list_fields);

static enum cs_rc ask_list(struct req *r, enum store_direct_which which, struct cs_err *err)
{
    const struct direct_list_in *in = r->query;
    struct cs_call call;
    struct store_direct_list list = {
        .user = r->who.user_id,
        .which = which,
        .unread_only = in->unread_only.v,
        .limit = in->limit.set ? in->limit.v : DIRECT_DEFAULT,
    };

    if (in->before.set)
        list.before = in->before.id;
    store_direct_list_call(&call, &r->arena, &list);
    return req_send(r, &call, err);
}

enum cs_rc direct_all_ask(struct req *r, struct cs_err *err)
{
    return ask_list(r, STORE_DIRECT_ALL, err);
}

enum cs_rc direct_sent_ask(struct req *r, struct cs_err *err)
{
    return ask_list(r, STORE_DIRECT_SENT, err);
}

enum cs_rc direct_received_ask(struct req *r, struct cs_err *err)
{
    return ask_list(r, STORE_DIRECT_RECEIVED, err);
}

/* Rows without a message stand for an empty conversation. */
static void put_list(struct req *r, const struct cs_rows *rows)
{
    struct store_direct m;
    struct cs_jw w = resp_json(&r->resp, 200);

    cs_jw_arr_begin(&w);
    for (int i = 0; i < cs_rows_count(rows); i++) {
        store_direct_read(rows, i, &m);
        if (!cs_uuid_is_nil(&m.id))
            out_direct(&w, &m);
    }
    cs_jw_arr_end(&w);
}

enum cs_rc direct_list_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        put_list(r, &rows);
    return rc;
}

struct direct_page_in {
    struct cs_opt_int limit;
    struct cs_opt_uuid before;
};

static const struct cs_field page_fields[] = {
    CS_FIELD_INT(struct direct_page_in, limit, "limit", 0, 1, STORE_DIRECT_MAX),
    CS_FIELD_UUID(struct direct_page_in, before, "before", 0),
};
const struct form direct_page_query = FORM(struct direct_page_in, page_fields);

enum cs_rc direct_page_ask(struct req *r, struct cs_err *err)
{
    const struct direct_page_in *in = r->query;
    struct cs_call call;

    store_direct_page_call(&call, &r->arena, &r->who.user_id, &r->ids[0],
                           in->before.set ? &in->before.id : NULL,
                           in->limit.set ? in->limit.v : DIRECT_DEFAULT);
    return req_send(r, &call, err);
}

enum cs_rc direct_page_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK && cs_rows_count(&rows) == 0)
        rc = cs_fail_detail(err, CS_E_ROOM_NOT_FOUND, "Conversation not found");
    if (rc == CS_OK)
        put_list(r, &rows);
    return rc;
}

enum cs_rc direct_one_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_direct_one_call(&call, &r->arena, &r->who.user_id, &r->ids[0]);
    return req_send(r, &call, err);
}

/* The message of the last statement is the answer. */
static enum cs_rc answer_one(struct req *r, struct store_direct *m, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK && cs_rows_count(&rows) != 1)
        rc = cs_fail(err, CS_E_MESSAGE_NOT_FOUND);
    if (rc != CS_OK)
        return rc;
    store_direct_read(&rows, 0, m);
    struct cs_jw w = resp_json(&r->resp, 200);
    out_direct(&w, m);
    return CS_OK;
}

enum cs_rc direct_one_answer(struct req *r, struct cs_err *err)
{
    struct store_direct m;

    return answer_one(r, &m, err);
}

/* --- posted ----------------------------------------------------------------------------------- */

/* conversation_id is no field: the pair's own one counts, whatever a client sends. */
struct direct_in {
    struct cs_str content, client_id;
    struct cs_opt_uuid recipient, parent;
};

static const struct cs_field send_fields[] = {
    CS_FIELD_UUID(struct direct_in, recipient, "recipient_id", CS_F_REQUIRED),
    CS_FIELD_TEXT(struct direct_in, content, "content", CS_F_REQUIRED, 1, CONTENT_MAX),
    CS_FIELD_TEXT(struct direct_in, client_id, "client_id", 0, 1, CLIENT_ID_MAX),
    CS_FIELD_UUID(struct direct_in, parent, "parent_id", 0),
};
const struct form direct_send_form = FORM(struct direct_in, send_fields);

static const struct cs_field post_fields[] = {
    CS_FIELD_TEXT(struct direct_in, content, "content", CS_F_REQUIRED, 1, CONTENT_MAX),
    CS_FIELD_TEXT(struct direct_in, client_id, "client_id", 0, 1, CLIENT_ID_MAX),
    CS_FIELD_UUID(struct direct_in, parent, "parent_id", 0),
};
const struct form direct_post_form = FORM(struct direct_in, post_fields);

/* To the conversation of the path, or without one to the recipient. */
enum cs_rc direct_post_ask(struct req *r, struct cs_err *err)
{
    const struct direct_in *in = r->body;
    struct cs_call call;
    struct store_direct_post post = {
        .room = r->ids[0],
        .id = r->new_id,
        .sender = r->who.user_id,
        .cred_kind = r->who.cred_kind,
        .cred_id = r->who.cred_id,
        .content = in->content,
    };
    enum cs_rc rc = client_id_choose(r, in->client_id, &post.client_id, err);

    if (rc != CS_OK)
        return rc;
    if (in->recipient.set)
        post.recipient = in->recipient.id;
    if (in->parent.set)
        post.parent = in->parent.id;
    store_direct_post_call(&call, &r->arena, &post);
    rc = req_send(r, &call, err);
    if (rc != CS_OK)
        return rc;
    if (!in->recipient.set)
        req_ring_room(r, &post.room);
    store_direct_posted_call(&call, &r->arena, &post); /* as it is answered */
    return req_send(r, &call, err);
}

/* Who may be named in it has something new in his own log. */
static void ring_named(struct req *r, const struct store_direct *m)
{
    if (memchr(m->content.p, '@', m->content.len))
        req_ring_user(r, &m->recipient);
}

/* Where a post to somebody went is known only now: these bells follow the answer. */
static void ring_posted(struct req *r, const struct store_direct_posted *posted,
                        const struct store_direct *m)
{
    const struct direct_in *in = r->body;

    if (in->recipient.set)
        req_ring_room(r, &posted->room);
    if (posted->opened) {
        req_ring_user(r, &m->sender);
        req_ring_user(r, &m->recipient);
    }
    ring_named(r, m);
}

enum cs_rc direct_post_answer(struct req *r, struct cs_err *err)
{
    struct store_direct_posted posted;
    struct store_direct m;
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = store_direct_posted_read(&rows, &posted, err);
    if (rc == CS_OK)
        rc = req_recv(r, &rows, err);
    if (rc == CS_OK && cs_rows_count(&rows) != 1)
        rc = cs_fail_log(err, CS_E_INTERNAL, "post_direct left no message");
    if (rc != CS_OK)
        return rc;
    store_direct_read(&rows, 0, &m);
    ring_posted(r, &posted, &m);
    /* our own id: this request made it, if not at its first attempt */
    bool made = cs_uuid_eq(&m.id, &r->new_id);
    if (made)
        cs_count(&r->app->count->posted);
    struct cs_jw w = resp_json(&r->resp, made ? 201 : 200);
    out_direct(&w, &m);
    return CS_OK;
}

/* --- changed ---------------------------------------------------------------------------------- */

struct direct_edit_in {
    struct cs_str content;
};

static const struct cs_field edit_fields[] = {
    CS_FIELD_TEXT(struct direct_edit_in, content, "content", CS_F_REQUIRED, 1, CONTENT_MAX),
};
const struct form direct_edit_form = FORM(struct direct_edit_in, edit_fields);

/* What became of it; the room is rung when the answer has left. */
static enum cs_rc take_change(struct req *r, const char *not_his, struct cs_err *err)
{
    struct cs_rows rows;
    struct cs_uuid room;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = store_direct_change_read(&rows, not_his, &room, err);
    if (rc == CS_OK && !cs_uuid_is_nil(&room))
        req_ring_room(r, &room);
    return rc;
}

enum cs_rc direct_edit_ask(struct req *r, struct cs_err *err)
{
    const struct direct_edit_in *in = r->body;
    struct cs_call call;

    store_direct_edit_call(&call, &r->arena, &r->who.user_id, &r->ids[0], in->content);
    enum cs_rc rc = req_send(r, &call, err);
    return rc == CS_OK ? direct_one_ask(r, err) : rc;
}

enum cs_rc direct_edit_answer(struct req *r, struct cs_err *err)
{
    struct store_direct m;
    enum cs_rc rc = take_change(r, "Only the sender can update this message", err);

    if (rc == CS_OK)
        rc = answer_one(r, &m, err);
    if (rc == CS_OK)
        ring_named(r, &m);
    return rc;
}

enum cs_rc direct_delete_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_direct_delete_call(&call, &r->arena, &r->who.user_id, &r->ids[0], r->head.remote_addr);
    return req_send(r, &call, err);
}

enum cs_rc direct_delete_answer(struct req *r, struct cs_err *err)
{
    enum cs_rc rc = take_change(r, "Only the sender can delete this message", err);

    if (rc == CS_OK)
        resp_message(&r->resp, 200, "Message deleted");
    return rc;
}

/* --- read by the recipient: positions, which are no event of the room --------------------------- */

/* What became of it: *outcome. */
static enum cs_rc take_mark(struct req *r, struct cs_rows *outcome, struct cs_err *err)
{
    struct cs_uuid room;
    enum cs_rc rc = req_recv(r, outcome, err);

    return rc == CS_OK
               ? store_direct_change_read(
                     outcome, "Only the recipient can mark this message as read", &room, err)
               : rc;
}

/* Which room it is and where he is in it now, is known only now: the other one's bell follows. */
static enum cs_rc answer_mark(struct req *r, const char *done, struct cs_err *err)
{
    struct cs_rows outcome, rows;
    struct cs_uuid room;
    uint64_t seq;
    enum cs_rc rc = take_mark(r, &outcome, err);

    if (rc == CS_OK)
        rc = req_recv(r, &rows, err);
    if (rc != CS_OK)
        return rc;
    if (store_direct_marked_read(&outcome, &rows, &room, &seq))
        req_ring_read(r, &room, &r->who.user_id, seq);
    resp_message(&r->resp, 200, done);
    return CS_OK;
}

/* Sends for the position behind the call that moves it. */
static enum cs_rc ask_mark(struct req *r, const struct cs_call *move, const struct cs_uuid *room,
                           const struct cs_uuid *message, struct cs_err *err)
{
    struct cs_call call;
    enum cs_rc rc = req_send(r, move, err);

    if (rc != CS_OK)
        return rc;
    req_ring_user(r, &r->who.user_id);
    store_direct_marked_call(&call, &r->arena, &r->who.user_id, room, message);
    return req_send(r, &call, err);
}

enum cs_rc direct_mark_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_direct_mark_call(&call, &r->arena, &r->who.user_id, &r->ids[0]);
    return ask_mark(r, &call, NULL, &r->ids[0], err);
}

enum cs_rc direct_mark_answer(struct req *r, struct cs_err *err)
{
    return answer_mark(r, "Message marked as read", err);
}

/* In all rooms at once the others find it in the next list: a bell names few of them. */
enum cs_rc direct_mark_all_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_direct_mark_all_call(&call, &r->arena, &r->who.user_id, NULL);
    req_ring_user(r, &r->who.user_id);
    return req_send(r, &call, err);
}

enum cs_rc direct_mark_all_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows outcome;
    enum cs_rc rc = take_mark(r, &outcome, err);

    if (rc == CS_OK)
        resp_message(&r->resp, 200, "All messages marked as read");
    return rc;
}

enum cs_rc direct_mark_room_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_direct_mark_all_call(&call, &r->arena, &r->who.user_id, &r->ids[0]);
    return ask_mark(r, &call, &r->ids[0], NULL, err);
}

enum cs_rc direct_mark_room_answer(struct req *r, struct cs_err *err)
{
    return answer_mark(r, "Conversation marked as read", err);
}
