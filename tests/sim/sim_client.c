/* sim_client.c - what clients do and know, and every invariant that can be seen from there.
 *
 * I3  the content at a seq is the table's; to who resumes, as it was when he came back or later
 * I5  each seq of a room once, ascending, without a hole, from where `joined` said
 * I7  nothing to who is no member: nothing above the event that ended his membership, nothing
 *     before what he may see
 * R8  `recovered` only with the same epoch and for the whole gap, within the limits
 *
 * and the contract of hub.h: wake once, every join answered once, closed for a reason only.
 */
#include "sim.h"

#include <stdlib.h>

static struct sim_conn *conn_of(struct hub_conn *hub_conn)
{
    return (struct sim_conn *)(void *)((char *)hub_conn - offsetof(struct sim_conn, hub_conn));
}

/* --- connecting ------------------------------------------------------------------------------- */

void sim_connect(struct sim *sim, int c)
{
    struct sim_conn *conn = &sim->conns[c];

    if (conn->open)
        return;
    struct cs_uuid id = sim_user(conn->user);
    hub_conn_init(&conn->hub_conn, &id);
    conn->open = true;
    conn->life++;
    conn->close_code = 0;
    conn->woken = conn->stalled = false;
}

/* What he saw of a future that is lost and not yet noticed is no position to resume from: he was
 * told the new epoch with it. A caller knows the epoch and resynchronises first. */
static void end_view(const struct sim *sim, struct sim_view *view, int room)
{
    if (sim_is_lost(sim, room))
        view->has_cursor = false;
    view->joined = false;
}

static void end_views(struct sim *sim, struct sim_conn *conn)
{
    for (int r = 0; r < ROOMS; r++)
        end_view(sim, &conn->views[r], r);
}

void sim_disconnect(struct sim *sim, int c)
{
    struct sim_conn *conn = &sim->conns[c];

    if (!conn->open)
        return;
    hub_conn_gone(sim->hub, &conn->hub_conn);
    end_views(sim, conn);
    conn->open = false;
    if (hub_pull(sim->hub, &conn->hub_conn, 1, 1, &(struct hub_span){0}))
        sim_fail(sim, "something to pull for a connection that is gone");
}

/* --- joining ---------------------------------------------------------------------------------- */

void sim_ask_join(struct sim *sim, int c, int r)
{
    struct sim_conn *conn = &sim->conns[c];
    struct sim_view *view = &conn->views[r];
    struct sim_pending *p = conn->open ? sim_send(sim, SIM_JOIN, r) : NULL;

    if (!p)
        return;
    p->conn = c;
    p->life = conn->life;
    p->join.room = sim->rooms[r].id;
    p->join.asked_delivered = hub_ask(sim->hub, &p->join.room);
    if (view->has_cursor && sim_chance(sim, 75)) {
        p->join.resume = true;
        p->join.after = view->cursor;
        p->client_epoch = view->cursor_epoch;
    } else if (sim_chance(sim, 50)) { /* whatever a client may send */
        uint64_t near = sim->rooms[r].last + 3;
        uint64_t back = sim_random(sim, 2 * sim->limits.max_resume_events + 6);
        p->join.resume = true;
        p->join.after = near > back ? near - back : 0;
        p->client_epoch = sim_chance(sim, 85) ? sim->epoch : sim->epoch - 1;
    }
}

void sim_answer_join(struct sim *sim, const struct sim_pending *answer)
{
    struct sim_conn *conn = &sim->conns[answer->conn];

    if (!conn->open || conn->life != answer->life || !answer->is_member)
        return;
    struct sim_ref *ref = malloc(sizeof *ref);
    if (!ref)
        abort();
    sim->refs++;
    *ref = (struct sim_ref){answer->join, answer->conn, answer->client_epoch};
    struct hub_join join = answer->join;
    join.ref = ref;
    end_view(sim, &conn->views[answer->room], answer->room);
    bool proves_loss = !conn->close_code && sim_proves_loss(sim, answer->room, join.last_seq,
                                                            join.asked_delivered);
    if (hub_join(sim->hub, &conn->hub_conn, &join) != CS_OK)
        sim_fail(sim, "a join was refused");
    if (proves_loss)
        sim_check_all_closed(sim, answer->room, answer->conn);
}

bool sim_proves_loss(const struct sim *sim, int r, uint64_t last_seq, uint64_t asked_delivered)
{
    return last_seq < asked_delivered && last_seq < hub_ask(sim->hub, &sim->rooms[r].id);
}

void sim_check_all_closed(const struct sim *sim, int r, int but)
{
    for (int c = 0; c < CONNS; c++)
        if (c != but && sim->conns[c].views[r].joined)
            sim_fail(sim, "connection %d lives on after a lost future", c);
}

