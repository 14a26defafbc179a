/* hub_sub.c - connections, their subscriptions, and pulling.
 *
 * A room that advances touches only those who had everything (`current`); who is behind already is
 * found again when he pulls. So a burst of events costs one step per subscriber, not one per event.
 * Whether somebody has fallen too far behind is asked of `floor`, a lower bound of all positions in
 * `behind`: the list is walked only when even that might be too far.
 */
#include "hub_internal.h"

#include <stdlib.h>

/* --- connections ------------------------------------------------------------------------------ */

void hub_conn_init(struct hub_conn *conn, const struct cs_uuid *user)
{
    *conn = (struct hub_conn){.user = *user};
    link_init(&conn->subs);
    link_init(&conn->behind);
}

void hub_conn_gone(struct hub *hub, struct hub_conn *conn)
{
    conn->closed = true;
    LINK_EACH(at, &conn->subs)
        hub_sub_drop(hub, LINK_OF(at, struct hub_sub, in_conn));
}

void hub_conn_close(struct hub *hub, struct hub_conn *conn, int code)
{
    if (code == HUB_CLOSE_SLOW)
        hub->counters.slow_closes++;
    else
        hub->counters.resync_closes++;
    hub_conn_gone(hub, conn);
    hub->ops.close(hub->ctx, conn, code);
}

/* --- subscriptions ---------------------------------------------------------------------------- */

static struct hub_sub *find(const struct hub_conn *conn, const struct hub_room *room)
{
    LINK_EACH(at, &conn->subs) {
        struct hub_sub *sub = LINK_OF(at, struct hub_sub, in_conn);
        if (sub->room == room)
            return sub;
    }
    return NULL;
}

static struct hub_sub *make(struct hub *hub, struct hub_conn *conn, struct hub_room *room)
{
    struct hub_sub *sub = calloc(1, sizeof *sub);

    if (!sub)
        return NULL;
    sub->room = room;
    sub->conn = conn;
    link_init(&sub->in_room);
    link_init(&sub->in_conn);
    link_init(&sub->in_turn);
    link_move_before(&sub->in_conn, &conn->subs);
    hub->counters.subs++;
    if (room->n_subs++ == 0)
        hub_room_queue(hub, room, HUB_FRESH);
    return sub;
}

static void leave_lists(struct hub *hub, struct hub_sub *sub)
{
    if (sub->waiting)
        hub->ops.dropped(hub->ctx, sub->conn, &sub->room->id, sub->ref);
    sub->waiting = false;
    link_remove(&sub->in_room);
    link_remove(&sub->in_turn);
}

struct hub_sub *hub_sub_renew(struct hub *hub, struct hub_conn *conn, struct hub_room *room)
{
    struct hub_sub *sub = find(conn, room);

    if (!sub)
        return make(hub, conn, room);
    leave_lists(hub, sub);
    return sub;
}

void hub_sub_drop(struct hub *hub, struct hub_sub *sub)
{
    struct hub_room *room = sub->room;

    leave_lists(hub, sub);
    link_remove(&sub->in_conn);
    free(sub);
    hub->counters.subs--;
    if (--room->n_subs == 0)
        hub_room_queue(hub, room, HUB_IDLE);
}

bool hub_leave(struct hub *hub, struct hub_conn *conn, const struct cs_uuid *id)
{
    struct hub_room *room = hub_room_get(hub, id);
    struct hub_sub *sub = room ? find(conn, room) : NULL;

    if (sub)
        hub_sub_drop(hub, sub);
    return sub != NULL;
}

void hub_sub_apply_effect(struct hub_sub *sub, const struct hub_event *event)
{
    bool ends = event->effect == HUB_ROOM_DELETED ||
                (event->effect == HUB_MEMBER_LEFT && cs_uuid_eq(&event->subject, &sub->conn->user));

    /* What the join statement has seen is in its answer: he may have come back since. */
    if (ends && event->seq > sub->since && event->seq < sub->stop)
        sub->stop = event->seq;
}

void hub_room_apply_effect(struct hub_room *room, const struct hub_event *event)
{
    if (event->effect == HUB_NO_EFFECT)
        return;
    LINK_EACH(at, &room->current)
        hub_sub_apply_effect(LINK_OF(at, struct hub_sub, in_room), event);
    LINK_EACH(at, &room->behind)
        hub_sub_apply_effect(LINK_OF(at, struct hub_sub, in_room), event);
}

/* --- waking and closing ----------------------------------------------------------------------- */

