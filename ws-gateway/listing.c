/* listing.c - see listing.h. A room that somebody lists stands in the order of the poll, the one
 * that was looked at longest ago first; a bell that does not say how far moves it to the front. */
#include "listing.h"

#include "cs_clock.h"
#include "dialect.h"
#include "fanout.h"
#include "hub_link.h"
#include "listen.h"
#include "reader.h"

enum {
    TELL_MS = 1000,     /* contract: at most one activity a second */
    POLL_MS = 10000,    /* while bells arrive; … */
    DEAF_POLL_MS = 1000, /* … when they do not */
    SLICE = 2000,       /* rooms of one statement */
};

struct place { /* a room that is listed */
    struct idx_node by_room;
    struct hub_link polls, moves; /* in the order of the poll; among those to be told about */
    struct hub_link listed;
    uint64_t last_seq;
    uint64_t polled_ms; /* 0: due */
};

struct listed { /* by one connection */
    struct idx_node by_pair;
    struct hub_link in_place;
    struct listed *next, **at; /* of the connection */
    struct place *place;
    struct conn *conn;
};

struct listing {
    struct gw *gw;
    struct idx places, pairs;
    struct hub_link polls, moves;
    struct cs_buf rooms; /* an array under construction */
    struct cs_uuid asked[SLICE];
    size_t nasked; /* 0: none in flight */
    uint64_t told_ms, asked_ms;
    uint64_t missed_ms; /* who was polled before then is due */
};

struct listing *listing_new(struct gw *gw)
{
    struct listing *l = calloc(1, sizeof *l);

    if (!l)
        return NULL;
    l->gw = gw;
    link_init(&l->polls);
    link_init(&l->moves);
    cs_buf_init(&l->rooms, (SLICE + 1) * (CS_UUID_LEN + 1));
    if (!idx_init(&l->places) || !idx_init(&l->pairs)) {
        listing_free(l);
        return NULL;
    }
    return l;
}

void listing_free(struct listing *l)
{
    if (!l)
        return;
    idx_release(&l->places);
    idx_release(&l->pairs);
    cs_buf_release(&l->rooms);
    free(l);
}

size_t listing_count(const struct listing *l)
{
    return l->pairs.n;
}

/* --- pairs ------------------------------------------------------------------------------------ */

/* One id for both, so that neither a room of many nor a connection with many is walked through. */
static struct cs_uuid pair_id(const struct conn *c, const struct cs_uuid *room)
{
    struct cs_uuid id = *room;

    for (size_t i = 0; i < sizeof c->ref.slot; i++)
        id.b[i] ^= (uint8_t)(c->ref.slot >> (8 * i));
    return id;
}

static struct listed *find(const struct conn *c, const struct cs_uuid *room)
{
    struct cs_uuid id = pair_id(c, room);
    struct idx_node *at = idx_first(&c->gw->listing->pairs, &id);

    for (; at; at = idx_next(at)) {
        struct listed *d = LINK_OF(at, struct listed, by_pair);
        if (d->conn == c && cs_uuid_eq(&d->place->by_room.id, room))
            return d;
    }
    return NULL;
}

static struct place *place_find(const struct listing *l, const struct cs_uuid *room)
{
    struct idx_node *at = idx_first(&l->places, room);

    return at ? LINK_OF(at, struct place, by_room) : NULL;
}

static struct place *place_make(struct listing *l, const struct cs_uuid *room, uint64_t last_seq)
{
    struct place *p = place_find(l, room);

    if (p)
        return p;
    p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    link_init(&p->polls);
    link_init(&p->moves);
    link_init(&p->listed);
    p->last_seq = last_seq;
    idx_put(&l->places, &p->by_room, room);
    /* due: a bell of after last_seq was read may have found nobody to tell */
    link_move_before(&p->polls, l->polls.next);
    return p;
}

static void place_drop(struct listing *l, struct place *p)
{
    if (!link_empty(&p->listed))
        return;
    idx_take(&l->places, &p->by_room);
    link_remove(&p->polls);
    link_remove(&p->moves);
    free(p);
}

static void say(struct conn *c, const struct cs_uuid *room, uint64_t last_seq)
{
    struct cs_buf *b = fanout_scratch(c->gw);

    if (!c->dialect || !c->dialect->activity)
        return;
    c->dialect->activity(b, room, last_seq);
    conn_queue(c, cs_buf_view(b));
    c->gw->count.activities++;
}

