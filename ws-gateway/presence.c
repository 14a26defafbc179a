/* presence.c - see presence.h. A person is here from his first socket until the database knows that he
 * has none. Everybody stands in a list; who has to be told of stands in a queue besides, and so does who
 * left and may come back. */
#include "presence.h"

#include "cs_clock.h"
#include "gwdb.h"
#include "watch.h"

#include <stddef.h>

enum {
    BEAT_MS = 2000,
    CHANGES_MS = 200, /* at least between two beats with changes */
    BATCH_MAX = 250, /* people of one beat: what bells can tell of meanwhile */
    GRACE_MS = 5000,
};

struct person {
    struct idx_node node; /* by his id */
    struct person *next, **at;
    struct person *next_dirty, *next_leaving;
    enum store_status status, written; /* of his sockets here; in the database */
    uint64_t leaves_ms; /* 0: he has a socket */
    uint64_t due_ms; /* of his place among those who leave */
    bool dirty, leaving; /* in that queue */
    bool sent; /* in the beat that is on its way, as sent_status */
    enum store_status sent_status;
};

struct presence {
    struct gw *gw;
    struct gwdb db;
    struct idx people;
    struct person *all;
    struct person *dirty, **dirty_end;
    struct person *leaving, **leaving_end;
    struct person *batch[BATCH_MAX];
    size_t nbatch;
    struct store_beat beat;
    bool in_flight;
    uint64_t beat_ms, up_ms, figures_ms;
};

static const struct cs_stmt *const presence_stmts[] = {
    &store_beat_stmt, &store_whereabouts_stmt, &store_present_stmt, NULL,
};

static void presence_up(void *owner)
{
    ((struct presence *)owner)->up_ms = cs_clock_mono_ms();
}

struct presence *presence_new(struct gw *gw)
{
    struct presence *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->gw = gw;
    p->dirty_end = &p->dirty;
    p->leaving_end = &p->leaving;
    store_beat_init(&p->beat);
    p->beat.gateway = gw->id;
    p->db = (struct gwdb){.up = presence_up, .owner = p};
    if (!idx_init(&p->people) || !gwdb_init(&p->db, gw, "presence", presence_stmts)) {
        presence_free(p);
        return NULL;
    }
    return p;
}

static void person_free(struct presence *p, struct person *who)
{
    idx_take(&p->people, &who->node);
    *who->at = who->next;
    if (who->next)
        who->next->at = who->at;
    free(who);
}

void presence_free(struct presence *p)
{
    if (!p)
        return;
    gwdb_release(&p->db);
    while (p->all)
        person_free(p, p->all);
    idx_release(&p->people);
    store_beat_release(&p->beat);
    free(p);
}

enum cs_rc presence_submit(struct presence *p, const struct cs_call *call, cs_dbc_done *done,
                           void *arg, struct cs_err *err)
{
    return cs_dbc_submit(p->db.c, call, 1, done, arg, err);
}

const char *presence_name(enum store_status status)
{
    static const char *const names[] = {
        [STORE_ABSENT] = "offline",
        [STORE_AWAY] = "away",
        [STORE_ONLINE] = "online",
        [STORE_BUSY] = "busy",
    };

    return names[status];
}

/* --- who is here ------------------------------------------------------------------------------ */

static struct person *find(struct presence *p, const struct cs_uuid *user)
{
    struct idx_node *node = idx_first(&p->people, user);

    return node ? (struct person *)(void *)((char *)node - offsetof(struct person, node)) : NULL;
}

static struct person *add(struct presence *p, const struct cs_uuid *user)
{
    struct person *who = calloc(1, sizeof *who);

    if (!who)
        return NULL;
    idx_put(&p->people, &who->node, user);
    who->next = p->all;
    who->at = &p->all;
    if (who->next)
        who->next->at = &who->next;
    p->all = who;
    return who;
}

static void push_dirty(struct presence *p, struct person *who)
{
    if (who->dirty)
        return;
    who->dirty = true;
    who->next_dirty = NULL;
    *p->dirty_end = who;
    p->dirty_end = &who->next_dirty;
}

static void push_leaving(struct presence *p, struct person *who)
{
    if (who->leaving)
        return;
    who->leaving = true;
    who->due_ms = who->leaves_ms;
    who->next_leaving = NULL;
    *p->leaving_end = who;
    p->leaving_end = &who->next_leaving;
}

/* An application is nobody. */
static void take_higher(struct conn *c, void *arg)
{
    enum store_status *status = arg;

    if (c->person && c->presence > *status)
        *status = c->presence;
}

