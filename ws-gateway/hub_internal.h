/* hub_internal.h - what the hub's files share; included by hub*.c only.
 *
 * hub.c       the hub, its table of rooms, time and the poll
 * hub_ring.c  recent events of a room, addressed by seq
 * hub_log.c   the entrance: what a room has reached, fetches, rows, offers, resync
 * hub_join.c  who starts where, and waits for what
 * hub_sub.c   connections, subscriptions, pulling
 *
 * Invariants. A room's ring holds ring.first .. ring.next - 1 without a hole; `delivered` is
 * ring.next - 1. A subscription waits in its room's `waiting`, or is one of `joined`. A joined one is in
 * its connection's turn exactly when it is behind: pos < min(delivered, stop) (a pos above delivered is
 * one that the join statement saw before the hub). Whoever is behind finds pos + 1 in the ring:
 * hub_announce closes those for whom that is no longer true. A connection has at most one
 * subscription per room, so closing it takes one element at most from `waiting` or `joined`.
 */
#ifndef HUB_INTERNAL_H
#define HUB_INTERNAL_H

#include "hub.h"
#include "hub_link.h"

/* --- types ------------------------------------------------------------------------------------ */

struct hub_slot {
    struct hub_event event;
    uint64_t end_bytes; /* of all events ever pushed, up to and with this one */
};

struct hub_ring {
    struct hub_slot *slots; /* the event with seq s is at s & (cap - 1) */
    uint32_t cap;           /* 0 or a power of two */
    bool evicted;           /* something was pushed out: it cannot be extended backwards */
    uint64_t first, next;   /* empty when equal */
    uint64_t end_bytes;
    uint64_t stale; /* no event above it shows what a later one has changed */
};

enum hub_queue { HUB_IDLE, HUB_FRESH, HUB_COLD, HUB_HOT, HUB_QUEUES };

/* In no order: the last one takes the place of one that goes. An array, for a walk over a list of
 * thousands waits for the memory of each before it knows the next. */
struct hub_subs {
    struct hub_sub **at;
    size_t n, cap; /* cap ≥ the room's n_subs: to join takes no memory */
};

struct hub_room {
    struct cs_uuid id;
    uint64_t key;
    struct hub_room *chain; /* next in the bucket */

    struct hub_ring ring;
    uint64_t target; /* highest seq known to exist */
    bool look;       /* a bell without seq came */

    struct hub_fetch live;  /* in flight when id is not 0: what follows `delivered` */
    uint64_t live_expect;   /* target when it was sent: so far there must be rows */
    struct hub_fetch back;  /* likewise: what precedes ring.first, or what is stale in the ring */
    uint64_t back_low;      /* its first `after`: it may take several fetches */
    uint64_t back_seen;     /* `delivered` when it began: its rows know of all changes up to here */
    struct hub_ring staged; /* its rows until they are complete */

    struct hub_link in_retry; /* linked: no fetch is sent before retry_at_ms */
    uint64_t retry_at_ms;
    uint64_t fresh_tick, fresh_first; /* first event taken in during tick fresh_tick */

    struct hub_subs joined;
    struct hub_link waiting;
    uint64_t wake_above; /* no one who is not behind has a lower pos */
    uint64_t floor;      /* no one who is behind has a lower pos */
    size_t n_subs;

    enum hub_queue queue;
    struct hub_link in_queue;
    uint64_t looked_at_ms; /* queue IDLE: left alone since; else: compared with the table at */
    uint64_t traffic_at_ms;
    uint64_t poll_round;
};

struct hub_sub {
    /* one cache line: all that a delivery looks at */
    struct hub_room *room;
    struct hub_conn *conn;
    uint64_t pos;            /* last seq pulled */
    uint64_t stop;           /* nothing above it; UINT64_MAX */
    uint64_t since;          /* the join statement's last_seq: membership is known as of here */
    struct hub_link in_turn; /* in conn->behind, or unlinked */
    size_t place;            /* in room->joined, from 1; 0: it is not joined */

    struct hub_link in_waiting;
    struct hub_link in_conn;
    uint64_t after; /* where the resume begins, while it waits */
    void *ref;
    bool waiting;
    bool waited;  /* for rows, before it was joined */
    bool resume;  /* still hopes to be recovered */
    bool refused; /* the ring cannot be had as far as it needs */
    uint8_t renewals; /* that were outdated when they came */
};
_Static_assert(offsetof(struct hub_sub, in_waiting) <= 64, "a delivery looks at one line of it");

struct hub {
    struct hub_limits limits;
    struct hub_ops ops;
    void *ctx;
    struct hub_counters counters;
    uint64_t now_ms, tick, poll_round;
    uint64_t last_fetch_id, last_room_key;
    struct hub_room **buckets;
    unsigned bucket_bits;
    struct hub_link queues[HUB_QUEUES]; /* each in order of looked_at_ms */
    struct hub_link retry;              /* in order of retry_at_ms */
};

