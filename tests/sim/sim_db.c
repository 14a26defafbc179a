/* sim_db.c - the truth, and what is on its way to and from it; see sim.h. */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

struct cs_uuid sim_user(int n)
{
    return (struct cs_uuid){{(uint8_t)(n + 1)}};
}

int sim_room_of(const struct sim *sim, const struct cs_uuid *id)
{
    for (int r = 0; r < ROOMS; r++)
        if (cs_uuid_eq(&sim->rooms[r].id, id))
            return r;
    sim_fail(sim, "a room that nobody knows");
}

bool sim_is_lost(const struct sim *sim, int room)
{
    return hub_ask(sim->hub, &sim->rooms[room].id) > sim->rooms[room].last;
}

/* --- payloads --------------------------------------------------------------------------------- */

static struct hub_event read_event(struct sim *sim, int room, uint64_t seq)
{
    const struct sim_event *e = &sim->rooms[room].log[seq];
    uint64_t rev = e->shows ? sim->rooms[room].log[e->shows].rev : 0;
    struct sim_payload *payload = malloc(sizeof *payload);

    if (!payload)
        abort();
    *payload = (struct sim_payload){e->content, rev, sim->rooms[room].visible_rev};
    sim->payloads++;
    return (struct hub_event){
        .seq = seq,
        .bytes = e->bytes,
        .shows = e->shows,
        .rev = rev,
        .changes = e->changes,
        .effect = e->effect,
        .subject = sim_user(e->subject),
        .payload = payload,
    };
}

void sim_payload_free(void *ctx, void *payload)
{
    struct sim *sim = ctx;

    sim->payloads--;
    free(payload);
}

/* --- sending ---------------------------------------------------------------------------------- */

struct sim_pending *sim_send(struct sim *sim, enum sim_kind kind, int room)
{
    /* The last places are for fetches, each of which must be answered. */
    size_t max = kind == SIM_FETCH ? MAX_PENDING : MAX_PENDING - 4 * ROOMS;

    if (sim->n_pending >= max)
        return NULL;
    struct sim_pending *p = &sim->pending[sim->n_pending++];
    memset(p, 0, sizeof *p);
    p->kind = kind;
    p->room = room;
    return p;
}

void sim_fetch(void *ctx, const struct hub_fetch *fetch)
{
    struct sim *sim = ctx;
    struct sim_pending *p = sim_send(sim, SIM_FETCH, sim_room_of(sim, &fetch->room));

    if (!p)
        sim_fail(sim, "more fetches in flight than two a room");
    p->fetch = *fetch;
}

/* Bells are lost, repeated, late, and may not know the seq. */
static void ring(struct sim *sim, int room)
{
    int n = sim_chance(sim, 25) ? 0 : sim_chance(sim, 15) ? 2 : 1;

    while (n-- > 0) {
        struct sim_pending *p = sim_send(sim, SIM_BELL, room);
        if (p)
            p->seq = sim_chance(sim, 40) ? 0 : sim->rooms[room].last;
    }
}

/* --- writing ---------------------------------------------------------------------------------- */

#define NEW_MESSAGE HUB_SEQ_MAX /* as `shows`: no message is there */

static void note_change(struct sim_room *room, uint64_t seq)
{
    const struct sim_event *e = &room->log[seq];

    if (e->changes == HUB_EVERY_MESSAGE)
        room->visible_rev = seq;
    else if (e->shows)
        room->log[e->shows].rev = seq;
}

static bool append(struct sim *sim, int r, const struct sim_event *event)
{
    struct sim_room *room = &sim->rooms[r];

    /* After a lost future nobody writes until the hub has noticed: else seq alone shows nothing. */
    if (room->last + 2 >= MAX_LOG || sim_is_lost(sim, r))
        return false;
    struct sim_event *e = &room->log[++room->last];
    *e = *event;
    if (event->shows == NEW_MESSAGE)
        e->shows = room->last;
    note_change(room, room->last);
    e->content = ++sim->contents;
    e->bytes = 10 + (uint32_t)sim_random(sim, 90);
    if (!sim_chance(sim, 35)) {
        ring(sim, r);
        return true;
    }
    struct sim_pending *p = sim_send(sim, SIM_OFFER, r);
    if (p)
        p->seq = room->last;
    return true;
}

void sim_post(struct sim *sim, int room)
{
    (void)append(sim, room, &(struct sim_event){.shows = NEW_MESSAGE});
}

/* A late message is edited or deleted, often the last one; or room_updated. */
void sim_change(struct sim *sim, int r)
{
    struct sim_room *room = &sim->rooms[r];
    uint64_t back = sim_random(sim, sim_chance(sim, 50) ? 3 : 40);
    uint64_t seq = room->last > back ? room->last - back : 0;
    uint64_t message = seq ? room->log[seq].shows : 0;

    if (message)
        (void)append(sim, r, &(struct sim_event){.shows = message, .changes = message});
    else if (sim_chance(sim, 10))
        (void)append(sim, r, &(struct sim_event){.changes = HUB_EVERY_MESSAGE});
}

void sim_remove_or_add(struct sim *sim, int r, int user)
{
    struct sim_room *room = &sim->rooms[r];
    bool adds = !room->member[user];
    struct sim_event event = {
        .effect = adds ? HUB_NO_EFFECT : HUB_MEMBER_LEFT,
        .adds = adds,
        .subject = user,
    };

    if (!append(sim, r, &event))
        return;
    room->member[user] = adds;
    room->since[user] = room->last;
}

