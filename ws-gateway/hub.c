/* hub.c - the hub itself: its table of rooms, what time brings, and which rooms the poll looks at.
 *
 * Every room is in one of four queues, each in the order in which it was last looked at, so what
 * is due stands at the front: FRESH (has its first subscriber, and has not been looked at since), HOT
 * (traffic in the last minute), COLD (subscribers, no traffic) and IDLE (no subscribers, forgotten
 * after linger_ms). Nothing here walks over all rooms.
 */
#include "hub_internal.h"

#include <stdlib.h>

enum {
    FIRST_BUCKET_BITS = 6,
    HOT_FOR_MS = 60 * 1000,
    POLL_FAST_MS = 1000,  /* R6: without bells everything arrives within 1.5 s */
    POLL_SLOW_MS = 10000, /* with bells the poll only mends what a lost bell left behind */
};

struct hub *hub_new(const struct hub_limits *limits, const struct hub_ops *ops, void *ctx)
{
    struct hub *hub = calloc(1, sizeof *hub);

    if (!hub)
        return NULL;
    hub->limits = *limits;
    hub->ops = *ops;
    hub->ctx = ctx;
    hub->tick = 1;
    hub->bucket_bits = FIRST_BUCKET_BITS;
    hub->buckets = calloc((size_t)1 << hub->bucket_bits, sizeof(struct hub_room *));
    if (!hub->buckets) {
        free(hub);
        return NULL;
    }
    for (int q = 0; q < HUB_QUEUES; q++)
        link_init(&hub->queues[q]);
    link_init(&hub->retry);
    return hub;
}

void hub_free(struct hub *hub)
{
    if (!hub)
        return;
    for (int q = HUB_QUEUES - 1; q >= 0; q--) { /* IDLE last: dropping subscribers fills it */
        while (!link_empty(&hub->queues[q])) {
            struct hub_room *room = LINK_OF(hub->queues[q].next, struct hub_room, in_queue);
            struct hub_sub *sub;
            while ((sub = hub_room_any(room)))
                hub_sub_drop(hub, sub);
            hub_room_free(hub, room);
        }
    }
    free(hub->buckets);
    free(hub);
}

const struct hub_counters *hub_counters(const struct hub *hub)
{
    return &hub->counters;
}

/* --- the table of rooms ----------------------------------------------------------------------- */

static struct hub_room **bucket(struct hub_room **buckets, unsigned bits, const struct cs_uuid *id)
{
    return &buckets[cs_uuid_hash(id) >> (64 - bits)]; /* a product's high bits are its mixed ones */
}

struct hub_room *hub_room_get(const struct hub *hub, const struct cs_uuid *id)
{
    struct hub_room *room = *bucket(hub->buckets, hub->bucket_bits, id);

    while (room && !cs_uuid_eq(&room->id, id))
        room = room->chain;
    return room;
}

/* When there is no memory the chains get longer, no more. */
static void widen_table(struct hub *hub)
{
    unsigned bits = hub->bucket_bits + 1;
    struct hub_room **wide = calloc((size_t)1 << bits, sizeof(struct hub_room *));

    if (!wide)
        return;
    for (size_t i = 0; i < (size_t)1 << hub->bucket_bits; i++) {
        struct hub_room *room = hub->buckets[i];
        while (room) {
            struct hub_room *next = room->chain;
            struct hub_room **to = bucket(wide, bits, &room->id);
            room->chain = *to;
            *to = room;
            room = next;
        }
    }
    free(hub->buckets);
    hub->buckets = wide;
    hub->bucket_bits = bits;
}

static void init_room(struct hub *hub, struct hub_room *room, uint64_t last_seq)
{
    room->key = ++hub->last_room_key;
    room->target = last_seq;
    room->floor = room->wake_above = UINT64_MAX;
    room->poll_round = hub->poll_round;
    hub_ring_reset(hub, &room->ring, last_seq + 1);
    link_init(&room->in_retry);
    link_init(&room->in_queue);
    link_init(&room->waiting);
}