static inline uint64_t hub_delivered(const struct hub_room *room)
{
    return room->ring.next - 1;
}

/* --- hub.c ------------------------------------------------------------------------------------ */

struct hub_room *hub_room_get(const struct hub *hub, const struct cs_uuid *id);

/* The room, made if need be at `last_seq` with an empty ring and lingering; NULL: no memory. */
struct hub_room *hub_room_make(struct hub *hub, const struct cs_uuid *id, uint64_t last_seq);
void hub_room_free(struct hub *hub, struct hub_room *room);

/* At the tail of a queue, as looked at now. */
void hub_room_queue(struct hub *hub, struct hub_room *room, enum hub_queue queue);

/* --- hub_ring.c ------------------------------------------------------------------------------- */

/* Frees all events and the memory; the next event will be `next`. Initialises a zeroed ring. */
void hub_ring_reset(struct hub *hub, struct hub_ring *ring, uint64_t next);

/* Appends the event, whose seq is ring->next, and evicts from the front what exceeds the limits,
 * but nothing from `pinned` on. False: that does not suffice or there is no memory; the event stays
 * the caller's (something may have been evicted). */
bool hub_ring_push(struct hub *hub, struct hub_ring *ring, const struct hub_event *event,
                   uint64_t pinned);

/* Puts all of `staged`, which ends where `ring` begins, before it; `staged` is empty afterwards.
 * What exceeds the limits is cut off in front. False: no memory, `ring` is as it was. */
bool hub_ring_prepend(struct hub *hub, struct hub_ring *ring, struct hub_ring *staged);

/* What `by` changes is stale in the events before it that show it as it was. */
void hub_ring_outdate(struct hub_ring *ring, const struct hub_event *by);

/* Puts the events of `staged` in the place of those with the same seqs, which `staged` has then. */
void hub_ring_replace(struct hub_ring *ring, struct hub_ring *staged);

/* Bytes of the events from..to, which are in the ring; 0 when from > to. */
uint64_t hub_ring_bytes(const struct hub_ring *ring, uint64_t from, uint64_t to);

/* The highest seq ≤ to for which from..seq keeps to the maxima, but at least `from`. */
uint64_t hub_ring_fit(const struct hub_ring *ring, uint64_t from, uint64_t to, size_t max_events,
                      size_t max_bytes);

static inline struct hub_slot *hub_ring_slot(const struct hub_ring *ring, uint64_t seq)
{
    return &ring->slots[seq & (ring->cap - 1)];
}

/* --- hub_log.c -------------------------------------------------------------------------------- */

/* Sends the fetches that the room wants and may have. */
void hub_room_kick(struct hub *hub, struct hub_room *room);

/* Forgets what was fetched and is in flight; starts again, with an empty ring, behind `last_seq`.
 * Nobody may be joined to it. */
void hub_room_reset(struct hub *hub, struct hub_room *room, uint64_t last_seq);

/* Closes the connections in its lists with 4010, then resets it. */
void hub_room_restart(struct hub *hub, struct hub_room *room, uint64_t last_seq);

/* --- hub_join.c ------------------------------------------------------------------------------- */

/* The lowest seq that a waiting subscription needs. */
static inline uint64_t hub_sub_need(const struct hub_sub *sub)
{
    return (sub->resume ? sub->after : sub->since) + 1;
}

/* Joins those that have nothing more to wait for. */
void hub_room_settle(struct hub *hub, struct hub_room *room);

/* --- hub_sub.c -------------------------------------------------------------------------------- */

/* The ring has changed: wakes who has something to pull, joins who waited, closes who fell out. */
void hub_announce(struct hub *hub, struct hub_room *room);

/* Ends, at the event's seq, the memberships that it ends: of all who are joined, or of one. */
void hub_room_apply_effect(struct hub_room *room, const struct hub_event *event);
void hub_sub_apply_effect(struct hub_sub *sub, const struct hub_event *event);

/* Some subscription of the room; NULL: it has none. */
struct hub_sub *hub_room_any(const struct hub_room *room);

/* It waits no more: one of `joined` from now on. */
void hub_sub_enter(struct hub_sub *sub);

/* Puts a joined subscription into its connection's turn, and wakes that, or takes it out, as its pos
 * says. */
void hub_sub_place(struct hub *hub, struct hub_sub *sub);

/* The conn's subscription of the room, emptied (dropped is called when it was waiting), or a new
 * one; in neither the room's lists nor the conn's turn. NULL: no memory. */
struct hub_sub *hub_sub_renew(struct hub *hub, struct hub_conn *conn, struct hub_room *room);

/* Unlinks and frees; calls dropped when it was waiting. */
void hub_sub_drop(struct hub *hub, struct hub_sub *sub);

void hub_conn_close(struct hub *hub, struct hub_conn *conn, int code);

#endif
