/* hub_join.c - who starts where, and what he has to wait for.
 *
 * The join statement read membership, epoch and last_seq in one snapshot, so the subscription
 * starts at that last_seq, not at what the hub has delivered: between the two the log may end the
 * membership, or hold events that he has not seen. A resume starts earlier, at `after`, if and only
 * if everything from there to last_seq can be replayed: never a part.
 *
 * Three things may be missing: rows up to last_seq, which the hub has not reached yet, rows before the
 * ring, and rows in the ring that show what has been changed since; these are read again. The subscription
 * waits in its room's `waiting` list; each change of the ring judges those again.
 */
#include "hub_internal.h"

/* What can be said from the statement's answer alone; the size in bytes is judged later. */
static bool may_resume(const struct hub *hub, const struct hub_join *join)
{
    if (!join->resume || !join->epoch_ok)
        return false;
    /* A position above the room's last is from a future that was lost, or invented. */
    if (join->after > join->last_seq || join->last_seq < join->asked_delivered)
        return false;
    if (join->after + 1 < join->first_seq || join->after + 1 < join->visible_from)
        return false;
    return join->last_seq - join->after <= hub->limits.max_resume_events;
}

static void give_up_resume(struct hub *hub, struct hub_sub *sub)
{
    sub->resume = false;
    hub->counters.joins_not_recovered++;
}

enum verdict { WAITS, JOINS, OUT_OF_REACH };

static enum verdict judge(struct hub *hub, struct hub_sub *sub)
{
    const struct hub_ring *ring = &sub->room->ring;
    bool can_extend = !sub->refused && !ring->evicted;

    if (sub->resume) {
        bool reaches = hub_sub_need(sub) >= ring->first;
        bool stale = reaches && hub_sub_need(sub) <= ring->stale;
        if (reaches ? sub->since >= ring->next || (stale && !sub->refused) : can_extend)
            return WAITS;
        if (!reaches || stale ||
            hub_ring_bytes(ring, sub->after + 1, sub->since) > hub->limits.max_resume_bytes)
            give_up_resume(hub, sub);
    }
    if (hub_sub_need(sub) >= ring->first)
        return JOINS;
    return can_extend ? WAITS : OUT_OF_REACH;
}

static void start(struct hub *hub, struct hub_sub *sub)
{
    const struct hub_ring *ring = &sub->room->ring;
    struct hub_joined joined = {
        .room = sub->room->id,
        .ref = sub->ref,
        .last_seq = sub->since,
        .start = hub_sub_need(sub) - 1,
        .recovered = sub->resume,
    };

    hub_sub_enter(sub);
    sub->pos = joined.start;
    for (uint64_t seq = sub->since + 1; seq < ring->next; seq++)
        hub_sub_apply_effect(sub, &hub_ring_slot(ring, seq)->event);
    if (joined.recovered)
        *(sub->waited ? &hub->counters.joins_from_table : &hub->counters.joins_from_ring) += 1;
    hub->ops.joined(hub->ctx, sub->conn, &joined);
    hub_sub_place(hub, sub);
}

static void settle(struct hub *hub, struct hub_sub *sub)
{
    switch (judge(hub, sub)) {
    case WAITS:
        sub->waited = true;
        break;
    case JOINS:
        start(hub, sub);
        break;
    case OUT_OF_REACH:
        hub_conn_close(hub, sub->conn, HUB_CLOSE_RESYNC);
        break;
    }
}

void hub_room_settle(struct hub *hub, struct hub_room *room)
{
    LINK_EACH(at, &room->waiting)
        settle(hub, LINK_OF(at, struct hub_sub, in_waiting));
}

uint64_t hub_ask(const struct hub *hub, const struct cs_uuid *id)
{
    const struct hub_room *room = hub_room_get(hub, id);

    return room ? hub_delivered(room) : 0;
}

static void enter(struct hub *hub, struct hub_sub *sub, const struct hub_join *join)
{
    struct hub_room *room = sub->room;

    sub->stop = UINT64_MAX;
    sub->since = join->last_seq;
    sub->after = join->after;
    sub->ref = join->ref;
    sub->waiting = true;
    sub->refused = false;
    sub->waited = false;
    sub->renewals = 0;
    sub->resume = may_resume(hub, join);
    if (join->resume && !sub->resume)
        hub->counters.joins_not_recovered++;
    if (room->target < join->last_seq)
        room->target = join->last_seq;
    link_move_before(&sub->in_waiting, &room->waiting);
    settle(hub, sub);
    hub_room_kick(hub, room);
}

enum cs_rc hub_join(struct hub *hub, struct hub_conn *conn, const struct hub_join *join)
{
    if (conn->closed) {
        hub->ops.dropped(hub->ctx, conn, &join->room, join->ref);
        return CS_OK;
    }
    struct hub_room *room = hub_room_make(hub, &join->room, join->last_seq);
    struct hub_sub *sub = room ? hub_sub_renew(hub, conn, room) : NULL;
    if (!sub)
        return CS_E_NO_MEMORY;

    hub->counters.joins++;
    if (join->last_seq < join->asked_delivered && join->last_seq < hub_delivered(room))
        hub_room_restart(hub, room, join->last_seq);
    else if (room->n_subs == 1 &&
             join->last_seq > hub_delivered(room) + hub->limits.max_resume_events)
        hub_room_reset(hub, room, join->last_seq); /* it has slept: what lies between is nobody's */
    enter(hub, sub, join);
    return CS_OK;
}
