/* lane.c - see lane.h. A lane's life: pump takes a batch off the queue and submits it; `done`
 * answers it, or decides how it is tried again; then pump again, a turn of the loop later.
 *
 * Invariant: a batch in hand (nbatch > 0) is either in flight or waits to be sent once more;
 * nothing is taken off the queue before its outcome is settled, so nothing overtakes it.
 */
#include "lane.h"

#include "bell.h"
#include "cs_clock.h"
#include "cs_hook.h"
#include "dialect.h"
#include "fanout.h"
#include "gwdb.h"

#include <assert.h>

enum {
    BATCH_MAX = 128,
    QUEUE_MAX = 10000, /* messages that wait in one lane; more are refused as unavailable */
};

struct post_op {
    struct post_op *next;
    struct conn_ref from;
    const char *ref; /* its texts stand behind the struct */
    struct store_post post;
    uint64_t born_ms;
};

/* How the next batches are cut, after one was refused as a whole. */
enum split { WHOLE, BY_ROOM, SINGLE };

struct lane {
    struct gw *gw;
    struct gwdb db;
    struct post_op *queue, **queue_end;
    size_t nqueue;
    struct post_op *batch[BATCH_MAX];
    struct store_post posts[BATCH_MAX]; /* of the batch, as the store wants them */
    size_t nbatch;
    bool in_flight, sent_before;
    bool just_done; /* in this turn: its deliveries come first, and then what they bring in */
    uint64_t sent_us;    /* when the batch was */
    uint64_t give_up_ms; /* of a batch in hand that cannot be sent */
    enum split split;
    size_t split_left; /* messages at the head that are still cut that way */
    struct store_post_bufs bufs;
};

struct lanes {
    struct gw *gw;
    size_t n;
    struct lane lane[];
};

static const struct cs_stmt *const lane_stmts[] = {&store_post_stmt, NULL};

static void pump(struct lane *l);

static void lane_up(void *owner)
{
    pump(owner);
}

struct lanes *lanes_new(struct gw *gw)
{
    size_t n = (size_t)gw->cfg.gateway_writers;
    struct lanes *ls = calloc(1, sizeof *ls + n * sizeof *ls->lane);

    if (!ls)
        return NULL;
    ls->gw = gw;
    ls->n = n;
    for (size_t i = 0; i < n; i++) {
        struct lane *l = &ls->lane[i];
        l->gw = gw;
        l->queue_end = &l->queue;
        store_post_bufs_init(&l->bufs);
        l->db = (struct gwdb){.up = lane_up, .owner = l};
        if (!gwdb_init(&l->db, gw, "writer", lane_stmts)) {
            lanes_free(ls);
            return NULL;
        }
    }
    return ls;
}

static struct post_op *queue_pop(struct lane *l)
{
    struct post_op *op = l->queue;

    l->queue = op->next;
    if (!l->queue)
        l->queue_end = &l->queue;
    l->nqueue--;
    return op;
}

void lanes_free(struct lanes *ls)
{
    if (!ls)
        return;
    for (size_t i = 0; i < ls->n; i++) {
        struct lane *l = &ls->lane[i];
        gwdb_release(&l->db);
        while (l->queue)
            free(queue_pop(l));
        for (size_t b = 0; b < l->nbatch; b++)
            free(l->batch[b]);
        store_post_bufs_release(&l->bufs);
    }
    free(ls);
}

bool lanes_idle(const struct lanes *ls)
{
    for (size_t i = 0; i < ls->n; i++)
        if (ls->lane[i].nqueue || ls->lane[i].nbatch)
            return false;
    return true;
}

size_t lanes_waiting(const struct lanes *ls)
{
    size_t n = 0;

    for (size_t i = 0; i < ls->n; i++)
        n += ls->lane[i].nqueue + ls->lane[i].nbatch;
    return n;
}

/* --- answering -------------------------------------------------------------------------------- */

/* Whom to answer, NULL when it has gone; called once for each message. */
static struct conn *asker(struct lane *l, const struct post_op *op)
{
    struct conn *c = conn_find(l->gw, op->from);

    if (c)
        c->posting--;
    return c;
}

static void answer_error(struct lane *l, const struct post_op *op, const struct cs_err *err)
{
    struct conn *c = asker(l, op);

    if (c)
        conn_error(c, op->ref, err);
}

static void answer_ack(struct lane *l, const struct post_op *op, const struct store_posted *res)
{
    struct conn *c = asker(l, op);
    struct cs_buf *b = fanout_scratch(l->gw);
    struct dialect_ack ack = {
        .ref = op->ref,
        .message = true,
        .id = res->id,
        .seq = res->seq,
        .created_at = res->created_at,
        .duplicate = res->duplicate,
    };

    if (!c || !c->dialect || !c->dialect->ack)
        return;
    c->dialect->ack(b, &ack);
    conn_queue(c, cs_buf_view(b));
}

