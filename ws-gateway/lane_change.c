/* lane_change.c - changes of messages in a lane: edits, deletions, reactions. The event that tells of one
 * has the message's present state, so the hub fetches it like everybody's. */
#include "dialect.h"
#include "lane_internal.h"

static void call(struct lane *l, struct cs_call *out)
{
    for (size_t i = 0; i < l->nbatch; i++)
        l->asked[i] = l->batch[i]->asked;
    store_changes_call(out, &l->gw->arena, &l->bufs, l->asked, l->nbatch);
}

static void settle(struct lane *l, const struct lane_op *op, const struct cs_rows *rows, int row)
{
    struct store_changed res;
    struct cs_err err;

    store_changes_read(rows, row, &res, &err);
    if (res.rc != CS_OK) {
        lane_answer_error(l, op, &err);
        return;
    }
    struct conn *c = lane_asker(l, op);
    if (c)
        conn_ack_with(c, &(struct dialect_ack){.ref = op->ref, .seq = res.seq});
    if (!res.seq)
        return;
    l->gw->count.changed++;
    hub_reached(l->gw->hub, &op->room, res.seq);
    lane_ring(l, &op->room, res.seq, res.mentioned);
}

const struct lane_kind lane_changes = {
    .call = call,
    .settle = settle,
    .unknown = "It is not known whether this was done; try again: twice is the same as once",
};

enum cs_rc lanes_change(struct lanes *ls, struct conn *from, const char *ref,
                        const struct store_asked *asked, struct cs_err *err)
{
    struct store_asked a = *asked;
    struct cs_str *const texts[] = {&a.cred_kind, &a.text, &a.ip};
    struct lane_op *op = lane_op_new(from, ref, texts, sizeof texts / sizeof *texts);

    if (op) {
        op->kind = &lane_changes;
        op->room = a.room;
        op->sender = a.actor;
        op->asked = a;
    }
    return lane_enqueue(ls, from, op, err);
}
