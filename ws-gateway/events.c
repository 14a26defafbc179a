/* events.c - see events.h: what is asked for, and the rooms; sending is in events_out.c. */
#include "events_internal.h"

#include "cs_clock.h"
#include "cs_parse.h"
#include "dialect.h"
#include "fanout.h"
#include "op.h"
#include "userlog.h"

enum { WAIT_MAX_S = 25 }; /* less than web servers and load balancers wait */

/* --- opening ---------------------------------------------------------------------------------- */

void events_end_with(struct conn *c, const struct cs_err *err)
{
    ws_stream_refuse(c->sock, err);
    conn_close(c, 1008, "refused"); /* it has been told why */
}

static size_t count_of(struct cs_str list)
{
    size_t n = 0;

    for (; list.p; n++)
        (void)cs_str_split(&list, ',');
    return n;
}

static bool is_wanted(const struct events *e, const struct cs_uuid *room)
{
    for (size_t i = 0; i < e->nrooms; i++)
        if (cs_uuid_eq(&e->rooms[i], room))
            return true;
    return false;
}

static enum cs_rc read_rooms(struct events *e, struct cs_str list, struct cs_err *err)
{
    struct cs_uuid room;

    while (list.p) {
        if (!cs_uuid_parse(cs_str_split(&list, ','), &room))
            return cs_fail_field(err, "rooms", "must be ids of rooms with commas between them");
        if (!is_wanted(e, &room))
            e->rooms[e->nrooms++] = room;
    }
    return CS_OK;
}

static enum cs_rc read_wait(struct conn *c, const struct ws_events *req, struct cs_err *err)
{
    uint64_t s = WAIT_MAX_S, ms = (uint64_t)c->gw->cfg.ping_ms;
    struct events *e = c->events;

    e->poll = req->json || req->wait.p;
    if (req->wait.p && !cs_parse_u64(req->wait, 0, WAIT_MAX_S, &s))
        return cs_fail_field(err, "wait", "must be 0 to %d seconds", WAIT_MAX_S);
    e->next_ms = cs_clock_mono_ms() + (e->poll ? s * 1000 : ms);
    return CS_OK;
}

static enum cs_rc read_all(struct conn *c, const struct ws_events *req, struct cs_err *err)
{
    struct events *e = c->events;
    enum cs_rc rc;

    e->all = cs_str_is(req->rooms, "all");
    if (!req->rooms.p)
        return cs_fail_field(err, "rooms", "must name at least one room, or all");
    rc = e->all ? CS_OK : read_rooms(e, req->rooms, err);
    return rc == CS_OK ? read_wait(c, req, err) : rc;
}

/* What is wrong with the request is kept: it is said to who may ask (events_enter). */
static enum cs_rc make(struct conn *c, const struct ws_events *req, struct cs_err *err)
{
    size_t n = count_of(req->rooms), max = CURSOR_ROOMS_MAX;
    struct events *e;

    if ((int64_t)max > c->gw->cfg.rooms_per_socket)
        max = (size_t)c->gw->cfg.rooms_per_socket;
    e = calloc(1, sizeof *e + (n <= max ? n : 0) * sizeof *e->rooms);
    if (!e)
        return cs_fail(err, CS_E_NO_MEMORY);
    c->events = e;
    e->next_ms = cs_clock_mono_ms() + (uint64_t)c->gw->cfg.ping_ms;
    /* what is no cursor of ours cannot be taken back by an EventSource: as good as none */
    (void)cursor_parse(req->last_id, &e->at);
    if (n > max)
        (void)cs_fail_detail(&e->refused, CS_E_LIMIT, "At most %zu rooms may be heard at once", max);
    else
        (void)read_all(c, req, &e->refused);
    return CS_OK;
}

void *events_open(void *ctx, struct ws_sock *sock, const struct ws_events *req)
{
    struct conn *c = conn_open(ctx, sock);
    struct cs_err err;

    if (!c)
        return NULL;
    enum cs_rc rc = make(c, req, &err);
    conn_decide(c, rc == CS_OK && c->events->poll ? &dialect_poll : &dialect_sse);
    if (rc != CS_OK)
        events_end_with(c, &err);
    else if (req->who.ticket.len)
        op_take_ticket(c, req->who.ticket);
    else if (req->who.token.len)
        op_authenticate(c, "", req->who.token, NULL);
    else
        conn_close(c, 1008, "a token is required");
    return c;
}

bool events_owed(const struct conn *c)
{
    return c->events && (c->events->poll || !c->events->begun);
}

