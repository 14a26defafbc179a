/* watch.c - see watch.h. */
#include "watch.h"

#include "bell.h"
#include "cs_clock.h"
#include "dialect.h"
#include "ephemera.h"
#include "fanout.h"
#include "presence.h"

#include <stddef.h>

enum {
    LOOKS_MAX = 100000, /* people who wait to be looked at; further ones are not told of */
    LOOK_SLICE = 128,   /* of one statement, and of the bells that go with it */
    JOINS_MAX = 4096,   /* rooms whose members are to be told; likewise */
    JOIN_SLICE = 64,
    SPACING_MS = 100, /* between two statements of a kind */
};

struct look {
    struct cs_uuid user;
    bool ring;
};

struct joining {
    struct conn_ref conn;
    struct cs_uuid room;
};

struct watch {
    struct gw *gw;
    struct idx rooms; /* conn_room.watching by room */
    struct look *looks; /* a growing array */
    size_t nlooks, cap_looks;
    struct cs_uuid looked[LOOK_SLICE]; /* in the statement that is on its way */
    size_t nlooked;
    struct joining joins[JOINS_MAX];
    size_t njoins;
    struct conn_ref asked[JOIN_SLICE]; /* likewise */
    size_t nasked;
    uint64_t look_ms, join_ms;
    uint64_t telling; /* counts: who has been told of this one already */
    struct cs_buf col[2];
};

struct watch *watch_new(struct gw *gw)
{
    struct watch *w = calloc(1, sizeof *w);

    if (!w)
        return NULL;
    w->gw = gw;
    for (size_t i = 0; i < 2; i++)
        cs_buf_init(&w->col[i], (LOOK_SLICE + 1) * (CS_UUID_LEN + 1));
    if (!idx_init(&w->rooms)) {
        watch_free(w);
        return NULL;
    }
    return w;
}

void watch_free(struct watch *w)
{
    if (!w)
        return;
    idx_release(&w->rooms);
    for (size_t i = 0; i < 2; i++)
        cs_buf_release(&w->col[i]);
    free(w->looks);
    free(w);
}

/* --- telling ---------------------------------------------------------------------------------- */

struct status {
    struct cs_uuid user;
    enum store_status status;
};

/* To one socket, unless it does not drain. */
static void tell(struct conn *c, const struct status *s)
{
    struct cs_buf *b = fanout_scratch(c->gw);

    if (!c->dialect || !c->dialect->presence || !ephemera_may_go_to(c))
        return;
    c->dialect->presence(b, &s->user, presence_name(s->status));
    conn_queue(c, cs_buf_view(b));
}

void watch_each(struct watch *w, const struct cs_uuid *room,
                void (*fn)(struct conn *c, void *arg), void *arg)
{
    struct idx_node *next;

    for (struct idx_node *at = idx_first(&w->rooms, room); at; at = next) {
        next = idx_next(at);
        fn(((struct conn_room *)(void *)((char *)at - offsetof(struct conn_room, watching)))->conn, arg);
    }
}

/* Unless it has been told of this one already. */
static void tell_once(struct conn *c, void *arg)
{
    uint64_t telling = c->gw->watch->telling;

    if (c->told_presence == telling)
        return;
    c->told_presence = telling;
    tell(c, arg);
}

/* --- looking ---------------------------------------------------------------------------------- */

void watch_changed(struct watch *w, const struct cs_uuid *user, bool ring)
{
    if (w->nlooks == w->cap_looks) {
        size_t cap = w->cap_looks ? w->cap_looks * 2 : LOOK_SLICE;
        struct look *more = w->nlooks < LOOKS_MAX ? realloc(w->looks, cap * sizeof *more) : NULL;
        if (!more)
            return; /* an ephemeron less */
        w->looks = more;
        w->cap_looks = cap;
    }
    w->looks[w->nlooks++] = (struct look){.user = *user, .ring = ring};
}

static void looked(void *arg, enum cs_rc rc, const struct cs_rows *rows, const struct cs_err *err)
{
    struct watch *w = arg;
    struct store_whereabouts at;
    size_t ord = SIZE_MAX;

    (void)err;
    for (int i = 0; rc == CS_OK && i < cs_rows_count(&rows[0]); i++) {
        store_whereabouts_read(&rows[0], i, &at);
        struct status s = {.user = w->looked[at.ord], .status = at.status};
        w->telling += at.ord != ord;
        ord = at.ord;
        watch_each(w, &at.room, tell_once, &s);
    }
    w->nlooked = 0;
}

