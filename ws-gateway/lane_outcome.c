/* lane_outcome.c - what the outcome of a batch means for those who asked, and for what is queued behind
 * it. */
#include "bell.h"
#include "cs_clock.h"
#include "cs_hook.h"
#include "lane_internal.h"

#include <assert.h>

/* --- answering -------------------------------------------------------------------------------- */

struct conn *lane_asker(struct lane *l, const struct lane_op *op)
{
    struct conn *c = conn_find(l->gw, op->from);

    if (c)
        c->writing--;
    return c;
}

void lane_answer_error(struct lane *l, const struct lane_op *op, const struct cs_err *err)
{
    struct conn *c = lane_asker(l, op);

    if (c)
        conn_error(c, op->ref, err);
}

void lane_ring(struct lane *l, const struct cs_uuid *room, uint64_t seq, struct cs_str mentioned)
{
    struct cs_uuid user;

    CS_HOOK("gateway_after_commit_before_bell");
    bell_ring_room(l->gw->bell, room, seq);
    while (store_posted_mentioned(&mentioned, &user))
        bell_ring_user(l->gw->bell, &user);
}

/* --- settling --------------------------------------------------------------------------------- */

static void settle(struct lane *l)
{
    for (size_t i = 0; i < l->nbatch; i++)
        free(l->batch[i]);
    if (l->split_left >= l->nbatch)
        l->split_left -= l->nbatch;
    if (!l->split_left)
        l->split = WHOLE;
    l->nbatch = 0;
    l->sent_before = false;
}

void lane_committed(struct lane *l, const struct cs_rows *rows)
{
    assert((size_t)cs_rows_count(rows) == l->nbatch);
    cs_sizes_add(&l->gw->count.batch_size, l->nbatch);
    cs_times_add(&l->gw->count.commit_time, cs_clock_mono_us() - l->sent_us);
    for (size_t i = 0; i < l->nbatch; i++)
        l->batch[i]->kind->settle(l, l->batch[i], rows, (int)i);
    settle(l);
}

void lane_fail_batch(struct lane *l, const struct cs_err *err)
{
    for (size_t i = 0; i < l->nbatch; i++)
        lane_answer_error(l, l->batch[i], err);
    settle(l);
}

static bool one_room(const struct lane *l)
{
    for (size_t i = 1; i < l->nbatch; i++)
        if (!cs_uuid_eq(&l->batch[i]->room, &l->batch[0]->room))
            return false;
    return true;
}

void lane_refused(struct lane *l, enum cs_rc rc, const struct cs_err *err)
{
    if (rc == CS_E_ROOM_BUSY && !one_room(l))
        lane_requeue(l, BY_ROOM);
    else if (rc == CS_E_ROOM_BUSY || rc == CS_E_READ_ONLY || l->nbatch == 1)
        lane_fail_batch(l, err);
    else
        lane_requeue(l, SINGLE); /* classes 22 and 23, or a bug: whoever it is fails alone */
}

/* --- unknown ---------------------------------------------------------------------------------- */

static void answer_unknown(struct lane *l, const struct lane_op *op)
{
    struct cs_err err;

    if (op->kind->unknown)
        (void)cs_fail_detail(&err, CS_E_COMMIT_UNKNOWN, "%s", op->kind->unknown);
    else
        (void)cs_fail(&err, CS_E_COMMIT_UNKNOWN);
    lane_answer_error(l, op, &err);
}

static bool behind_batch(const struct lane *l, const struct lane_op *op)
{
    for (size_t i = 0; i < l->nbatch; i++)
        if (cs_uuid_eq(&l->batch[i]->sender, &op->sender) &&
            cs_uuid_eq(&l->batch[i]->room, &op->room))
            return true;
    return false;
}

/* The outcome stays unknown: nothing of the same senders and rooms may overtake it (R4). */
void lane_fail_unknown(struct lane *l)
{
    struct lane_op **at = &l->queue.first;

    while (*at) {
        struct lane_op *op = *at;
        if (!behind_batch(l, op)) {
            at = &op->next;
            continue;
        }
        *at = op->next;
        l->queue.n--;
        answer_unknown(l, op);
        free(op);
    }
    l->queue.end = at;
    l->split_left = 0;
    for (size_t i = 0; i < l->nbatch; i++)
        answer_unknown(l, l->batch[i]);
    settle(l);
}