void events_free(struct conn *c)
{
    free(c->events);
    c->events = NULL;
}

/* --- its rooms -------------------------------------------------------------------------------- */

bool events_place(const struct conn *c, const struct cs_uuid *room, uint64_t *after)
{
    const struct cursor_at *at = c->events ? cursor_find(&c->events->at, room) : NULL;

    if (at)
        *after = at->seq;
    return at != NULL;
}

static void keep(struct conn *c, struct cursor *kept, const struct cs_uuid *room)
{
    uint64_t seq;

    if (events_place(c, room, &seq))
        (void)cursor_set(kept, room, seq);
}

/* Positions in another epoch, and in rooms that are not asked for, are nothing here. */
static void keep_what_counts(struct conn *c)
{
    struct events *e = c->events;
    struct cursor kept = {.epoch = cursor_epoch(c->gw->epoch)};

    if (e->at.epoch == kept.epoch && e->all)
        return;
    for (size_t i = 0; i < e->nrooms && e->at.epoch == kept.epoch; i++)
        keep(c, &kept, &e->rooms[i]);
    if (e->at.epoch == kept.epoch)
        keep(c, &kept, &c->hub.user);
    e->at = kept;
}

static void join_wanted(struct conn *c)
{
    struct events *e = c->events;
    uint64_t after = 0;

    e->pending = (int)e->nrooms;
    for (size_t i = 0; i < e->nrooms && c->state == CONN_READY; i++) {
        bool known = events_place(c, &e->rooms[i], &after);
        op_join_room(c, "", &e->rooms[i], known ? (int64_t)after : -1, cs_str_c(c->gw->epoch));
    }
}

void events_user(struct conn *c, uint64_t useq)
{
    if (c->events && c->person)
        (void)cursor_set(&c->events->at, &c->hub.user, useq);
}

static void enter_log(struct conn *c)
{
    uint64_t after;

    if (events_place(c, &c->hub.user, &after))
        (void)userlog_resume(c, after, c->gw->epoch);
    events_user(c, c->user_log.pos);
}

void events_enter(struct conn *c)
{
    if (c->events->refused.rc != CS_OK) {
        events_end_with(c, &c->events->refused);
        return;
    }
    keep_what_counts(c);
    enter_log(c);
    if (!c->events->all) {
        join_wanted(c);
        return;
    }
    c->events->pending = 1;
    op_join_every(c, "", false);
}

static void settled(struct conn *c)
{
    c->events->pending--;
    conn_mark(c);
}

void events_joined(struct conn *c, const struct hub_joined *joined)
{
    if (!c->events)
        return;
    (void)cursor_set(&c->events->at, &joined->room, joined->start); /* (op_join_place: it has room) */
    c->events->joined++;
    if (c->events->all)
        conn_mark(c);
    else
        settled(c);
}

/* What the client had of rooms that are his no longer goes. */
bool events_all_joined(struct conn *c, const struct cs_err *err)
{
    struct events *e = c->events;

    if (!e)
        return false;
    if (err)
        events_end_with(c, err);
    struct cursor kept = {.epoch = e->at.epoch};
    for (const struct conn_room *r = c->rooms; r; r = r->next)
        keep(c, &kept, &r->id);
    keep(c, &kept, &c->hub.user);
    e->at = kept;
    settled(c);
    return true;
}

static void put_refusal(struct conn *c, const struct cs_uuid *room, const struct cs_err *err)
{
    struct cs_buf *b = fanout_scratch(c->gw);

    c->dialect->refused(b, room, err);
    conn_queue(c, cs_buf_view(b));
}

bool events_refused(struct conn *c, const struct cs_uuid *room, const struct cs_err *err)
{
    if (!c->events)
        return false;
    c->events->refused = *err;
    cursor_drop(&c->events->at, room);
    put_refusal(c, room, err);
    settled(c);
    return true;
}

void events_left(struct conn *c, const struct cs_uuid *room)
{
    if (!c->events)
        return;
    cursor_drop(&c->events->at, room);
    c->events->joined--;
}

const struct cursor *events_at(const struct conn *c)
{
    return &c->events->at;
}

/* --- time ------------------------------------------------------------------------------------- */

void events_tick(struct conn *c, uint64_t now_ms)
{
    struct events *e = c->events;

    if (!e || c->state != CONN_READY || now_ms < e->next_ms)
        return;
    if (e->poll) {
        conn_mark(c);
    } else if (e->begun) {
        e->next_ms = now_ms + (uint64_t)c->gw->cfg.ping_ms;
        conn_queue(c, CS_LIT(":\n\n"));
    }
}
