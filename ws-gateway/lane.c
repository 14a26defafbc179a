/* lane.c - see lane.h. A lane's life: pump takes a batch off the queue and submits it; `done` answers
 * it, or decides how it is tried again; then pump again, a turn of the loop later.
 */
#include "cs_clock.h"
#include "cs_hook.h"
#include "lane_internal.h"

static const struct cs_stmt *const lane_stmts[] = {&store_post_stmt, &store_changes_stmt, NULL};

static void pump(struct lane *l);

static void lane_up(void *owner)
{
    pump(owner);
}

static bool lane_init(struct lane *l, struct gw *gw)
{
    l->gw = gw;
    lane_queue_init(&l->queue);
    store_post_bufs_init(&l->bufs);
    l->db = (struct gwdb){.up = lane_up, .owner = l};
    return gwdb_init(&l->db, gw, "writer", lane_stmts);
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
        if (lane_init(&ls->lane[i], gw))
            continue;
        lanes_free(ls);
        return NULL;
    }
    return ls;
}

static void lane_release(struct lane *l)
{
    gwdb_release(&l->db);
    while (l->queue.n)
        free(lane_queue_pop(&l->queue));
    for (size_t b = 0; b < l->nbatch; b++)
        free(l->batch[b]);
    store_post_bufs_release(&l->bufs);
}

void lanes_free(struct lanes *ls)
{
    if (!ls)
        return;
    for (size_t i = 0; i < ls->n; i++)
        lane_release(&ls->lane[i]);
    free(ls);
}

bool lanes_idle(const struct lanes *ls)
{
    for (size_t i = 0; i < ls->n; i++)
        if (ls->lane[i].queue.n || ls->lane[i].nbatch)
            return false;
    return true;
}

size_t lanes_waiting(const struct lanes *ls)
{
    size_t n = 0;

    for (size_t i = 0; i < ls->n; i++)
        n += ls->lane[i].queue.n + ls->lane[i].nbatch;
    return n;
}

/* --- sending ---------------------------------------------------------------------------------- */

static void done(void *arg, enum cs_rc rc, const struct cs_rows *rows, const struct cs_err *err)
{
    struct lane *l = arg;

    l->in_flight = false;
    CS_HOOK("gateway_after_commit_before_ack");
    if (rc == CS_OK)
        lane_committed(l, &rows[0]);
    else if (rc != CS_E_COMMIT_UNKNOWN && rc != CS_E_UNAVAILABLE)
        lane_refused(l, rc, err);
    else if (l->sent_before)
        lane_fail_unknown(l);
    else
        l->sent_before = true; /* once more, as it is, when the connection is up */
    l->give_up_ms = cs_clock_mono_ms() + (uint64_t)l->gw->cfg.db_deadline_ms;
    l->just_done = true;
}

static void pump(struct lane *l)
{
    struct cs_call call;
    struct cs_err err;

    if (l->in_flight || !cs_dbc_up(l->db.c))
        return;
    if (!l->nbatch)
        lane_take_batch(l);
    if (!l->nbatch)
        return;
    l->batch[0]->kind->call(l, &call);
    l->in_flight = true;
    l->sent_us = cs_clock_mono_us();
    if (cs_dbc_submit(l->db.c, &call, 1, done, l, &err) != CS_OK) {
        l->in_flight = false;
        lane_fail_batch(l, &err);
    }
}

void lanes_pump(struct lanes *ls)
{
    for (size_t i = 0; i < ls->n; i++) {
        struct lane *l = &ls->lane[i];
        if (!l->just_done)
            pump(l);
        else if (l->queue.n || l->nbatch)
            loop_again(ls->gw->loop);
        l->just_done = false;
    }
}

/* --- time ------------------------------------------------------------------------------------- */

/* What waits longer than the deadline for a database that is away. */
static void expire(struct lane *l, uint64_t now_ms)
{
    struct cs_err err;
    uint64_t patience = (uint64_t)l->gw->cfg.db_deadline_ms;

    if (l->in_flight)
        return;
    if (l->nbatch && now_ms >= l->give_up_ms)
        lane_fail_unknown(l);
    while (!l->nbatch && l->queue.n && now_ms >= l->queue.first->born_ms + patience) {
        struct lane_op *op = lane_queue_pop(&l->queue);
        l->split_left = 0;
        l->split = WHOLE;
        (void)cs_fail(&err, CS_E_UNAVAILABLE);
        lane_answer_error(l, op, &err);
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