/* The content is at hand, so the hub need not fetch what we have just written ourselves. */
static void offer(struct lane *l, const struct post_op *op, const struct store_posted *res)
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

static void ring(struct lane *l, const struct post_op *op, const struct store_posted *res)
{
    struct cs_str mentioned = res->mentioned;
    struct cs_uuid user;

    bell_ring_room(l->gw->bell, &op->post.room, res->seq);
    while (store_posted_mentioned(&mentioned, &user))
        bell_ring_user(l->gw->bell, &user);
}

static void answer_one(struct lane *l, const struct post_op *op, const struct store_posted *res)
{
    struct cs_err err;

    if (res->rc == CS_OK) {
        *(res->duplicate ? &l->gw->count.reposted : &l->gw->count.posted) += 1;
        answer_ack(l, op, res);
        offer(l, op, res);
        CS_HOOK("gateway_after_commit_before_bell");
        if (!res->duplicate)
            ring(l, op, res);
        return;
    }
    (void)cs_fail(&err, res->rc);
    err.retry_after_ms = res->retry_after_ms;
    answer_error(l, op, &err);
}

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

static void fail_batch(struct lane *l, const struct cs_err *err)
{
    for (size_t i = 0; i < l->nbatch; i++)
        answer_error(l, l->batch[i], err);
    settle(l);
}

static bool behind_unknown(const struct lane *l, const struct post_op *op)
{
    for (size_t i = 0; i < l->nbatch; i++)
        if (cs_uuid_eq(&l->batch[i]->post.sender, &op->post.sender) &&
            cs_uuid_eq(&l->batch[i]->post.room, &op->post.room))
            return true;
    return false;
}

/* The outcome stays unknown: nothing of the same senders and rooms may overtake it (R4). */
static void fail_unknown(struct lane *l)
{
    struct cs_err err;
    struct post_op **at = &l->queue;

    (void)cs_fail(&err, CS_E_COMMIT_UNKNOWN);
    while (*at) {
        struct post_op *op = *at;
        if (!behind_unknown(l, op)) {
            at = &op->next;
            continue;
        }
        *at = op->next;
        l->nqueue--;
        answer_error(l, op, &err);
        free(op);
    }
    l->queue_end = at;
    l->split_left = 0;
    fail_batch(l, &err);
}

/* --- outcomes --------------------------------------------------------------------------------- */

/* Back to the head of the queue in its order, to be cut another way. */
static void requeue(struct lane *l, enum split split)
{
    for (size_t i = l->nbatch; i > 0; i--) {
        struct post_op *op = l->batch[i - 1];
        op->next = l->queue;
        if (!l->queue)
            l->queue_end = &op->next;
        l->queue = op;
    }
    l->nqueue += l->nbatch;
    l->split = split;
    l->split_left = l->nbatch;
    l->nbatch = 0;
    l->sent_before = false;
}

static bool one_room(const struct lane *l)
{
    for (size_t i = 1; i < l->nbatch; i++)
        if (!cs_uuid_eq(&l->batch[i]->post.room, &l->batch[0]->post.room))
            return false;
    return true;
}

/* Known not to be committed. */
static void refused(struct lane *l, enum cs_rc rc, const struct cs_err *err)
{
    if (rc == CS_E_ROOM_BUSY && !one_room(l))
        requeue(l, BY_ROOM);
    else if (rc == CS_E_ROOM_BUSY || rc == CS_E_READ_ONLY || l->nbatch == 1)
        fail_batch(l, err);
    else
        requeue(l, SINGLE); /* classes 22 and 23, or a bug: whoever it is fails alone */
}

static void committed(struct lane *l, const struct cs_rows *rows)
{
    struct store_posted res;

    assert((size_t)cs_rows_count(rows) == l->nbatch);
    cs_sizes_add(&l->gw->count.batch_size, l->nbatch);
    cs_times_add(&l->gw->count.commit_time, cs_clock_mono_us() - l->sent_us);
    for (size_t i = 0; i < l->nbatch; i++) {
        store_post_read(rows, (int)i, &res);
        answer_one(l, l->batch[i], &res);
    }
    settle(l);
}

static void done(void *arg, enum cs_rc rc, const struct cs_rows *rows, const struct cs_err *err)
{
    struct lane *l = arg;

    l->in_flight = false;
    CS_HOOK("gateway_after_commit_before_ack");
    if (rc == CS_OK)
        committed(l, &rows[0]);
    else if (rc != CS_E_COMMIT_UNKNOWN && rc != CS_E_UNAVAILABLE)
        refused(l, rc, err);
    else if (l->sent_before)
        fail_unknown(l);
    else
        l->sent_before = true; /* once more, with the same client ids, when the connection is up */
    l->give_up_ms = cs_clock_mono_ms() + (uint64_t)l->gw->cfg.db_deadline_ms;
    l->just_done = true;
}

