/* hub_log.c - the one entrance: room R has reached seq S, and how its rows come in.
 *
 * A room has two fetches of its own, at most one of each in flight: `live` reads on behind
 * `delivered`, `back` loads for joins that resume what precedes the ring, or again what is stale in
 * it. They do not wait for each other, so a busy room cannot starve a join nor a join a busy room. An
 * answer is recognised by the id of its fetch; what a forgotten room asked for is thrown away.
 *
 * A hole in the rows, or none where there must be some, cannot happen while the database keeps its
 * log: it has lost its future (restored, failed over) or we have a bug. All who listen start again.
 */
#include "hub_internal.h"

enum { RENEWALS_MAX = 3 };

/* --- taking events in ------------------------------------------------------------------------- */

static void free_events(struct hub *hub, const struct hub_event *events, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hub->ops.event_free(hub->ctx, events[i].payload);
}

/* No fetch is sent before the first tick at or after `at_ms`; a pause that runs stays as it is. */
static void pause_until(struct hub *hub, struct hub_room *room, uint64_t at_ms)
{
    struct hub_link *at = &hub->retry;

    if (!link_empty(&room->in_retry))
        return;
    /* In order of time, from the end: only two delays exist, and the short one is rare. */
    while (at->prev != &hub->retry &&
           LINK_OF(at->prev, struct hub_room, in_retry)->retry_at_ms > at_ms)
        at = at->prev;
    room->retry_at_ms = at_ms;
    link_move_before(&room->in_retry, at);
}

static void note_traffic(struct hub *hub, struct hub_room *room)
{
    room->traffic_at_ms = hub->now_ms;
    if (room->queue == HUB_COLD || room->queue == HUB_FRESH)
        hub_room_queue(hub, room, HUB_HOT);
}

/* Takes the event that follows `delivered`. False: not now (ring full of events that nobody could
 * pull yet, or no memory); the event stays the caller's and will be fetched at the next tick. */
static bool take(struct hub *hub, struct hub_room *room, const struct hub_event *event)
{
    if (room->fresh_tick != hub->tick) {
        room->fresh_tick = hub->tick;
        room->fresh_first = event->seq;
    }
    if (room->target < event->seq)
        room->target = event->seq;
    if (!hub_ring_push(hub, &room->ring, event, room->fresh_first)) {
        room->look = true;
        pause_until(hub, room, hub->now_ms);
        return false;
    }
    hub->counters.events++;
    if (event->changes)
        hub_ring_outdate(&room->ring, event);
    hub_room_apply_effect(room, event);
    note_traffic(hub, room);
    return true;
}

/* --- fetching --------------------------------------------------------------------------------- */

static void send_fetch(struct hub *hub, const struct hub_room *room, struct hub_fetch *fetch,
                       uint64_t after, uint64_t upto)
{
    *fetch = (struct hub_fetch){room->id, ++hub->last_fetch_id, after, upto};
    hub->ops.fetch(hub->ctx, fetch);
}

static void kick_live(struct hub *hub, struct hub_room *room)
{
    if (room->live.id || (room->target <= hub_delivered(room) && !room->look))
        return;
    room->look = false;
    room->live_expect = room->target;
    hub->counters.fetches++;
    send_fetch(hub, room, &room->live, hub_delivered(room), HUB_SEQ_MAX);
}

/* The lowest seq that a join waits for and may get; UINT64_MAX when there is none. */
static uint64_t lowest_need(const struct hub_room *room)
{
    uint64_t low = UINT64_MAX;

    LINK_EACH(at, &room->waiting) {
        const struct hub_sub *sub = LINK_OF(at, struct hub_sub, in_waiting);
        if (!sub->refused && hub_sub_need(sub) < low)
            low = hub_sub_need(sub);
    }
    return low;
}

static void read_back(struct hub *hub, struct hub_room *room, uint64_t after, uint64_t upto)
{
    room->back_low = after;
    room->back_seen = hub_delivered(room);
    hub_ring_reset(hub, &room->staged, after + 1);
    send_fetch(hub, room, &room->back, after, upto);
}