bool listing_add(struct conn *c, const struct cs_uuid *room, uint64_t last_seq)
{
    struct listing *l = c->gw->listing;

    if (find(c, room))
        return true;
    struct listed *d = calloc(1, sizeof *d);
    struct place *p = d ? place_make(l, room, last_seq) : NULL;
    if (!p) {
        free(d);
        return false;
    }
    struct cs_uuid id = pair_id(c, room);
    idx_put(&l->pairs, &d->by_pair, &id);
    link_init(&d->in_place);
    link_move_before(&d->in_place, &p->listed);
    d->place = p;
    d->conn = c;
    d->next = c->listed;
    d->at = &c->listed;
    if (d->next)
        d->next->at = &d->next;
    c->listed = d;
    if (p->last_seq > last_seq && link_empty(&p->moves)) /* it has moved since, as others know */
        link_move_before(&p->moves, &l->moves);
    say(c, room, last_seq);
    return true;
}

static void drop(struct listing *l, struct listed *d)
{
    idx_take(&l->pairs, &d->by_pair);
    link_remove(&d->in_place);
    *d->at = d->next;
    if (d->next)
        d->next->at = d->at;
    place_drop(l, d->place);
    free(d);
}

bool listing_remove(struct conn *c, const struct cs_uuid *room)
{
    struct listed *d = c->listed ? find(c, room) : NULL;

    if (d)
        drop(c->gw->listing, d);
    return d != NULL;
}

void listing_gone(struct conn *c)
{
    while (c->listed)
        drop(c->gw->listing, c->listed);
}

/* --- what happens ----------------------------------------------------------------------------- */

static void reached(struct listing *l, struct place *p, uint64_t last_seq)
{
    if (last_seq <= p->last_seq)
        return;
    p->last_seq = last_seq;
    if (link_empty(&p->moves))
        link_move_before(&p->moves, &l->moves);
}

void listing_reached(struct listing *l, const struct cs_uuid *room, uint64_t last_seq)
{
    struct place *p = place_find(l, room);

    if (!p)
        return;
    if (last_seq) {
        reached(l, p, last_seq);
        return;
    }
    p->polled_ms = 0;
    if (l->polls.next != &p->polls)
        link_move_before(&p->polls, l->polls.next);
}

void listing_poll_all(struct listing *l)
{
    l->missed_ms = cs_clock_mono_ms();
}

static void tell(struct listing *l)
{
    LINK_EACH(at, &l->moves) {
        struct place *p = LINK_OF(at, struct place, moves);
        link_remove(&p->moves);
        LINK_EACH(to, &p->listed)
            say(LINK_OF(to, struct listed, in_place)->conn, &p->by_room.id, p->last_seq);
    }
}

/* --- the poll --------------------------------------------------------------------------------- */

static void done(void *arg, enum cs_rc rc, const struct cs_rows *rows, const struct cs_err *err)
{
    struct listing *l = arg;
    struct cs_str epoch;
    size_t n = l->nasked;

    (void)err;
    l->nasked = 0;
    if (rc != CS_OK || (size_t)cs_rows_count(&rows[0]) != n) {
        listing_poll_all(l);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct place *p = place_find(l, &l->asked[i]);
        uint64_t last_seq = store_position_read(&rows[0], (int)i, &epoch);
        if (i == 0)
            op_note_epoch(l->gw, epoch);
        if (p)
            reached(l, p, last_seq);
    }
}

static bool is_due(const struct listing *l, const struct place *p, uint64_t now_ms)
{
    uint64_t every_ms = listener_ok(l->gw->listener) ? POLL_MS : DEAF_POLL_MS;

    return p->polled_ms <= l->missed_ms || now_ms >= p->polled_ms + every_ms;
}

static void take_due(struct listing *l, uint64_t now_ms)
{
    cs_array_begin(&l->rooms);
    while (l->nasked < SLICE && !link_empty(&l->polls)) {
        struct place *p = LINK_OF(l->polls.next, struct place, polls);
        if (p->polled_ms == now_ms || !is_due(l, p, now_ms))
            return;
        l->asked[l->nasked++] = p->by_room.id;
        cs_array_uuid(&l->rooms, &p->by_room.id);
        p->polled_ms = now_ms;
        link_move_before(&p->polls, &l->polls);
    }
}

/* A slice a second, and at once the next one while there are more than one holds. */
static void ask_positions(struct listing *l, uint64_t now_ms)
{
    struct cs_call call;
    struct cs_err err;

    if (l->nasked || now_ms < l->asked_ms + TELL_MS || !reader_is_up(l->gw->reader))
        return;
    take_due(l, now_ms);
    if (l->nasked < SLICE)
        l->asked_ms = now_ms;
    if (!l->nasked)
        return;
    store_positions_call(&call, &l->gw->arena, &l->rooms);
    if (reader_submit(l->gw->reader, &call, done, l, &err) != CS_OK)
        l->nasked = 0;
}

void listing_tick(struct listing *l, uint64_t now_ms)
{
    if (now_ms >= l->told_ms + TELL_MS) {
        l->told_ms = now_ms;
        tell(l);
    }
    if (!link_empty(&l->polls))
        ask_positions(l, now_ms);
}
