/* hub_sim.c - drives one hub through a random world, again and again.
 *
 *   hub_sim [SEED [STEPS]]     default 1, 4000000
 *
 * Each world lives for some thousand steps with limits of its own, from tiny to the defaults; in
 * between it comes to rest (statements succeed, everybody reads, the poll runs), and then everybody
 * must have everything. At the end nothing may be left allocated, and every path worth testing must
 * have been taken. The same arguments give the same run.
 */
#include "sim.h"

#include "cs_parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORLD_STEPS = 20000, STEPS_PER_REST = 2500, FULL_STEPS = 4000000 };

/* xorshift64* */
uint64_t sim_random(struct sim *sim, uint64_t below)
{
    sim->rng ^= sim->rng >> 12;
    sim->rng ^= sim->rng << 25;
    sim->rng ^= sim->rng >> 27;
    return (sim->rng * 0x2545f4914f6cdd1du >> 11) % below;
}

bool sim_chance(struct sim *sim, unsigned percent)
{
    return sim_random(sim, 100) < percent;
}

void sim_fail(const struct sim *sim, const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "hub_sim: seed %llu, step %llu: ", (unsigned long long)sim->seed,
            (unsigned long long)sim->step);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    _Exit(1);
}

/* --- a world ---------------------------------------------------------------------------------- */

static struct hub_limits random_limits(struct sim *sim)
{
    struct hub_limits limits = HUB_LIMITS_DEFAULT;

    limits.linger_ms = 200 + (uint32_t)sim_random(sim, 5000);
    if (sim_chance(sim, 20))
        return limits;
    limits.ring_events = 4 + (uint32_t)sim_random(sim, 100);
    limits.ring_bytes = 200 + (uint32_t)sim_random(sim, 8000);
    limits.max_lag_bytes = sim_chance(sim, 50) ? limits.ring_bytes : limits.ring_bytes / 2;
    limits.max_resume_events = 1 + (uint32_t)sim_random(sim, limits.ring_events);
    limits.max_resume_bytes = 100 + (uint32_t)sim_random(sim, limits.ring_bytes - 100);
    limits.backfill_events = (uint32_t)sim_random(sim, limits.ring_events);
    if (sim_chance(sim, 20))
        limits.total_bytes = 1500;
    return limits;
}

static void make_room(struct sim *sim, int r)
{
    struct sim_room *room = &sim->rooms[r];

    room->id = (struct cs_uuid){{0}};
    for (int i = 8; i < 16; i++)
        room->id.b[i] = (uint8_t)sim_random(sim, 256);
    room->id.b[0] = (uint8_t)r;
    room->first = 1;
    room->log = calloc(MAX_LOG, sizeof *room->log);
    if (!room->log)
        abort();
    room->since_join = sim_chance(sim, 50);
    for (int u = 0; u < USERS; u++) {
        room->member[u] = true;
        room->since[u] = 1;
    }
}

static void make_world(struct sim *sim, uint64_t seed)
{
    *sim = (struct sim){.seed = seed, .rng = seed * 0x9e3779b97f4a7c15u | 1, .epoch = 10};
    for (int i = 0; i < 8; i++)
        (void)sim_random(sim, 2); /* seeds that are alike should not stay so */
    sim->limits = random_limits(sim);
    sim->pending = calloc(MAX_PENDING, sizeof *sim->pending);
    sim->hub = hub_new(&sim->limits, &sim_ops, sim);
    if (!sim->pending || !sim->hub)
        abort();
    for (int r = 0; r < ROOMS; r++)
        make_room(sim, r);
    for (int c = 0; c < CONNS; c++)
        sim->conns[c].user = c % USERS;
    sim->now_ms = 1000;
    hub_tick(sim->hub, sim->now_ms);
}

static void end_world(struct sim *sim)
{
    const struct hub_counters *counters = hub_counters(sim->hub);

    /* One world in two ends with everybody still there. */
    for (int c = 0; c < CONNS && sim->seed % 2; c++)
        sim_disconnect(sim, c);
    if (sim->seed % 2 && counters->subs)
        sim_fail(sim, "subscriptions without connections");
    sim_forget_pending(sim);
    hub_tick(sim->hub, sim->now_ms + 1000000);
    if (!counters->subs && (counters->rooms || counters->ring_events || counters->ring_bytes))
        sim_fail(sim, "a room without subscribers was not forgotten");
    hub_free(sim->hub);
    if (sim->payloads || sim->refs)
        sim_fail(sim, "I10: %llu payloads and %llu joins were not given back",
                 (unsigned long long)sim->payloads, (unsigned long long)sim->refs);
    for (int r = 0; r < ROOMS; r++)
        free(sim->rooms[r].log);
    free(sim->pending);
}