void sim_delete_room(struct sim *sim, int room)
{
    if (append(sim, room, &(struct sim_event){.effect = HUB_ROOM_DELETED}))
        memset(sim->rooms[room].member, 0, sizeof sim->rooms[room].member);
}

void sim_retire(struct sim *sim, int r)
{
    struct sim_room *room = &sim->rooms[r];
    uint64_t known = hub_ask(sim->hub, &room->id);
    uint64_t first = known && known < room->last ? known : room->last;

    if (first < room->first + 5 || sim_is_lost(sim, r))
        return;
    room->first = first - sim_random(sim, 5);
    sim->upset_at = sim->step;
}

static void recount(struct sim_room *room)
{
    room->visible_rev = 0;
    for (int u = 0; u < USERS; u++) {
        room->member[u] = true;
        room->since[u] = 1;
    }
    for (uint64_t seq = 1; seq <= room->last; seq++) {
        const struct sim_event *e = &room->log[seq];
        note_change(room, seq);
        if (e->effect == HUB_ROOM_DELETED)
            memset(room->member, 0, sizeof room->member);
        if (e->adds || e->effect == HUB_MEMBER_LEFT) {
            room->member[e->subject] = e->adds;
            room->since[e->subject] = seq;
        }
    }
}

/* The end of a room's log is gone, and with it what was read there or rung about it. Some notice by
 * the epoch and resynchronise at once, others have to find out by the seq. */
void sim_lose(struct sim *sim, int r)
{
    struct sim_room *room = &sim->rooms[r];

    if (room->last < room->first + 10 || sim_is_lost(sim, r))
        return;
    room->last -= 1 + sim_random(sim, 8);
    recount(room);
    sim->epoch++;
    sim->upset_at = sim->step;
    for (size_t i = 0; i < sim->n_pending; i++) {
        struct sim_pending *p = &sim->pending[i];
        if (p->executed || p->kind == SIM_BELL || p->kind == SIM_OFFER)
            p->failed = true;
    }
    if (sim_chance(sim, 50)) {
        sim->resyncing = true;
        hub_resync(sim->hub);
        sim->resyncing = false;
    }
}

/* --- executing and arriving ------------------------------------------------------------------- */

static void read_rows(struct sim *sim, struct sim_pending *p)
{
    const struct sim_room *room = &sim->rooms[p->room];
    uint64_t seq = p->fetch.after + 1 > room->first ? p->fetch.after + 1 : room->first;
    size_t max = sim->calm ? MAX_ROWS : 1 + sim_random(sim, MAX_ROWS);

    while (seq <= room->last && seq <= p->fetch.upto && p->n < max)
        p->rows[p->n++] = read_event(sim, p->room, seq++);
}

static void read_membership(struct sim *sim, struct sim_pending *p)
{
    const struct sim_room *room = &sim->rooms[p->room];
    int user = sim->conns[p->conn].user;

    p->is_member = room->member[user];
    p->join.last_seq = room->last;
    p->join.first_seq = room->first;
    p->join.visible_from = room->since_join ? room->since[user] : 0;
    p->join.epoch_ok = p->client_epoch == sim->epoch;
    p->client_epoch = sim->epoch; /* what he is told in `joined` */
}

static void execute(struct sim *sim, struct sim_pending *p)
{
    p->executed = true;
    p->failed = !sim->calm && sim_chance(sim, 5);
    if (p->kind == SIM_FETCH && !p->failed)
        read_rows(sim, p);
    else if (p->kind == SIM_JOIN)
        read_membership(sim, p);
    else if (p->kind == SIM_POLL)
        p->seq = sim->rooms[p->room].last;
}

static void free_rows(struct sim *sim, struct sim_pending *p)
{
    for (size_t i = 0; i < p->n; i++)
        sim_payload_free(sim, p->rows[i].payload);
    p->n = 0;
}

static void arrive_poll(struct sim *sim, const struct sim_pending *p)
{
    bool proves_loss = sim_proves_loss(sim, p->room, p->seq, p->due.asked_delivered);

    hub_polled(sim->hub, &p->due, p->seq);
    if (proves_loss)
        sim_check_all_closed(sim, p->room, -1);
}

static void arrive(struct sim *sim, struct sim_pending *p)
{
    const struct cs_uuid *id = &sim->rooms[p->room].id;

    if (p->failed) {
        free_rows(sim, p);
        if (p->kind == SIM_FETCH)
            hub_fetch_failed(sim->hub, &p->fetch);
    } else if (p->kind == SIM_FETCH) {
        hub_rows(sim->hub, &p->fetch, p->rows, p->n);
    } else if (p->kind == SIM_BELL) {
        hub_reached(sim->hub, id, p->seq);
    } else if (p->kind == SIM_OFFER) {
        struct hub_event event = read_event(sim, p->room, p->seq);
        struct sim_payload *payload = event.payload;
        event.rev = payload->rev = p->seq; /* what was said then, whatever became of it */
        hub_offer(sim->hub, id, &event);
    } else if (p->kind == SIM_POLL) {
        arrive_poll(sim, p);
    } else {
        sim_answer_join(sim, p);
    }
}

void sim_move(struct sim *sim, size_t i)
{
    bool is_statement = sim->pending[i].kind >= SIM_FETCH;

    if (is_statement && !sim->pending[i].executed) {
        execute(sim, &sim->pending[i]);
        return;
    }
    struct sim_pending p = sim->pending[i];
    sim->pending[i] = sim->pending[--sim->n_pending];
    arrive(sim, &p);
}

void sim_forget_pending(struct sim *sim)
{
    for (size_t i = 0; i < sim->n_pending; i++)
        free_rows(sim, &sim->pending[i]);
    sim->n_pending = 0;
}
