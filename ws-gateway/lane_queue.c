/* lane_queue.c - what waits in a lane, in order of arrival, and how batches are cut from it. */
#include "cs_clock.h"
#include "lane_internal.h"

void lane_queue_init(struct lane_queue *q)
{
    *q = (struct lane_queue){.first = NULL};
    q->end = &q->first;
}

static void push(struct lane_queue *q, struct lane_op *op)
{
    op->next = NULL;
    *q->end = op;
    q->end = &op->next;
    q->n++;
}

static void push_front(struct lane_queue *q, struct lane_op *op)
{
    op->next = q->first;
    if (!q->first)
        q->end = &op->next;
    q->first = op;
    q->n++;
}

struct lane_op *lane_queue_pop(struct lane_queue *q)
{
    struct lane_op *op = q->first;

    q->first = op->next;
    if (!q->first)
        q->end = &q->first;
    q->n--;
    return op;
}

/* --- coming in -------------------------------------------------------------------------------- */

static struct cs_str put(char **at, struct cs_str s)
{
    char *copy = *at;

    if (!s.p)
        return s;
    memcpy(copy, s.p, s.len);
    copy[s.len] = '\0';
    *at += s.len + 1;
    return cs_str_n(copy, s.len);
}

struct lane_op *lane_op_new(const struct conn *from, const char *ref, struct cs_str *const texts[],
                            size_t n)
{
    size_t bytes = strlen(ref) + 1;
    struct lane_op *op;

    for (size_t i = 0; i < n; i++)
        bytes += texts[i]->len + 1;
    op = malloc(sizeof *op + bytes);
    if (!op)
        return NULL;
    char *at = (char *)(op + 1);
    *op = (struct lane_op){.from = from->ref, .born_ms = cs_clock_mono_ms()};
    op->ref = put(&at, cs_str_c(ref)).p;
    for (size_t i = 0; i < n; i++)
        *texts[i] = put(&at, *texts[i]);
    return op;
}

enum cs_rc lane_enqueue(struct lanes *ls, struct conn *from, struct lane_op *op, struct cs_err *err)
{
    if (!op)
        return cs_fail(err, CS_E_NO_MEMORY);
    struct lane *l = lane_of(ls, &op->room);
    if (l->queue.n >= QUEUE_MAX || ls->gw->drain.is_over) {
        free(op);
        return cs_fail(err, CS_E_UNAVAILABLE);
    }
    push(&l->queue, op);
    from->writing++;
    return CS_OK;
}

/* --- going out -------------------------------------------------------------------------------- */

/* What is behind another kind waits for it: a sender's order is kept. */
static bool ends_batch(const struct lane *l, const struct lane_op *op)
{
    return l->nbatch && (l->split == SINGLE || op->kind != l->batch[0]->kind);
}

static bool of_another_room(const struct lane *l, const struct lane_op *op)
{
    return l->nbatch && l->split == BY_ROOM && !cs_uuid_eq(&op->room, &l->batch[0]->room);
}

void lane_take_batch(struct lane *l)
{
    struct lane_op **at = &l->queue.first;
    size_t looked = 0;

    while (*at && l->nbatch < BATCH_MAX && (l->split == WHOLE || looked < l->split_left)) {
        struct lane_op *op = *at;
        looked++;
        if (ends_batch(l, op))
            break;
        if (of_another_room(l, op)) {
            at = &op->next;
            continue;
        }
        *at = op->next;
        l->batch[l->nbatch++] = op;
        l->queue.n--;
    }
    if (!*at)
        l->queue.end = at;
}

void lane_requeue(struct lane *l, enum lane_split split)
{
    for (size_t i = l->nbatch; i > 0; i--)
        push_front(&l->queue, l->batch[i - 1]);
    l->split = split;
    l->split_left = l->nbatch;
    l->nbatch = 0;
    l->sent_before = false;
}