/* --- steps ------------------------------------------------------------------------------------ */

static void poll_rooms(struct sim *sim, bool bells_ok)
{
    struct hub_due due[ROOMS];
    size_t n = hub_rooms_due(sim->hub, bells_ok, due, 1 + sim_random(sim, ROOMS));

    for (size_t i = 0; i < n; i++) {
        struct sim_pending *p = sim_send(sim, SIM_POLL, sim_room_of(sim, &due[i].room));
        if (p)
            p->due = due[i];
    }
}

static void pass_time(struct sim *sim)
{
    sim->now_ms += sim_chance(sim, 2) ? sim_random(sim, 8000) : sim_random(sim, 150);
    hub_tick(sim->hub, sim->now_ms);
    if (sim_chance(sim, 1))
        hub_poll_all(sim->hub);
    poll_rooms(sim, sim_chance(sim, 80));
}

/* Half of the worlds never lose anything, so that a gap there is a bug for certain. */
static void disaster(struct sim *sim, int room)
{
    if (sim->seed % 4 < 2)
        return;
    if (sim_chance(sim, 50))
        sim_lose(sim, room);
    else
        sim_retire(sim, room);
}

/* All come back at once, as to a gateway that was restarted: the rooms are new, the cursors old. */
static void storm(struct sim *sim)
{
    for (int c = 0; c < CONNS; c++)
        sim_disconnect(sim, c);
    sim->now_ms += sim->limits.linger_ms;
    hub_tick(sim->hub, sim->now_ms);
    for (uint64_t n = sim_random(sim, 6); n; n--)
        sim_post(sim, (int)sim_random(sim, ROOMS));
    for (int c = 0; c < CONNS; c++) {
        sim_connect(sim, c);
        for (int r = 0; r < ROOMS; r++)
            sim_ask_join(sim, c, r);
    }
}

static void change_connection(struct sim *sim, int c)
{
    struct sim_conn *conn = &sim->conns[c];

    if (!conn->open)
        sim_connect(sim, c);
    else if (conn->close_code || sim_chance(sim, 8))
        sim_disconnect(sim, c);
    else if (sim_chance(sim, 10))
        conn->stalled = true;
    else
        conn->stalled = false;
}

static void write_something(struct sim *sim, int room)
{
    uint64_t dice = sim_random(sim, 100);

    if (dice < 10)
        sim_remove_or_add(sim, room, (int)sim_random(sim, USERS));
    else if (dice < 11 && sim_chance(sim, 20))
        sim_delete_room(sim, room);
    else if (dice > 80)
        sim_change(sim, room);
    else
        for (uint64_t n = dice < 15 ? sim_random(sim, 30) : 1; n; n--)
            sim_post(sim, room);
}

/* Often the newest first, so that own commits overtake bells. */
static size_t any_pending(struct sim *sim)
{
    return sim_chance(sim, 30) ? sim->n_pending - 1 : sim_random(sim, sim->n_pending);
}

static void one_step(struct sim *sim)
{
    uint64_t dice = sim_random(sim, 1000);
    int c = (int)sim_random(sim, CONNS);
    /* The first room is the hot one, the last one sleeps most of the time. */
    int r = sim_chance(sim, 50) ? 0 : (int)sim_random(sim, sim_chance(sim, 90) ? ROOMS - 1 : ROOMS);

    if (dice < 400 && sim->n_pending)
        sim_move(sim, any_pending(sim));
    else if (dice < 680 && !sim->conns[c].stalled)
        sim_pump(sim, c, 1 + (unsigned)sim_random(sim, 6));
    else if (dice < 750)
        write_something(sim, r);
    else if (dice < 850)
        sim_ask_join(sim, c, r);
    else if (dice < 860)
        sim_leave(sim, c, r);
    else if (dice < 950)
        change_connection(sim, c);
    else if (dice < 995)
        pass_time(sim);
    else if (dice < 996)
        storm(sim);
    else
        disaster(sim, r);
}

