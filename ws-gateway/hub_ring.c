/* hub_ring.c - recent events of one room, without a hole, addressed by their seq.
 *
 * The slots grow by doubling up to what the limit of events asks for, so a quiet room stays small.
 * Running byte totals make the size of any span a subtraction. Nothing here knows subscribers.
 */
#include "hub_internal.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 16 };

static uint64_t count(const struct hub_ring *ring)
{
    return ring->next - ring->first;
}

static void evict(struct hub *hub, struct hub_ring *ring)
{
    struct hub_event *event = &hub_ring_slot(ring, ring->first)->event;

    hub->counters.ring_bytes -= event->bytes;
    hub->counters.ring_events--;
    hub->ops.event_free(hub->ctx, event->payload);
    ring->first++;
}

void hub_ring_reset(struct hub *hub, struct hub_ring *ring, uint64_t next)
{
    while (count(ring))
        evict(hub, ring);
    free(ring->slots);
    *ring = (struct hub_ring){.first = next, .next = next};
}

uint64_t hub_ring_bytes(const struct hub_ring *ring, uint64_t from, uint64_t to)
{
    if (from > to)
        return 0;
    const struct hub_slot *first = hub_ring_slot(ring, from);
    return hub_ring_slot(ring, to)->end_bytes - first->end_bytes + first->event.bytes;
}

static bool fits(const struct hub *hub, const struct hub_ring *ring, uint32_t more_bytes)
{
    /* An eighth while memory is short: the rooms with traffic shrink to it, the others follow when
     * they get some. */
    bool is_short = hub->counters.ring_bytes + more_bytes > hub->limits.total_bytes;
    uint64_t max_bytes = is_short ? hub->limits.ring_bytes / 8 : hub->limits.ring_bytes;

    if (!count(ring))
        return true;
    return count(ring) < hub->limits.ring_events &&
           hub_ring_bytes(ring, ring->first, ring->next - 1) + more_bytes <= max_bytes;
}

/* Takes over the events of `ring` into at least `min_slots` slots. */
static bool resize(struct hub_ring *ring, uint64_t min_slots)
{
    struct hub_ring wide = *ring;

    wide.cap = ring->cap ? ring->cap : FIRST_SLOTS;
    while (wide.cap < min_slots)
        wide.cap *= 2;
    wide.slots = calloc(wide.cap, sizeof *wide.slots);
    if (!wide.slots)
        return false;
    for (uint64_t seq = ring->first; seq < ring->next; seq++)
        *hub_ring_slot(&wide, seq) = *hub_ring_slot(ring, seq);
    free(ring->slots);
    *ring = wide;
    return true;
}

static void append(struct hub_ring *ring, const struct hub_event *event)
{
    ring->end_bytes += event->bytes;
    *hub_ring_slot(ring, ring->next++) =
        (struct hub_slot){.event = *event, .end_bytes = ring->end_bytes};
}

bool hub_ring_push(struct hub *hub, struct hub_ring *ring, const struct hub_event *event,
                   uint64_t pinned)
{
    while (!fits(hub, ring, event->bytes)) {
        if (ring->first >= pinned)
            return false;
        evict(hub, ring);
        ring->evicted = true;
    }
    if (count(ring) == ring->cap && !resize(ring, count(ring) + 1))
        return false;
    append(ring, event);
    hub->counters.ring_bytes += event->bytes;
    hub->counters.ring_events++;
    return true;
}

/* So that both rings together keep to the limits; the newer one keeps to them alone. */
static void trim_staged(struct hub *hub, const struct hub_ring *ring, struct hub_ring *staged)
{
    uint64_t bytes = hub_ring_bytes(ring, ring->first, ring->next - 1);

    while (count(staged) &&
           (count(staged) + count(ring) > hub->limits.ring_events ||
            bytes + hub_ring_bytes(staged, staged->first, staged->next - 1) >
                hub->limits.ring_bytes)) {
        evict(hub, staged);
        staged->evicted = true;
    }
}

bool hub_ring_prepend(struct hub *hub, struct hub_ring *ring, struct hub_ring *staged)
{
    trim_staged(hub, ring, staged);
    if (count(staged) + count(ring) > staged->cap && !resize(staged, count(staged) + count(ring)))
        return false;
    for (uint64_t seq = ring->first; seq < ring->next; seq++)
        append(staged, &hub_ring_slot(ring, seq)->event);
    free(ring->slots);
    staged->evicted |= ring->evicted;
    staged->stale = ring->stale;
    *ring = *staged;
    *staged = (struct hub_ring){0};
    return true;
}

void hub_ring_outdate(struct hub_ring *ring, const struct hub_event *by)
{
    if (by->changes == HUB_EVERY_MESSAGE) {
        ring->stale = by->seq - 1;
        return;
    }
    /* No event before a message shows it; and only the last one that does matters. */
    uint64_t low = by->changes > ring->first ? by->changes : ring->first;
    for (uint64_t seq = by->seq - 1; seq >= low && seq > ring->stale; seq--) {
        const struct hub_event *e = &hub_ring_slot(ring, seq)->event;
        if (e->shows == by->changes && e->rev < by->seq)
            ring->stale = seq;
    }
}

void hub_ring_replace(struct hub_ring *ring, struct hub_ring *staged)
{
    uint64_t from = staged->first > ring->first ? staged->first : ring->first;

    if (from >= ring->next)
        return;
    uint64_t end = hub_ring_slot(ring, from)->end_bytes - hub_ring_slot(ring, from)->event.bytes;
    for (uint64_t seq = from; seq < ring->next; seq++) {
        struct hub_slot *slot = hub_ring_slot(ring, seq);
        if (seq < staged->next) {
            struct hub_event *fresh = &hub_ring_slot(staged, seq)->event, old = slot->event;
            slot->event = *fresh;
            *fresh = old;
        }
        end += slot->event.bytes;
        slot->end_bytes = end;
    }
    ring->end_bytes = end;
}

uint64_t hub_ring_fit(const struct hub_ring *ring, uint64_t from, uint64_t to, size_t max_events,
                      size_t max_bytes)
{
    if (to - from >= max_events)
        to = max_events ? from + max_events - 1 : from;
    if (hub_ring_bytes(ring, from, to) <= max_bytes)
        return to;
    /* from..low fits or is the one event that always goes; from..to does not */
    uint64_t low = from;
    while (to - low > 1) {
        uint64_t mid = low + (to - low) / 2;
        if (hub_ring_bytes(ring, from, mid) <= max_bytes)
            low = mid;
        else
            to = mid;
    }
    return low;
}
