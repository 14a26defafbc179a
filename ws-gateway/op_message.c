/* op_message.c - sending a message over a socket: checked here, stored by its room's lane. */
#include "cs_clock.h"
#include "cs_utf8.h"
#include "dialect.h"
#include "lane.h"
#include "op.h"

/* The text dialect brings its content unchecked; the native one has passed its field table. */
static enum cs_rc check_content(struct cs_str content, struct cs_err *err)
{
    if (!cs_utf8_text_ok(content))
        return cs_fail(err, CS_E_BAD_ENCODING);
    if (!content.len || cs_utf8_count(content) > OP_CONTENT_MAX)
        return cs_fail_field(err, "content", "must have 1 to %d characters", OP_CONTENT_MAX);
    return CS_OK;
}

static enum cs_rc check_rate(struct conn *c, const struct store_post *post, struct cs_err *err)
{
    int wait_ms = rates_message(c->gw->rates, &post->sender, &post->room, cs_clock_mono_ms());

    if (!wait_ms)
        return CS_OK;
    (void)cs_fail(err, CS_E_RATE);
    err->retry_after_ms = wait_ms;
    return CS_E_RATE;
}

/* Who gave no client id is given the message's own, by which nobody else can repeat it. */
void op_message(struct conn *c, const struct op_in *in)
{
    char own[CS_UUID_LEN + 1];
    struct cs_err err;
    struct store_post post = {
        .id = cs_uuid_new(),
        .room = in->room.id,
        .sender = !c->person && in->sender.set ? in->sender.id : c->hub.user,
        .cred_id = c->cred_id,
        .cred_kind = cs_str_c(c->cred_kind),
        .client_id = in->client_id,
        .content = in->content,
    };

    if (!in->client_id.p) {
        cs_uuid_text(&post.id, own);
        post.client_id = cs_str_n(own, CS_UUID_LEN);
    }
    if (in->parent.set)
        post.parent_id = in->parent.id;
    enum cs_rc rc = check_content(in->content, &err);
    if (rc == CS_OK)
        rc = check_rate(c, &post, &err);
    if (rc == CS_OK)
        rc = lanes_post(c->gw->lanes, c, in->ref, &post, &err);
    if (rc != CS_OK)
        conn_error(c, in->ref, &err);
}

/* A conversation that this socket does not hear may have been opened a moment ago. It is joined
 * first, so that the sender hears what he says; the frame comes again when that is answered. */
void op_message_joined(struct conn *c, const struct op_in *in)
{
    static const struct cs_uuid none;
    struct cs_err err;

    if (conn_room_find(c, &in->room.id)) {
        op_message(c, in);
    } else if (!cs_uuid_eq(&c->sought, &in->room.id) &&
               op_join_awaited(c, &in->room.id, AWAIT_ROOM)) {
        c->sought = in->room.id;
        conn_hold(c, in->frame);
    } else {
        c->sought = none;
        (void)cs_fail(&err, CS_E_NOT_MEMBER);
        conn_error(c, in->ref, &err);
    }
}