/* --- coming to rest --------------------------------------------------------------------------- */

/* Lets everything that is on its way arrive and everybody read, until nothing happens any more for
 * longer than a failed fetch waits. */
static void settle_down(struct sim *sim)
{
    int idle = 0;

    for (int turn = 0; idle < 4; turn++) {
        bool busy = sim->n_pending > 0;
        if (turn > 5000)
            sim_fail(sim, "it never comes to rest");
        for (size_t n = sim->n_pending; n; n--)
            sim_move(sim, sim_random(sim, sim->n_pending));
        for (int c = 0; c < CONNS; c++) {
            busy |= sim->conns[c].woken && sim->conns[c].open;
            sim_pump(sim, c, UINT32_MAX);
            if (sim->conns[c].close_code)
                sim_disconnect(sim, c);
        }
        sim->now_ms += 30;
        hub_tick(sim->hub, sim->now_ms);
        idle = busy ? 0 : idle + 1;
    }
}

static void rest(struct sim *sim)
{
    sim->calm = true;
    for (int c = 0; c < CONNS; c++)
        sim->conns[c].stalled = false;
    settle_down(sim);
    sim->now_ms += 1000; /* without bells each room is looked at within a second */
    hub_tick(sim->hub, sim->now_ms);
    for (int i = 0; i < 2 * ROOMS; i++)
        poll_rooms(sim, false);
    settle_down(sim);
    sim_check_rest(sim);
    sim->calm = false;
}

/* --- counting --------------------------------------------------------------------------------- */

static void add_counters(struct hub_counters *sum, const struct hub_counters *c)
{
    sum->deliveries += c->deliveries;
    sum->events += c->events;
    sum->offers_taken += c->offers_taken;
    sum->fetches += c->fetches;
    sum->backfills += c->backfills;
    sum->renewals += c->renewals;
    sum->fetch_failures += c->fetch_failures;
    sum->gaps += c->gaps;
    sum->slow_closes += c->slow_closes;
    sum->resync_closes += c->resync_closes;
    sum->joins += c->joins;
    sum->joins_from_ring += c->joins_from_ring;
    sum->joins_from_table += c->joins_from_table;
    sum->joins_not_recovered += c->joins_not_recovered;
}

/* A simulation that never comes to the interesting places proves nothing. */
static bool report(const struct hub_counters *c)
{
    const struct {
        const char *name;
        uint64_t n;
    } rows[] = {
        {"deliveries", c->deliveries},
        {"events", c->events},
        {"offers taken", c->offers_taken},
        {"fetches", c->fetches},
        {"backfills", c->backfills},
        {"renewals", c->renewals},
        {"failed fetches", c->fetch_failures},
        {"gaps", c->gaps},
        {"closed as slow", c->slow_closes},
        {"closed to resync", c->resync_closes},
        {"joins", c->joins},
        {"from the ring", c->joins_from_ring},
        {"from the table", c->joins_from_table},
        {"not recovered", c->joins_not_recovered},
    };
    bool all = true;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        printf("%12llu %s\n", (unsigned long long)rows[i].n, rows[i].name);
        all &= rows[i].n > 0;
    }
    return all;
}

int main(int argc, char **argv)
{
    uint64_t seed = 1, steps = FULL_STEPS;
    struct hub_counters sum = {0};
    static struct sim sim;

    if ((argc > 1 && !cs_parse_u64(cs_str_c(argv[1]), 0, UINT64_MAX, &seed)) ||
        (argc > 2 && !cs_parse_u64(cs_str_c(argv[2]), 1, UINT64_MAX, &steps))) {
        fprintf(stderr, "usage: hub_sim [SEED [STEPS]]\n");
        return 2;
    }
    for (uint64_t done = 0; done < steps; done += WORLD_STEPS, seed++) {
        make_world(&sim, seed);
        while (sim.step < WORLD_STEPS) {
            sim.step++;
            one_step(&sim);
            if (sim.step % STEPS_PER_REST == 0)
                rest(&sim);
        }
        add_counters(&sum, hub_counters(sim.hub));
        end_world(&sim);
    }
    bool all = report(&sum);
    if (!all && steps >= FULL_STEPS) {
        fprintf(stderr, "hub_sim: something was never tried\n");
        return 1;
    }
    return 0;
}
