/* hub_sub.c - connections, their subscriptions, and pulling.
 *
 * A room that advances wakes only those who had everything; who is behind already is found again when
 * he pulls. So a burst of events costs one walk over the subscribers, not one per event, and a delivery
 * moves nobody from list to list. Whether somebody has fallen too far behind is asked of `floor`, a
 * lower bound of the positions: all are looked at only when even that might be too far.
 */
#include "cs_line.h"
#include "hub_internal.h"

#include <stdlib.h>

enum { FIRST_PLACES = 4 };

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

static bool reserve(struct hub_subs *subs, size_t n)
{
    size_t cap = subs->cap ? subs->cap : FIRST_PLACES;

    while (cap < n)
        cap *= 2;
    if (cap == subs->cap)
        return true;
    struct hub_sub **at = realloc(subs->at, cap * sizeof(struct hub_sub *));
    if (!at)
        return false;
    subs->at = at;
    subs->cap = cap;
    return true;
}

struct hub_sub *hub_room_any(const struct hub_room *room)
{
    if (room->joined.n)
        return room->joined.at[room->joined.n - 1];
    return link_empty(&room->waiting) ? NULL : LINK_OF(room->waiting.next, struct hub_sub, in_waiting);
}

void hub_sub_enter(struct hub_sub *sub)
{
    struct hub_subs *joined = &sub->room->joined;

    link_remove(&sub->in_waiting);
    sub->waiting = false;
    joined->at[joined->n++] = sub;
    sub->place = joined->n;
}

static void leave_joined(struct hub_sub *sub)
{
    struct hub_subs *joined = &sub->room->joined;
    struct hub_sub *last;

    if (!sub->place)
        return;
    last = joined->at[--joined->n];
    joined->at[sub->place - 1] = last;
    last->place = sub->place;
    sub->place = 0;
}

static struct hub_sub *make(struct hub *hub, struct hub_conn *conn, struct hub_room *room)
{
    struct hub_sub *sub = reserve(&room->joined, room->n_subs + 1) ? cs_line_calloc(sizeof *sub) : NULL;

    if (!sub)
        return NULL;
    sub->room = room;
    sub->conn = conn;
    link_init(&sub->in_waiting);
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
    link_remove(&sub->in_waiting);
    link_remove(&sub->in_turn);
    leave_joined(sub);
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
    for (size_t i = 0; i < room->joined.n; i++)
        hub_sub_apply_effect(room->joined.at[i], event);
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
        if (sub->pos < room->wake_above)
            room->wake_above = sub->pos;
        return;
    }
    if (sub->pos < room->floor)
        room->floor = sub->pos;
    link_move_before(&sub->in_turn, &conn->behind);
    if (!conn->woken) {
        conn->woken = true;
        hub->ops.wake(hub->ctx, conn);
    }
}

static bool is_behind(const struct hub_sub *sub)
{
    return !link_empty(&sub->in_turn);
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
    for (size_t i = room->joined.n; i-- > 0;) { /* backwards: closing moves the last one */
        struct hub_sub *sub = room->joined.at[i];
        if (!is_behind(sub))
            continue;
        if (is_too_far(hub, room, sub->pos))
            hub_conn_close(hub, sub->conn, HUB_CLOSE_SLOW);
        else if (sub->pos < room->floor)
            room->floor = sub->pos;
    }
}

/* The memory of those who are next is on its way while one is woken. */
static void look_ahead(const struct hub_subs *subs, size_t i)
{
    if (i + 16 < subs->n)
        __builtin_prefetch(subs->at[i + 16]);
    if (i + 8 < subs->n) {
        __builtin_prefetch(subs->at[i + 8]->conn);
        __builtin_prefetch((const char *)subs->at[i + 8]->conn + CS_LINE_BYTES); /* for ops->wake */
    }
}

static void wake(struct hub *hub, struct hub_room *room)
{
    if (hub_delivered(room) <= room->wake_above)
        return;
    room->wake_above = UINT64_MAX; /* hub_sub_place lowers it for who is not behind */
    for (size_t i = 0; i < room->joined.n; i++) {
        struct hub_sub *sub = room->joined.at[i];
        look_ahead(&room->joined, i);
        if (!is_behind(sub))
            hub_sub_place(hub, sub);
    }
}

void hub_announce(struct hub *hub, struct hub_room *room)
{
    wake(hub, room);
    hub_room_settle(hub, room);
    close_slow(hub, room);
}

void hub_each(struct hub *hub, const struct cs_uuid *id,
              void (*fn)(struct hub_conn *conn, void *arg), void *arg)
{
    struct hub_room *room = hub_room_get(hub, id);

    if (!room)
        return;
    for (size_t i = 0; i < room->joined.n; i++) {
        const struct hub_sub *sub = room->joined.at[i];
        if (sub->stop == UINT64_MAX) /* else the log has ended it, and he does not know yet */
            fn(sub->conn, arg);
    }
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