/* The highest of his sockets' here. */
static enum store_status status_here(struct gw *gw, const struct cs_uuid *user)
{
    enum store_status status = STORE_ABSENT;

    conns_of_user_each(gw, user, take_higher, &status);
    return status;
}

void presence_touch(struct presence *p, const struct cs_uuid *user)
{
    enum store_status status = status_here(p->gw, user);
    struct person *who = find(p, user);

    if (!who && status != STORE_ABSENT)
        who = add(p, user);
    if (!who)
        return;
    if (status == STORE_ABSENT) {
        who->leaves_ms = cs_clock_mono_ms() + GRACE_MS;
        push_leaving(p, who);
        return;
    }
    who->leaves_ms = 0;
    who->status = status;
    if (status != who->written)
        push_dirty(p, who);
}

/* Those whose time has come. Who came back is left out of the queue, who left again since goes to its
 * end. */
static void let_go(struct presence *p, uint64_t now_ms)
{
    while (p->leaving && p->leaving->due_ms <= now_ms && !p->gw->drain.on) {
        struct person *who = p->leaving;
        p->leaving = who->next_leaving;
        if (!p->leaving)
            p->leaving_end = &p->leaving;
        who->leaving = false;
        if (who->leaves_ms > now_ms) {
            push_leaving(p, who);
        } else if (who->leaves_ms) {
            who->status = STORE_ABSENT;
            push_dirty(p, who);
        }
    }
}

/* --- the beat --------------------------------------------------------------------------------- */

static void tell_all_again(struct presence *p)
{
    for (struct person *who = p->all; who; who = who->next) {
        who->written = STORE_ABSENT;
        if (who->status != STORE_ABSENT)
            push_dirty(p, who);
    }
}

/* The batch is over: what was sent stands in the database, or has to be sent again. */
static void settle(struct presence *p, bool written)
{
    for (size_t i = 0; i < p->nbatch; i++) {
        struct person *who = p->batch[i];
        who->sent = false;
        if (written)
            who->written = who->sent_status;
        if (!written || who->status != who->written)
            push_dirty(p, who);
        else if (who->status == STORE_ABSENT && !who->dirty && !who->leaving)
            person_free(p, who);
    }
    p->nbatch = 0;
}

static void done(void *arg, enum cs_rc rc, const struct cs_rows *rows, const struct cs_err *err)
{
    struct presence *p = arg;
    struct cs_uuid user;

    (void)err;
    p->in_flight = false;
    if (rc == CS_OK && store_beat_is_new(&rows[0]))
        tell_all_again(p);
    settle(p, rc == CS_OK);
    for (int i = 0; rc == CS_OK && i < cs_rows_count(&rows[0]); i++)
        if (store_beat_read(&rows[0], i, &user))
            watch_changed(p->gw->watch, &user, true);
}

static void fill(struct presence *p)
{
    store_beat_begin(&p->beat);
    while (p->dirty && p->nbatch < BATCH_MAX) {
        struct person *who = p->dirty;
        p->dirty = who->next_dirty;
        if (!p->dirty)
            p->dirty_end = &p->dirty;
        who->dirty = false;
        who->sent = true;
        who->sent_status = who->status;
        p->batch[p->nbatch++] = who;
        store_beat_add(&p->beat, &who->node.id, who->status);
    }
}

/* Not with those beats that come sooner: to look at every socket is not free. */
static void tell_figures(struct presence *p, uint64_t now_ms)
{
    if (p->figures_ms && now_ms < p->figures_ms + BEAT_MS)
        return;
    p->figures_ms = now_ms;
    gw_metrics_figures(p->gw, &p->beat.figures);
}

/* Others are not declared dead by who has only now come back to the database: it may have been away for
 * all of them. */
static void beat(struct presence *p, uint64_t now_ms)
{
    struct cs_call call;
    struct cs_err err;

    fill(p);
    tell_figures(p, now_ms);
    p->beat.dead_s = now_ms >= p->up_ms + STORE_BEAT_DEAD_S * 1000 ? STORE_BEAT_DEAD_S : 0;
    store_beat_call(&call, &p->gw->arena, &p->beat);
    p->beat_ms = now_ms;
    p->in_flight = cs_dbc_submit(p->db.c, &call, 1, done, p, &err) == CS_OK;
    if (!p->in_flight)
        settle(p, false);
}

void presence_tick(struct presence *p, uint64_t now_ms)
{
    cs_dbc_tick(p->db.c, now_ms);
    let_go(p, now_ms);
    if (p->in_flight || !cs_dbc_up(p->db.c))
        return;
    if (now_ms >= p->beat_ms + (p->dirty ? CHANGES_MS : BEAT_MS))
        beat(p, now_ms);
}