static bool may_recover(const struct sim *sim, const struct hub_join *join)
{
    const struct sim_event *log = sim->rooms[sim_room_of(sim, &join->room)].log;
    uint64_t bytes = 0;

    if (!join->resume || !join->epoch_ok || join->after > join->last_seq ||
        join->after + 1 < join->first_seq || join->after + 1 < join->visible_from ||
        join->last_seq < join->asked_delivered ||
        join->last_seq - join->after > sim->limits.max_resume_events)
        return false;
    for (uint64_t seq = join->after + 1; seq <= join->last_seq; seq++)
        bytes += log[seq].bytes;
    return bytes <= sim->limits.max_resume_bytes;
}

static void on_joined(void *ctx, struct hub_conn *hub_conn, const struct hub_joined *joined)
{
    struct sim *sim = ctx;
    struct sim_conn *conn = conn_of(hub_conn);
    struct sim_ref *ref = joined->ref;
    struct sim_view *view = &conn->views[sim_room_of(sim, &joined->room)];

    if (!conn->open || conn->close_code || conn != &sim->conns[ref->conn] ||
        !cs_uuid_eq(&joined->room, &ref->join.room) || joined->last_seq != ref->join.last_seq)
        sim_fail(sim, "joined does not answer the join");
    if (joined->recovered && !may_recover(sim, &ref->join))
        sim_fail(sim, "R8: recovered after %llu of %llu, which may not be",
                 (unsigned long long)ref->join.after, (unsigned long long)ref->join.last_seq);
    if (joined->start != (joined->recovered ? ref->join.after : ref->join.last_seq))
        sim_fail(sim, "R8: starts in the wrong place");
    *view = (struct sim_view){
        .joined = true,
        .next = joined->start + 1,
        .since = joined->last_seq,
        .has_cursor = true,
        .cursor = joined->start,
        .cursor_epoch = ref->epoch,
    };
    free(ref);
    sim->refs--;
}

static void on_dropped(void *ctx, struct hub_conn *hub_conn, const struct cs_uuid *room, void *ref)
{
    struct sim *sim = ctx;

    (void)sim_room_of(sim, room);
    conn_of(hub_conn)->dropped_at = sim->step;
    free(ref);
    sim->refs--;
}

void sim_leave(struct sim *sim, int c, int r)
{
    struct sim_conn *conn = &sim->conns[c];
    bool was_joined = conn->views[r].joined;

    if (!conn->open)
        return;
    end_view(sim, &conn->views[r], r);
    if (!hub_leave(sim->hub, &conn->hub_conn, &sim->rooms[r].id) && was_joined)
        sim_fail(sim, "left a room without having been there");
}

/* --- closing ---------------------------------------------------------------------------------- */

/* Is there a room in which he is so far behind that he may be closed? */
static bool is_slow(const struct sim *sim, const struct sim_conn *conn)
{
    if (sim->limits.total_bytes < HUB_LIMITS_DEFAULT.total_bytes)
        return true; /* short of memory: rings may shrink at any time */
    for (int r = 0; r < ROOMS; r++) {
        const struct sim_view *view = &conn->views[r];
        const struct sim_room *room = &sim->rooms[r];
        uint64_t bytes = 0;
        for (uint64_t seq = view->next; seq <= room->last; seq++)
            bytes += room->log[seq].bytes;
        if (view->joined &&
            (sim_is_lost(sim, r) || room->last + 1 - view->next >= sim->limits.ring_events ||
             bytes > sim->limits.max_lag_bytes || bytes > sim->limits.ring_bytes))
            return true;
    }
    return false;
}

static void on_close(void *ctx, struct hub_conn *hub_conn, int code)
{
    struct sim *sim = ctx;
    struct sim_conn *conn = conn_of(hub_conn);
    bool upset = sim->resyncing || (sim->upset_at && sim->step - sim->upset_at < 20000);

    if (!conn->open || conn->close_code)
        sim_fail(sim, "closed twice");
    if (code == HUB_CLOSE_SLOW && !is_slow(sim, conn))
        sim_fail(sim, "R10: a reader was closed who is not slow");
    if (code == HUB_CLOSE_RESYNC && !upset && conn->dropped_at != sim->step)
        sim_fail(sim, "I4: a gap where there is none");
    conn->close_code = code;
    end_views(sim, conn);
    for (int r = 0; r < ROOMS && code == HUB_CLOSE_RESYNC; r++)
        conn->views[r].has_cursor = false; /* which is what 4010 says */
}

/* --- receiving -------------------------------------------------------------------------------- */

static void on_wake(void *ctx, struct hub_conn *hub_conn)
{
    struct sim_conn *conn = conn_of(hub_conn);

    if (conn->woken || !conn->open || conn->close_code)
        sim_fail(ctx, "woken twice, or after the end");
    conn->woken = true;
}