struct hub_room *hub_room_make(struct hub *hub, const struct cs_uuid *id, uint64_t last_seq)
{
    struct hub_room *room = hub_room_get(hub, id);

    if (room)
        return room;
    room = calloc(1, sizeof *room);
    if (!room)
        return NULL;
    if (hub->counters.rooms >> hub->bucket_bits)
        widen_table(hub);
    room->id = *id;
    init_room(hub, room, last_seq);
    hub_room_queue(hub, room, HUB_IDLE);
    struct hub_room **at = bucket(hub->buckets, hub->bucket_bits, id);
    room->chain = *at;
    *at = room;
    hub->counters.rooms++;
    return room;
}

void hub_room_free(struct hub *hub, struct hub_room *room)
{
    struct hub_room **at = bucket(hub->buckets, hub->bucket_bits, &room->id);

    while (*at != room)
        at = &(*at)->chain;
    *at = room->chain;
    link_remove(&room->in_queue);
    link_remove(&room->in_retry);
    hub_ring_reset(hub, &room->ring, 0);
    hub_ring_reset(hub, &room->staged, 0);
    hub->counters.rooms--;
    free(room->joined.at);
    free(room);
}

void hub_room_queue(struct hub *hub, struct hub_room *room, enum hub_queue queue)
{
    room->queue = queue;
    room->looked_at_ms = hub->now_ms;
    link_move_before(&room->in_queue, &hub->queues[queue]);
}

/* --- time ------------------------------------------------------------------------------------- */

static void retry_fetches(struct hub *hub)
{
    while (!link_empty(&hub->retry)) {
        struct hub_room *room = LINK_OF(hub->retry.next, struct hub_room, in_retry);
        if (room->retry_at_ms > hub->now_ms)
            return;
        link_remove(&room->in_retry);
        hub_room_kick(hub, room);
    }
}

static void forget_idle_rooms(struct hub *hub)
{
    struct hub_link *idle = &hub->queues[HUB_IDLE];

    while (!link_empty(idle)) {
        struct hub_room *room = LINK_OF(idle->next, struct hub_room, in_queue);
        if (hub->now_ms - room->looked_at_ms < hub->limits.linger_ms)
            return;
        hub_room_free(hub, room);
    }
}

void hub_tick(struct hub *hub, uint64_t now_ms)
{
    hub->now_ms = now_ms;
    hub->tick++;
    retry_fetches(hub);
    forget_idle_rooms(hub);
}

/* --- the poll --------------------------------------------------------------------------------- */

static bool is_due(const struct hub *hub, const struct hub_room *room, uint64_t interval_ms)
{
    return room->poll_round != hub->poll_round || hub->now_ms - room->looked_at_ms >= interval_ms;
}

/* Takes what is due from the front of a queue; it goes to the tail of the one where it belongs. */
static size_t take_due(struct hub *hub, enum hub_queue queue, uint64_t interval_ms,
                       struct hub_due *out, size_t max)
{
    struct hub_link *head = &hub->queues[queue];
    size_t n = 0;

    while (n < max && !link_empty(head)) {
        struct hub_room *room = LINK_OF(head->next, struct hub_room, in_queue);
        if (!is_due(hub, room, interval_ms))
            break;
        bool is_hot = queue == HUB_HOT && hub->now_ms - room->traffic_at_ms < HOT_FOR_MS;
        hub_room_queue(hub, room, is_hot ? HUB_HOT : HUB_COLD);
        room->poll_round = hub->poll_round;
        out[n++] = (struct hub_due){room->id, hub_delivered(room)};
    }
    return n;
}

size_t hub_rooms_due(struct hub *hub, bool bells_ok, struct hub_due *out, size_t max)
{
    size_t n = take_due(hub, HUB_FRESH, 0, out, max);

    n += take_due(hub, HUB_HOT, POLL_FAST_MS, out + n, max - n);
    return n + take_due(hub, HUB_COLD, bells_ok ? POLL_SLOW_MS : POLL_FAST_MS, out + n, max - n);
}

void hub_poll_all(struct hub *hub)
{
    hub->poll_round++;
}