static void ring(struct watch *w, const struct cs_uuid *user)
{
    struct cs_buf body;

    cs_buf_init(&body, CS_BUS_BODY_MAX);
    cs_bus_put_presence(&body, user);
    bell_tell(w->gw->bell, cs_buf_view(&body), body.len);
    cs_buf_release(&body);
}

/* The next slice: the others look at the same time. */
static void take_looks(struct watch *w)
{
    size_t n = w->nlooks < LOOK_SLICE ? w->nlooks : LOOK_SLICE;

    cs_array_begin(&w->col[0]);
    for (size_t i = 0; i < n; i++) {
        w->looked[i] = w->looks[i].user;
        cs_array_uuid(&w->col[0], &w->looked[i]);
        if (w->looks[i].ring)
            ring(w, &w->looked[i]);
    }
    w->nlooked = n;
    w->nlooks -= n;
    memmove(w->looks, w->looks + n, w->nlooks * sizeof *w->looks);
}

static void look(struct watch *w)
{
    struct cs_call call;
    struct cs_err err;

    take_looks(w);
    store_whereabouts_call(&call, &w->gw->arena, &w->col[0]);
    if (presence_submit(w->gw->presence, &call, looked, w, &err) != CS_OK)
        w->nlooked = 0;
}

/* --- joining ---------------------------------------------------------------------------------- */

void watch_joined(struct conn *c, const struct cs_uuid *room, int64_t members)
{
    struct watch *w = c->gw->watch;
    struct conn_room *r = conn_room_find(c, room);

    if (!r || !c->dialect || !c->dialect->presence || cs_uuid_eq(room, &CS_LOBBY_ID))
        return;
    if (members > WATCH_MEMBERS_MAX) {
        watch_left(r);
        return;
    }
    idx_put(&w->rooms, &r->watching, room);
    if (w->njoins < JOINS_MAX)
        w->joins[w->njoins++] = (struct joining){.conn = c->ref, .room = *room};
}

void watch_left(struct conn_room *r)
{
    idx_take(&r->conn->gw->watch->rooms, &r->watching);
}

static void present(void *arg, enum cs_rc rc, const struct cs_rows *rows, const struct cs_err *err)
{
    struct watch *w = arg;
    struct store_present p;

    (void)err;
    for (int i = 0; rc == CS_OK && i < cs_rows_count(&rows[0]); i++) {
        store_present_read(&rows[0], i, &p);
        struct status s = {.user = p.user, .status = p.status};
        struct conn *c = conn_find(w->gw, w->asked[p.asked]);
        if (c)
            tell(c, &s);
    }
    w->nasked = 0;
}

/* The number under which this connection asks: one for all its rooms. */
static size_t number_of(struct watch *w, struct conn_ref conn)
{
    for (size_t i = 0; i < w->nasked; i++)
        if (w->asked[i].slot == conn.slot && w->asked[i].generation == conn.generation)
            return i;
    w->asked[w->nasked] = conn;
    return w->nasked++;
}

static void ask_present(struct watch *w)
{
    size_t n = w->njoins < JOIN_SLICE ? w->njoins : JOIN_SLICE;
    struct cs_call call;
    struct cs_err err;

    cs_array_begin(&w->col[0]);
    cs_array_begin(&w->col[1]);
    for (size_t i = 0; i < n; i++) {
        cs_array_uuid(&w->col[0], &w->joins[i].room);
        cs_array_i64(&w->col[1], (int64_t)number_of(w, w->joins[i].conn));
    }
    w->njoins -= n;
    memmove(w->joins, w->joins + n, w->njoins * sizeof *w->joins);
    store_present_call(&call, &w->gw->arena, &w->col[0], &w->col[1]);
    if (presence_submit(w->gw->presence, &call, present, w, &err) != CS_OK)
        w->nasked = 0;
}

void watch_tick(struct watch *w, uint64_t now_ms)
{
    if (w->nlooks && !w->nlooked && now_ms >= w->look_ms + SPACING_MS) {
        w->look_ms = now_ms;
        look(w);
    }
    if (w->njoins && !w->nasked && now_ms >= w->join_ms + SPACING_MS) {
        w->join_ms = now_ms;
        ask_present(w);
    }
}
