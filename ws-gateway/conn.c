/* conn.c - the table of connections, their rooms and their closing; sending is in conn_out.c. */
#include "conn.h"

#include "cs_clock.h"
#include "cs_line.h"
#include "events.h"
#include "fanout.h"
#include "listing.h"
#include "op.h"
#include "presence.h"
#include "seen.h"
#include "userlog.h"
#include "watch.h"

enum { FIRST_SLOTS = 64 };

struct slot {
    struct conn *conn;
    uint32_t generation;
};

struct conns {
    struct slot *slots;
    uint32_t nslots;
    uint32_t *free_slots; /* a stack */
    uint32_t nfree;
    size_t count;
    struct idx users, creds;
};

struct conns *conns_new(void)
{
    struct conns *cs = calloc(1, sizeof *cs);

    if (!cs)
        return NULL;
    if (!idx_init(&cs->users) || !idx_init(&cs->creds)) {
        conns_free(cs);
        return NULL;
    }
    return cs;
}

void conns_free(struct conns *cs)
{
    if (!cs)
        return;
    idx_release(&cs->users);
    idx_release(&cs->creds);
    free(cs->slots);
    free(cs->free_slots);
    free(cs);
}

size_t conns_count(const struct conns *cs)
{
    return cs->count;
}

static bool grow(struct conns *cs)
{
    uint32_t n = cs->nslots ? cs->nslots * 2 : FIRST_SLOTS;
    struct slot *slots = realloc(cs->slots, n * sizeof *slots);

    if (!slots)
        return false;
    cs->slots = slots;
    uint32_t *stack = realloc(cs->free_slots, n * sizeof *stack);
    if (!stack)
        return false;
    cs->free_slots = stack;
    for (uint32_t i = n; i > cs->nslots; i--) {
        cs->slots[i - 1] = (struct slot){.generation = 1};
        cs->free_slots[cs->nfree++] = i - 1;
    }
    cs->nslots = n;
    return true;
}

struct conn *conn_find(struct gw *gw, struct conn_ref ref)
{
    struct conns *cs = gw->conns;

    if (ref.slot >= cs->nslots || cs->slots[ref.slot].generation != ref.generation)
        return NULL;
    struct conn *c = cs->slots[ref.slot].conn;
    return c && c->state != CONN_CLOSING ? c : NULL;
}

uint32_t conns_slots(const struct gw *gw)
{
    return gw->conns->nslots;
}

struct conn *conn_at(struct gw *gw, uint32_t slot)
{
    struct conn *c = gw->conns->slots[slot].conn;

    return c && c->state != CONN_CLOSING ? c : NULL;
}

void conns_each(struct gw *gw, void (*fn)(struct conn *c, void *arg), void *arg)
{
    for (uint32_t i = 0; i < gw->conns->nslots; i++) {
        struct conn *c = conn_at(gw, i);
        if (c)
            fn(c, arg);
    }
}

void conn_known(struct conn *c)
{
    idx_put(&c->gw->conns->users, &c->by_user, &c->hub.user);
    idx_put(&c->gw->conns->creds, &c->by_cred, &c->cred_id);
}

static void conn_unknown(struct conn *c)
{
    idx_take(&c->gw->conns->users, &c->by_user);
    idx_take(&c->gw->conns->creds, &c->by_cred);
}

int conns_of_user(struct gw *gw, const struct cs_uuid *user)
{
    int n = 0;

    for (struct idx_node *at = idx_first(&gw->conns->users, user); at; at = idx_next(at))
        n++;
    return n;
}

static void each_in(struct idx *x, const struct cs_uuid *id, size_t node_offset,
                    void (*fn)(struct conn *c, void *arg), void *arg)
{
    struct idx_node *next;

    for (struct idx_node *at = idx_first(x, id); at; at = next) {
        next = idx_next(at);
        fn((struct conn *)(void *)((char *)at - node_offset), arg);
    }
}

void conns_of_user_each(struct gw *gw, const struct cs_uuid *user,
                        void (*fn)(struct conn *c, void *arg), void *arg)
{
    each_in(&gw->conns->users, user, offsetof(struct conn, by_user), fn, arg);
}

static void revoke(struct conn *c, void *arg)
{
    (void)arg;
    conn_revoke(c);
}

void conns_revoke(struct gw *gw, const struct cs_uuid *cred_or_user)
{
    each_in(&gw->conns->creds, cred_or_user, offsetof(struct conn, by_cred), revoke, NULL);
    conns_of_user_each(gw, cred_or_user, revoke, NULL);
}

struct conn *conn_open(struct gw *gw, struct ws_sock *sock)
{
    struct conns *cs = gw->conns;
    static const struct cs_uuid nobody;

    if (!fanout_reserve(gw->fanout, cs->count + 1) || (!cs->nfree && !grow(cs)))
        return NULL;
    struct conn *c = cs_line_calloc(sizeof *c);
    if (!c)
        return NULL;
    uint32_t slot = cs->free_slots[--cs->nfree];
    cs->slots[slot].conn = c;
    cs->count++;
    c->ref = (struct conn_ref){slot, cs->slots[slot].generation};
    gw->count.opened++;
    c->gw = gw;
    c->sock = sock;
    c->opened_ms = cs_clock_mono_ms();
    cs_buf_init(&c->out, CONN_OUT_MAX);
    cs_buf_init(&c->held, CONN_HELD_MAX);
    gw->undecided++;
    hub_conn_init(&c->hub, &nobody);
    return c;
}

void conn_gone(struct conn *c, int code)
{
    struct conns *cs = c->gw->conns;

    gw_count_closed(&c->gw->count, code);
    c->state = CONN_CLOSING; /* nothing is queued for it any more */
    conn_unknown(c);
    if (c->person) {
        seen_note(c->gw->seen, &c->hub.user);
        presence_touch(c->gw->presence, &c->hub.user);
    }
    op_paged_gone(c);
    hub_conn_gone(c->gw->hub, &c->hub);
    listing_gone(c);
    userlog_gone(c);
    while (c->rooms)
        conn_room_remove(c, &c->rooms->id);
    fanout_unmark(c);
    cs->slots[c->ref.slot] = (struct slot){.generation = c->ref.generation + 1};
    cs->free_slots[cs->nfree++] = c->ref.slot;
    cs->count--;
    c->gw->undecided -= c->dialect == NULL;
    cs_buf_release(&c->out);
    cs_buf_release(&c->held);
    events_free(c);
    free(c);
}

void conn_close(struct conn *c, int code, const char *reason)
{
    if (c->state == CONN_CLOSING)
        return;
    c->state = CONN_CLOSING;
    conn_unknown(c);
    ws_close(c->sock, code, reason);
}

struct conn_room *conn_room_find(struct conn *c, const struct cs_uuid *room)
{
    struct conn_room *r = c->rooms;

    while (r && !cs_uuid_eq(&r->id, room))
        r = r->next;
    return r;
}

struct conn_room *conn_room_add(struct conn *c, const struct cs_uuid *room)
{
    struct conn_room *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->id = *room;
    r->conn = c;
    r->next = c->rooms;
    c->rooms = r;
    c->nrooms++;
    return r;
}

void conn_room_remove(struct conn *c, const struct cs_uuid *room)
{
    for (struct conn_room **at = &c->rooms; *at; at = &(*at)->next) {
        struct conn_room *r = *at;
        if (!cs_uuid_eq(&r->id, room))
            continue;
        *at = r->next;
        watch_left(r);
        free(r);
        c->nrooms--;
        return;
    }
}