static void on_left(void *ctx, struct hub_conn *hub_conn, const struct cs_uuid *room)
{
    struct sim *sim = ctx;
    struct sim_view *view = &conn_of(hub_conn)->views[sim_room_of(sim, room)];

    if (!view->joined || !view->ended)
        sim_fail(sim, "left without the event that says so");
    view->joined = false;
}

/* Of what he missed he must not hear what was taken back before he returned. */
static bool is_outdated(const struct sim_room *room, uint64_t seq, uint64_t since,
                        const struct sim_payload *payload)
{
    uint64_t message = room->log[seq].shows;

    if (payload->visible_rev == room->visible_rev &&
        (!message || payload->rev >= room->log[message].rev))
        return false;
    for (uint64_t at = seq + 1; at <= since; at++) {
        uint64_t changes = room->log[at].changes;
        if ((changes == HUB_EVERY_MESSAGE && payload->visible_rev < at) ||
            (changes && changes == message && payload->rev < at))
            return true;
    }
    return false;
}

static void receive(struct sim *sim, struct sim_conn *conn, int r, const struct hub_event *event)
{
    struct sim_view *view = &conn->views[r];
    const struct sim_room *room = &sim->rooms[r];

    if (view->ended)
        sim_fail(sim, "I7: %llu after the end of the membership", (unsigned long long)event->seq);
    if (event->seq != view->next)
        sim_fail(sim, "I5: %llu in place of %llu", (unsigned long long)event->seq,
                 (unsigned long long)view->next);
    if (event->seq > room->last && !sim_is_lost(sim, r))
        sim_fail(sim, "I3: %llu is not in the table", (unsigned long long)event->seq);
    const struct sim_event *row = &room->log[event->seq];
    const struct sim_payload *payload = event->payload;
    if (!payload || payload->content != row->content)
        sim_fail(sim, "I3: %llu has other content", (unsigned long long)event->seq);
    if (is_outdated(room, event->seq, view->since, payload))
        sim_fail(sim, "I3: %llu shows what was changed before %llu", (unsigned long long)event->seq,
                 (unsigned long long)view->since);
    view->next++;
    view->cursor = event->seq;
    view->ended = event->seq > view->since &&
                  (row->effect == HUB_ROOM_DELETED ||
                   (row->effect == HUB_MEMBER_LEFT && row->subject == conn->user));
}

static void receive_span(struct sim *sim, struct sim_conn *conn, const struct hub_span *span,
                         size_t max_events, size_t max_bytes)
{
    int r = sim_room_of(sim, &span->room_id);
    uint64_t bytes = 0;

    if (!conn->views[r].joined)
        sim_fail(sim, "I7: something of a room that was not joined");
    if (span->to < span->from || span->to - span->from >= max_events)
        sim_fail(sim, "a span of the wrong size");
    for (uint64_t i = 0; i <= span->to - span->from; i++) {
        bytes += hub_span_event(span, i)->bytes;
        receive(sim, conn, r, hub_span_event(span, i));
    }
    if (bytes != span->bytes || (bytes > max_bytes && span->to > span->from))
        sim_fail(sim, "a span of %llu bytes", (unsigned long long)bytes);
    hub_advance(sim->hub, span);
    if (conn->views[r].ended && conn->views[r].joined)
        sim_fail(sim, "still subscribed after the end of the membership");
}

void sim_pump(struct sim *sim, int c, unsigned spans)
{
    struct sim_conn *conn = &sim->conns[c];

    while (spans-- && conn->open && conn->woken) {
        struct hub_span span;
        size_t max_events = 1 + sim_random(sim, 8), max_bytes = sim_random(sim, 400);
        if (hub_pull(sim->hub, &conn->hub_conn, max_events, max_bytes, &span))
            receive_span(sim, conn, &span, max_events, max_bytes);
        else
            conn->woken = false;
    }
}

void sim_check_rest(const struct sim *sim)
{
    if (sim->refs)
        sim_fail(sim, "%llu joins are still waiting", (unsigned long long)sim->refs);
    for (int c = 0; c < CONNS; c++) {
        for (int r = 0; r < ROOMS; r++) {
            const struct sim_view *view = &sim->conns[c].views[r];
            if (view->joined && view->next != sim->rooms[r].last + 1)
                sim_fail(sim, "R6: connection %d stands at %llu of %llu in room %d", c,
                         (unsigned long long)view->next - 1,
                         (unsigned long long)sim->rooms[r].last, r);
        }
    }
}

const struct hub_ops sim_ops = {
    .fetch = sim_fetch,
    .wake = on_wake,
    .close = on_close,
    .joined = on_joined,
    .dropped = on_dropped,
    .left = on_left,
    .event_free = sim_payload_free,
};