/* The last seq that it may be given now. */
static uint64_t end_of(const struct hub_sub *sub)
{
    uint64_t delivered = hub_delivered(sub->room);

    return sub->stop < delivered ? sub->stop : delivered;
}

void hub_sub_place(struct hub *hub, struct hub_sub *sub)
{
    struct hub_room *room = sub->room;
    struct hub_conn *conn = sub->conn;

    if (sub->pos >= end_of(sub)) {
        link_remove(&sub->in_turn);
        link_move_before(&sub->in_room, &room->current);
        return;
    }
    if (sub->pos < room->floor)
        room->floor = sub->pos;
    link_move_before(&sub->in_room, &room->behind);
    link_move_before(&sub->in_turn, &conn->behind);
    if (!conn->woken) {
        conn->woken = true;
        hub->ops.wake(hub->ctx, conn);
    }
}

static bool is_too_far(const struct hub *hub, const struct hub_room *room, uint64_t pos)
{
    uint64_t delivered = hub_delivered(room);

    if (pos >= delivered)
        return false;
    if (pos + 1 < room->ring.first)
        return true;
    /* One event alone is never too much. */
    return pos + 1 < delivered &&
           hub_ring_bytes(&room->ring, pos + 1, delivered) > hub->limits.max_lag_bytes;
}

static void close_slow(struct hub *hub, struct hub_room *room)
{
    if (!is_too_far(hub, room, room->floor))
        return;
    room->floor = UINT64_MAX;
    LINK_EACH(at, &room->behind) {
        struct hub_sub *sub = LINK_OF(at, struct hub_sub, in_room);
        if (is_too_far(hub, room, sub->pos))
            hub_conn_close(hub, sub->conn, HUB_CLOSE_SLOW);
        else if (sub->pos < room->floor)
            room->floor = sub->pos;
    }
}

void hub_announce(struct hub *hub, struct hub_room *room)
{
    LINK_EACH(at, &room->current) {
        struct hub_sub *sub = LINK_OF(at, struct hub_sub, in_room);
        if (sub->pos < end_of(sub))
            hub_sub_place(hub, sub);
    }
    hub_room_settle(hub, room);
    close_slow(hub, room);
}

static void each_in(struct hub_link *list, void (*fn)(struct hub_conn *conn, void *arg), void *arg)
{
    LINK_EACH(at, list) {
        struct hub_sub *sub = LINK_OF(at, struct hub_sub, in_room);
        if (sub->stop == UINT64_MAX) /* else the log has ended it, and he does not know yet */
            fn(sub->conn, arg);
    }
}

void hub_each(struct hub *hub, const struct cs_uuid *id,
              void (*fn)(struct hub_conn *conn, void *arg), void *arg)
{
    struct hub_room *room = hub_room_get(hub, id);

    if (!room)
        return;
    each_in(&room->current, fn, arg);
    each_in(&room->behind, fn, arg);
}

/* --- pulling ---------------------------------------------------------------------------------- */

bool hub_pull(struct hub *hub, struct hub_conn *conn, size_t max_events, size_t max_bytes,
              struct hub_span *span)
{
    (void)hub;
    if (link_empty(&conn->behind)) {
        conn->woken = false;
        return false;
    }
    struct hub_sub *sub = LINK_OF(conn->behind.next, struct hub_sub, in_turn);
    const struct hub_room *room = sub->room;
    uint64_t from = sub->pos + 1;
    uint64_t to = hub_ring_fit(&room->ring, from, end_of(sub), max_events, max_bytes);

    *span = (struct hub_span){
        .sub = sub,
        .room_id = room->id,
        .room_key = room->key,
        .from = from,
        .to = to,
        .bytes = hub_ring_bytes(&room->ring, from, to),
        .since = sub->since,
    };
    return true;
}

const struct hub_event *hub_span_event(const struct hub_span *span, size_t i)
{
    return &hub_ring_slot(&span->sub->room->ring, span->from + i)->event;
}

void hub_advance(struct hub *hub, const struct hub_span *span)
{
    struct hub_sub *sub = span->sub;
    struct hub_conn *conn = sub->conn;

    hub->counters.deliveries += span->to - span->from + 1;
    sub->pos = span->to;
    if (sub->pos < sub->stop) {
        hub_sub_place(hub, sub); /* behind its conn's other rooms, when there is more */
        return;
    }
    hub_sub_drop(hub, sub);
    hub->ops.left(hub->ctx, conn, &span->room_id);
}