static void kick_back(struct hub *hub, struct hub_room *room)
{
    const struct hub_ring *ring = &room->ring;
    uint64_t low = lowest_need(room);

    if (room->back.id)
        return;
    if (low < ring->first) {
        /* Take a little more than asked, for those who come next. */
        uint64_t least = hub->limits.backfill_events, delivered = hub_delivered(room);
        if (delivered - (low - 1) < least)
            low = delivered > least ? delivered - least + 1 : 1;
        hub->counters.backfills++;
        read_back(hub, room, low - 1, ring->first - 1);
    } else if (low <= ring->stale) {
        hub->counters.renewals++;
        read_back(hub, room, low - 1, ring->stale);
    }
}

void hub_room_kick(struct hub *hub, struct hub_room *room)
{
    if (room->queue == HUB_IDLE || !link_empty(&room->in_retry))
        return;
    kick_live(hub, room);
    kick_back(hub, room);
}

void hub_fetch_failed(struct hub *hub, const struct hub_fetch *fetch)
{
    struct hub_room *room = hub_room_get(hub, &fetch->room);

    if (!room || (fetch->id != room->live.id && fetch->id != room->back.id))
        return;
    if (fetch->id == room->live.id) {
        room->live.id = 0;
        room->look = true;
    } else {
        room->back.id = 0;
        hub_ring_reset(hub, &room->staged, 0);
    }
    hub->counters.fetch_failures++;
    pause_until(hub, room, hub->now_ms + hub->limits.retry_ms);
}

/* --- resync ----------------------------------------------------------------------------------- */

static void close_room(struct hub *hub, struct hub_room *room)
{
    struct hub_sub *sub;

    while ((sub = hub_room_any(room)))
        hub_conn_close(hub, sub->conn, HUB_CLOSE_RESYNC);
}

void hub_room_restart(struct hub *hub, struct hub_room *room, uint64_t last_seq)
{
    hub->counters.gaps++;
    close_room(hub, room);
    hub_room_reset(hub, room, last_seq);
}

void hub_room_reset(struct hub *hub, struct hub_room *room, uint64_t last_seq)
{
    hub_ring_reset(hub, &room->ring, last_seq + 1);
    hub_ring_reset(hub, &room->staged, 0);
    room->key = ++hub->last_room_key;
    room->live.id = room->back.id = 0;
    room->target = last_seq;
    room->look = false;
    room->fresh_tick = 0;
    link_remove(&room->in_retry);
}

static void forget_room(struct hub *hub, struct hub_room *room)
{
    hub->counters.gaps++;
    close_room(hub, room);
    hub_room_free(hub, room);
}

void hub_resync(struct hub *hub)
{
    for (int q = HUB_QUEUES - 1; q >= 0; q--) { /* IDLE last: closing fills it */
        while (!link_empty(&hub->queues[q])) {
            struct hub_room *room = LINK_OF(hub->queues[q].next, struct hub_room, in_queue);
            close_room(hub, room);
            hub_room_free(hub, room);
        }
    }
}

/* --- answers ---------------------------------------------------------------------------------- */

/* Takes what is new; *gap is set at a hole. */
static void take_rows(struct hub *hub, struct hub_room *room, const struct hub_event *events,
                      size_t n, bool *gap)
{
    for (size_t i = 0; i < n; i++) {
        if (events[i].seq <= hub_delivered(room)) {
            free_events(hub, &events[i], 1);
            continue;
        }
        *gap = events[i].seq != room->ring.next;
        if (*gap || !take(hub, room, &events[i])) {
            free_events(hub, &events[i], n - i);
            return;
        }
    }
}

static void live_rows(struct hub *hub, struct hub_room *room, const struct hub_event *events,
                      size_t n)
{
    bool gap = n == 0 && room->live.after < room->live_expect;

    room->live.id = 0;
    take_rows(hub, room, events, n, &gap);
    if (gap) {
        forget_room(hub, room);
        return;
    }
    hub_announce(hub, room);
    hub_room_kick(hub, room);
}

/* Appends to the staged rows. Where the log has a hole below the ring (its oldest rows were
 * retired), only what is above it counts. False: no memory. */
static bool stage_rows(struct hub *hub, struct hub_room *room, const struct hub_event *events,
                       size_t n)
{
    struct hub_ring *staged = &room->staged;

    for (size_t i = 0; i < n; i++) {
        if (events[i].seq < staged->next || events[i].seq > room->back.upto) {
            free_events(hub, &events[i], 1);
            continue;
        }
        if (events[i].seq > staged->next)
            hub_ring_reset(hub, staged, events[i].seq);
        if (!hub_ring_push(hub, staged, &events[i], UINT64_MAX)) {
            free_events(hub, &events[i], n - i);
            return false;
        }
    }
    return true;
}

