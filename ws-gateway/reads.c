/* reads.c - see reads.h. A mark is one position that somebody has claimed; it waits in the queue, where
 * it is found by user, room and credential and raised; then it is in the batch, where it stays until the
 * batch's outcome is known. */
#include "reads.h"

#include "bell.h"
#include "cs_clock.h"
#include "ephemera.h"
#include "gwdb.h"
#include "store_marks.h"

#include <assert.h>
#include <stddef.h>

enum {
    SPACING_MS = 1000,
    BATCH_MAX = 1000,
    MARKS_MAX = 20000,  /* that wait; further ones are refused as unavailable */
    ASKERS_MAX = 50000, /* refs that wait for an answer; likewise */
};

struct asker {
    struct asker *next;
    struct conn_ref from;
    char ref[];
};

struct mark {
    struct mark *next;
    struct idx_node node; /* by `key`, while it waits */
    struct store_mark pos;
    char cred_kind[CONN_CRED_KIND_MAX];
    uint64_t born_ms;
    struct asker *askers;
};

struct reads {
    struct gw *gw;
    struct gwdb db;
    struct idx waiting;
    struct mark *queue, **queue_end;
    size_t nqueue, naskers;
    struct mark *batch[BATCH_MAX];
    struct store_mark marks[BATCH_MAX]; /* of the batch, as the store wants them */
    size_t nbatch;
    bool in_flight;
    uint64_t sent_ms;
    struct store_mark_bufs bufs;
};

static const struct cs_stmt *const reads_stmts[] = {&store_marks_stmt, NULL};

struct reads *reads_new(struct gw *gw)
{
    struct reads *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->gw = gw;
    r->queue_end = &r->queue;
    store_mark_bufs_init(&r->bufs);
    r->db = (struct gwdb){.owner = r};
    if (!idx_init(&r->waiting) || !gwdb_init(&r->db, gw, "reads", reads_stmts)) {
        reads_free(r);
        return NULL;
    }
    return r;
}

static void mark_free(struct reads *r, struct mark *m)
{
    while (m->askers) {
        struct asker *next = m->askers->next;
        free(m->askers);
        m->askers = next;
        r->naskers--;
    }
    free(m);
}

static struct mark *queue_pop(struct reads *r)
{
    struct mark *m = r->queue;

    r->queue = m->next;
    if (!r->queue)
        r->queue_end = &r->queue;
    r->nqueue--;
    idx_take(&r->waiting, &m->node);
    return m;
}

void reads_free(struct reads *r)
{
    if (!r)
        return;
    gwdb_release(&r->db);
    while (r->queue)
        mark_free(r, queue_pop(r));
    for (size_t i = 0; i < r->nbatch; i++)
        mark_free(r, r->batch[i]);
    idx_release(&r->waiting);
    store_mark_bufs_release(&r->bufs);
    free(r);
}

bool reads_idle(const struct reads *r)
{
    return !r->nqueue && !r->nbatch;
}

/* --- what comes in ---------------------------------------------------------------------------- */

/* An id that few other pairs have. */
static struct cs_uuid key_of(const struct cs_uuid *room, const struct cs_uuid *user)
{
    struct cs_uuid key;

    for (size_t i = 0; i < sizeof key.b; i++)
        key.b[i] = room->b[i] ^ user->b[(i + 5) % sizeof user->b];
    return key;
}

static struct mark *find(struct reads *r, const struct conn *from, const struct cs_uuid *room)
{
    struct cs_uuid key = key_of(room, &from->hub.user);

    for (struct idx_node *at = idx_first(&r->waiting, &key); at; at = idx_next(at)) {
        struct mark *m = (struct mark *)(void *)((char *)at - offsetof(struct mark, node));
        if (cs_uuid_eq(&m->pos.room, room) && cs_uuid_eq(&m->pos.user, &from->hub.user) &&
            cs_uuid_eq(&m->pos.cred_id, &from->cred_id))
            return m;
    }
    return NULL;
}

static struct mark *push(struct reads *r, const struct conn *from, const struct cs_uuid *room)
{
    struct cs_uuid key = key_of(room, &from->hub.user);
    struct mark *m = calloc(1, sizeof *m);

    if (!m)
        return NULL;
    memcpy(m->cred_kind, from->cred_kind, sizeof m->cred_kind);
    m->pos = (struct store_mark){
        .room = *room,
        .user = from->hub.user,
        .cred_id = from->cred_id,
        .cred_kind = cs_str_c(m->cred_kind),
    };
    m->born_ms = cs_clock_mono_ms();
    *r->queue_end = m;
    r->queue_end = &m->next;
    r->nqueue++;
    idx_put(&r->waiting, &m->node, &key);
    return m;
}

static bool add_asker(struct reads *r, struct mark *m, struct conn *from, const char *ref)
{
    size_t len = strlen(ref) + 1;
    struct asker *a = malloc(sizeof *a + len);

    if (!a)
        return false;
    *a = (struct asker){.next = m->askers, .from = from->ref};
    memcpy(a->ref, ref, len);
    m->askers = a;
    r->naskers++;
    from->writing++;
    return true;
}

