/* lane_post.c - messages in a lane. */
#include "cs_clock.h"
#include "dialect.h"
#include "event.h"
#include "fanout.h"
#include "lane_internal.h"

enum { ACK_PATIENCE_US = 1000 * 1000 };

static void call(struct lane *l, struct cs_call *out)
{
    for (size_t i = 0; i < l->nbatch; i++)
        l->posts[i] = l->batch[i]->post;
    store_post_call(out, &l->gw->arena, &l->bufs, l->posts, l->nbatch);
}

static void ack(struct lane *l, const struct lane_op *op, const struct store_posted *res)
{
    struct dialect_ack ack = {
        .ref = op->ref,
        .message = true,
        .id = res->id,
        .seq = res->seq,
        .created_at = res->created_at,
        .duplicate = res->duplicate,
    };
    struct conn *c = lane_asker(l, op);

    if (c)
        conn_ack_with(c, &ack);
}

/* The content is at hand, so the hub need not fetch what we have just written ourselves. */
static void offer(struct lane *l, const struct lane_op *op, const struct store_posted *res)
{
    const struct store_post *p = &op->post;
    struct hub_event he;
    struct cs_event e = {
        .room_id = p->room,
        .seq = res->seq,
        .kind = CS_LIT("new_message"),
        .msg = {.id = res->id,
                .room_id = p->room,
                .sender_id = p->sender,
                .seq = res->seq,
                .rev = res->seq,
                .sender_name = res->sender_name,
                .client_id = p->client_id,
                .kind = CS_LIT("text"),
                .content = p->content,
                .created_at = res->created_at},
    };

    /* a reply may have been moved to its thread's root, a duplicate may say something else: the
     * table has the last word about them */
    bool plain = !res->duplicate && cs_uuid_is_nil(&p->parent_id);
    if (plain && gw_event_make(&e, &he))
        hub_offer(l->gw->hub, &p->room, &he);
    else
        hub_reached(l->gw->hub, &p->room, res->seq);
}

static void settle(struct lane *l, const struct lane_op *op, const struct cs_rows *rows, int row)
{
    struct store_posted res;
    struct cs_err err;

    store_post_read(rows, row, &res);
    if (res.rc != CS_OK) {
        (void)cs_fail(&err, res.rc);
        err.retry_after_ms = res.retry_after_ms;
        lane_answer_error(l, op, &err);
        return;
    }
    *(res.duplicate ? &l->gw->count.reposted : &l->gw->count.posted) += 1;
    ack(l, op, &res);
    offer(l, op, &res);
    if (!res.duplicate)
        lane_ring(l, &op->room, res.seq, res.mentioned);
}

const struct lane_kind lane_posts = {.call = call, .settle = settle};

static bool is_post(const struct lane_op *op, const struct cs_uuid *room, const struct cs_uuid *sender,
                    struct cs_str client_id)
{
    return op->kind == &lane_posts && cs_str_eq(op->post.client_id, client_id) &&
           cs_uuid_eq(&op->sender, sender) && cs_uuid_eq(&op->room, room);
}

bool lanes_posting(struct lanes *ls, const struct cs_uuid *room, const struct cs_uuid *sender,
                   struct cs_str client_id)
{
    const struct lane *l = lane_of(ls, room);

    if (!client_id.len || !l->nbatch || cs_clock_mono_us() > l->sent_us + ACK_PATIENCE_US)
        return false;
    for (size_t i = 0; i < l->nbatch; i++)
        if (is_post(l->batch[i], room, sender, client_id))
            return true;
    return false;
}

enum cs_rc lanes_post(struct lanes *ls, struct conn *from, const char *ref,
                      const struct store_post *post, struct cs_err *err)
{
    struct store_post p = *post;
    struct cs_str *const texts[] = {&p.cred_kind, &p.client_id, &p.content, &p.kind, &p.meta};
    struct lane_op *op = lane_op_new(from, ref, texts, sizeof texts / sizeof *texts);

    if (op) {
        op->kind = &lane_posts;
        op->room = p.room;
        op->sender = p.sender;
        op->post = p;
    }
    return lane_enqueue(ls, from, op, err);
}