/* What was staged takes its place, and what has been changed since it was asked for is stale in it.
 * False: no memory. */
static bool merge(struct hub *hub, struct hub_room *room, uint64_t upto)
{
    struct hub_ring *ring = &room->ring, *staged = &room->staged;

    if (upto >= ring->first) {
        if (staged->first == room->back_low + 1 && staged->next > upto)
            ring->stale = room->back_low;
        hub_ring_replace(ring, staged);
        room->key = ++hub->last_room_key; /* what was encoded is not what it says now */
    } else if (staged->next == ring->first && !hub_ring_prepend(hub, ring, staged)) {
        return false;
    }
    /* (Else the ring has moved on; then it is full and nothing fits before it.) */
    uint64_t since = room->back_seen + 1;
    for (uint64_t seq = since > ring->first ? since : ring->first; seq < ring->next; seq++)
        if (hub_ring_slot(ring, seq)->event.changes)
            hub_ring_outdate(ring, &hub_ring_slot(ring, seq)->event);
    return true;
}

/* The rows are in their place: who needs what they were to bring either finds it or is refused. Where
 * messages are changed faster than they can be read, that is after a few attempts. */
static void end_back(struct hub *hub, struct hub_room *room)
{
    hub_ring_reset(hub, &room->staged, 0);
    LINK_EACH(at, &room->waiting) {
        struct hub_sub *sub = LINK_OF(at, struct hub_sub, in_waiting);
        uint64_t need = hub_sub_need(sub);
        if (need <= room->back_low)
            continue;
        sub->refused = need < room->ring.first ||
                       (need <= room->ring.stale && ++sub->renewals == RENEWALS_MAX);
    }
    hub_announce(hub, room);
    hub_room_kick(hub, room);
}

static void back_rows(struct hub *hub, struct hub_room *room, const struct hub_event *events,
                      size_t n)
{
    struct hub_fetch fetch = room->back;
    struct hub_ring *staged = &room->staged;
    bool ok = stage_rows(hub, room, events, n);

    room->back.id = 0;
    if (ok && staged->next > fetch.after + 1 && staged->next <= fetch.upto) {
        send_fetch(hub, room, &room->back, staged->next - 1, fetch.upto);
        return;
    }
    if (ok && merge(hub, room, fetch.upto)) {
        end_back(hub, room);
    } else {
        hub_ring_reset(hub, staged, 0);
        pause_until(hub, room, hub->now_ms + hub->limits.retry_ms);
    }
}

void hub_rows(struct hub *hub, const struct hub_fetch *fetch, const struct hub_event *events,
              size_t n)
{
    struct hub_room *room = hub_room_get(hub, &fetch->room);

    if (room && fetch->id == room->live.id)
        live_rows(hub, room, events, n);
    else if (room && fetch->id == room->back.id)
        back_rows(hub, room, events, n);
    else
        free_events(hub, events, n);
}

/* --- bells, commits, polls -------------------------------------------------------------------- */

static void reached(struct hub *hub, struct hub_room *room, uint64_t seq)
{
    if (seq > room->target)
        room->target = seq;
    room->look |= seq == 0;
    hub_room_kick(hub, room);
}

void hub_reached(struct hub *hub, const struct cs_uuid *id, uint64_t seq)
{
    struct hub_room *room = hub_room_get(hub, id);

    if (room)
        reached(hub, room, seq);
}

void hub_offer(struct hub *hub, const struct cs_uuid *id, const struct hub_event *event)
{
    struct hub_room *room = hub_room_get(hub, id);

    if (!room || event->seq != room->ring.next || !take(hub, room, event)) {
        free_events(hub, event, 1);
    } else {
        hub->counters.offers_taken++;
        link_remove(&room->in_retry); /* the rows behind it may have waited for just this one */
    }
    if (!room)
        return;
    hub_announce(hub, room);
    reached(hub, room, event->seq);
}

void hub_polled(struct hub *hub, const struct hub_due *asked, uint64_t last_seq)
{
    struct hub_room *room = hub_room_get(hub, &asked->room);

    if (!room)
        return;
    hub->counters.polls_found += last_seq > room->target;
    if (last_seq < asked->asked_delivered && last_seq < hub_delivered(room))
        forget_room(hub, room);
    else if (last_seq > 0)
        reached(hub, room, last_seq);
}