enum cs_rc reads_note(struct reads *r, struct conn *from, const char *ref,
                      const struct cs_uuid *room, uint64_t seq, struct cs_err *err)
{
    struct mark *m = find(r, from, room);

    if (r->naskers >= ASKERS_MAX || (!m && r->nqueue >= MARKS_MAX))
        return cs_fail(err, CS_E_UNAVAILABLE);
    if (!m)
        m = push(r, from, room);
    if (!m || !add_asker(r, m, from, ref))
        return cs_fail(err, CS_E_NO_MEMORY);
    if (seq > m->pos.seq)
        m->pos.seq = seq;
    return CS_OK;
}

/* --- outcomes --------------------------------------------------------------------------------- */

/* All who asked for this position; err NULL: it has been taken. */
static void answer(struct reads *r, struct mark *m, const struct cs_err *err)
{
    for (struct asker *a = m->askers; a; a = a->next) {
        struct conn *c = conn_find(r->gw, a->from);
        if (!c)
            continue;
        c->writing--;
        if (err)
            conn_error(c, a->ref, err);
        else
            conn_ack(c, a->ref);
    }
    mark_free(r, m);
}

/* The others hear how far he is, and his own devices that his log has moved. */
static void tell(struct reads *r, const struct mark *m, uint64_t seq)
{
    struct cs_bus_read read = {.room = m->pos.room, .user = m->pos.user, .seq = seq};
    struct cs_buf body;

    ephemera_read(r->gw, &read);
    cs_buf_init(&body, CS_BUS_BODY_MAX);
    cs_bus_put_read(&body, &read);
    bell_tell(r->gw->bell, cs_buf_view(&body), CS_BUS_READ_KEY);
    cs_buf_release(&body);
    bell_ring_user(r->gw->bell, &m->pos.user);
}

static void settle(struct reads *r, const struct cs_rows *rows)
{
    struct store_marked marked;
    struct cs_err err;

    assert((size_t)cs_rows_count(rows) == r->nbatch);
    for (size_t i = 0; i < r->nbatch; i++) {
        enum cs_rc rc = store_marked_read(rows, (int)i, &marked, &err);
        if (rc == CS_OK && marked.moved)
            tell(r, r->batch[i], marked.seq);
        answer(r, r->batch[i], rc == CS_OK ? NULL : &err);
    }
    r->nbatch = 0;
}

static void fail_batch(struct reads *r, const struct cs_err *err)
{
    for (size_t i = 0; i < r->nbatch; i++)
        answer(r, r->batch[i], err);
    r->nbatch = 0;
}

/* Unknown, or held up by a lock: sent again a second later, until it is too old. */
static bool may_pass(enum cs_rc rc)
{
    return rc == CS_E_UNAVAILABLE || rc == CS_E_COMMIT_UNKNOWN || rc == CS_E_ROOM_BUSY;
}

static void done(void *arg, enum cs_rc rc, const struct cs_rows *rows, const struct cs_err *err)
{
    struct reads *r = arg;

    r->in_flight = false;
    if (rc == CS_OK)
        settle(r, &rows[0]);
    else if (!may_pass(rc))
        fail_batch(r, err);
}

/* --- time ------------------------------------------------------------------------------------- */

static bool is_old(const struct reads *r, const struct mark *m, uint64_t now_ms)
{
    return now_ms >= m->born_ms + (uint64_t)r->gw->cfg.db_deadline_ms;
}

static void expire(struct reads *r, uint64_t now_ms)
{
    struct cs_err err;

    (void)cs_fail(&err, CS_E_UNAVAILABLE);
    if (r->nbatch && is_old(r, r->batch[0], now_ms))
        fail_batch(r, &err);
    while (!r->nbatch && r->queue && is_old(r, r->queue, now_ms))
        answer(r, queue_pop(r), &err);
}

static void send(struct reads *r)
{
    struct cs_call call;
    struct cs_err err;

    while (r->queue && r->nbatch < BATCH_MAX)
        r->batch[r->nbatch++] = queue_pop(r);
    if (!r->nbatch)
        return;
    for (size_t i = 0; i < r->nbatch; i++)
        r->marks[i] = r->batch[i]->pos;
    store_marks_call(&call, &r->gw->arena, &r->bufs, r->marks, r->nbatch);
    r->in_flight = cs_dbc_submit(r->db.c, &call, 1, done, r, &err) == CS_OK;
}

void reads_tick(struct reads *r, uint64_t now_ms)
{
    cs_dbc_tick(r->db.c, now_ms);
    if (r->in_flight)
        return;
    expire(r, now_ms);
    if (!cs_dbc_up(r->db.c) || (now_ms < r->sent_ms + SPACING_MS && !r->gw->drain.on))
        return;
    if (reads_idle(r))
        return;
    r->sent_ms = now_ms;
    send(r);
}