/* --- sending ---------------------------------------------------------------------------------- */

static bool belongs(const struct lane *l, const struct post_op *op)
{
    if (l->nbatch == 0)
        return true;
    if (l->split == SINGLE)
        return false;
    return l->split == WHOLE || cs_uuid_eq(&op->post.room, &l->batch[0]->post.room);
}

static void take_batch(struct lane *l)
{
    struct post_op **at = &l->queue;
    size_t looked = 0;

    while (*at && l->nbatch < BATCH_MAX && (l->split == WHOLE || looked < l->split_left)) {
        struct post_op *op = *at;
        looked++;
        if (!belongs(l, op)) {
            at = &op->next;
            continue;
        }
        *at = op->next;
        l->batch[l->nbatch++] = op;
        l->nqueue--;
    }
    if (!*at)
        l->queue_end = at;
}

static void pump(struct lane *l)
{
    struct cs_call call;
    struct cs_err err;

    if (l->in_flight || !cs_dbc_up(l->db.c))
        return;
    if (!l->nbatch)
        take_batch(l);
    if (!l->nbatch)
        return;
    for (size_t i = 0; i < l->nbatch; i++)
        l->posts[i] = l->batch[i]->post;
    store_post_call(&call, &l->gw->arena, &l->bufs, l->posts, l->nbatch);
    l->in_flight = true;
    l->sent_us = cs_clock_mono_us();
    if (cs_dbc_submit(l->db.c, &call, 1, done, l, &err) != CS_OK) {
        l->in_flight = false;
        fail_batch(l, &err);
    }
}

void lanes_pump(struct lanes *ls)
{
    for (size_t i = 0; i < ls->n; i++) {
        struct lane *l = &ls->lane[i];
        if (!l->just_done)
            pump(l);
        else if (l->nqueue || l->nbatch)
            loop_again(ls->gw->loop);
        l->just_done = false;
    }
}

/* --- the queue -------------------------------------------------------------------------------- */

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

static struct post_op *copy_op(const struct conn *from, const char *ref, const struct store_post *p)
{
    struct cs_str ref_s = cs_str_c(ref);
    size_t bytes = ref_s.len + p->cred_kind.len + p->client_id.len + p->content.len + p->kind.len +
                   p->meta.len + 6;
    struct post_op *op = malloc(sizeof *op + bytes);

    if (!op)
        return NULL;
    char *at = (char *)(op + 1);
    *op = (struct post_op){.from = from->ref, .post = *p, .born_ms = cs_clock_mono_ms()};
    op->ref = put(&at, ref_s).p;
    op->post.cred_kind = put(&at, p->cred_kind);
    op->post.client_id = put(&at, p->client_id);
    op->post.content = put(&at, p->content);
    op->post.kind = put(&at, p->kind);
    op->post.meta = put(&at, p->meta);
    return op;
}

enum cs_rc lanes_post(struct lanes *ls, struct conn *from, const char *ref,
                      const struct store_post *post, struct cs_err *err)
{
    struct lane *l = &ls->lane[cs_uuid_hash(&post->room) % ls->n];

    if (l->nqueue >= QUEUE_MAX || ls->gw->draining)
        return cs_fail(err, CS_E_UNAVAILABLE);
    struct post_op *op = copy_op(from, ref, post);
    if (!op)
        return cs_fail(err, CS_E_NO_MEMORY);
    *l->queue_end = op;
    l->queue_end = &op->next;
    l->nqueue++;
    from->posting++;
    return CS_OK;
}

/* What waits longer than the deadline for a database that is away. */
static void expire(struct lane *l, uint64_t now_ms)
{
    struct cs_err err;
    uint64_t patience = (uint64_t)l->gw->cfg.db_deadline_ms;

    if (l->in_flight)
        return;
    if (l->nbatch && now_ms >= l->give_up_ms)
        fail_unknown(l);
    while (!l->nbatch && l->queue && now_ms >= l->queue->born_ms + patience) {
        struct post_op *op = queue_pop(l);
        l->split_left = 0;
        l->split = WHOLE;
        (void)cs_fail(&err, CS_E_UNAVAILABLE);
        answer_error(l, op, &err);
        free(op);
    }
}

void lanes_tick(struct lanes *ls, uint64_t now_ms)
{
    for (size_t i = 0; i < ls->n; i++) {
        cs_dbc_tick(ls->lane[i].db.c, now_ms);
        expire(&ls->lane[i], now_ms);
    }
}
