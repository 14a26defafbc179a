/* drain.c - see drain.h. */
#include "drain.h"

#include "conn.h"
#include "cs_clock.h"
#include "cs_log.h"
#include "cs_rand.h"
#include "dialect.h"
#include "events.h"
#include "fanout.h"
#include "lane.h"
#include "reader.h"
#include "reads.h"
#include "seen.h"
#include "ws.h"

enum {
    TICK_MS = 50,     /* between two calls of drain_tick */
    RETRY_MS = 1000,  /* those who are closed come back spread over this */
};

/* --- telling ---------------------------------------------------------------------------------- */

static void say_drain(struct conn *c, void *arg)
{
    struct cs_buf *b = fanout_scratch(c->gw);

    (void)arg;
    conn_mark(c); /* a poll is answered with what there is */
    if (!c->dialect || !c->dialect->drain)
        return;
    c->dialect->drain(b, RETRY_MS);
    conn_queue(c, cs_buf_view(b));
}

static void begin(struct gw *gw, const char *why)
{
    cs_log(CS_LOG_INFO, "drain", "why", why);
    gw->drain.on = true;
    gw->drain.is_over = !gw->cfg.drain_ms;
    gw->drain.until_ms = cs_clock_mono_ms() + (uint64_t)gw->cfg.drain_ms;
    conns_each(gw, say_drain, NULL);
}

void drain_and_stop(struct gw *gw)
{
    if (gw->drain.stops) {
        loop_stop(gw->loop);
        return;
    }
    gw->drain.stops = true;
    ws_vanish(gw->ws);
    begin(gw, "told to stop");
}

/* --- closing ---------------------------------------------------------------------------------- */

/* It has asked for something and waits for the answer. Of one that may never come (the database is
 * away) only writing counts beyond the window: it has an end of its own. */
static bool is_owed(const struct conn *c)
{
    if (c->writing || c->gw->drain.is_over)
        return c->writing;
    return c->state == CONN_AUTHENTICATING || c->awaits || c->held.len || events_owed(c);
}

/* With the chance that spreads all of them over the window. */
static void close_some(struct conn *c, void *arg)
{
    uint64_t now_ms = *(uint64_t *)arg, until_ms = c->gw->drain.until_ms;
    uint32_t left_ms = now_ms < until_ms ? (uint32_t)(until_ms - now_ms) : 0;
    char reason[40];

    if (is_owed(c) || (left_ms > TICK_MS && cs_rand_below(left_ms) > TICK_MS))
        return;
    conn_flush(c);
    (void)snprintf(reason, sizeof reason, "retry after %u ms", cs_rand_below(RETRY_MS));
    conn_close(c, 1012, reason);
}

static bool all_is_done(struct gw *gw)
{
    return lanes_idle(gw->lanes) && !conns_count(gw->conns) && seen_idle(gw->seen) &&
           reads_idle(gw->reads);
}

/* --- time ------------------------------------------------------------------------------------- */

static bool is_cut_off(struct gw *gw, uint64_t now_ms)
{
    uint64_t patience_ms = (uint64_t)gw->cfg.cut_off_ms;

    return patience_ms && now_ms >= gw->drain.well_ms + patience_ms && conns_count(gw->conns);
}

static void go_on(struct gw *gw, uint64_t now_ms)
{
    uint64_t patience_ms = (uint64_t)gw->cfg.db_deadline_ms;
    struct drain *d = &gw->drain;

    d->is_over = now_ms >= d->until_ms;
    conns_each(gw, close_some, &now_ms);
    if (!d->stops && (!conns_count(gw->conns) || d->well_ms == now_ms))
        d->on = d->is_over = false; /* it is not told again: who is left has the database back */
    else if (d->stops && (all_is_done(gw) || now_ms > d->until_ms + patience_ms))
        loop_stop(gw->loop);
}

void drain_tick(struct gw *gw, uint64_t now_ms)
{
    if (reader_is_up(gw->reader))
        gw->drain.well_ms = now_ms;
    if (!gw->drain.on && is_cut_off(gw, now_ms))
        begin(gw, "cut off from the database");
    if (gw->drain.on)
        go_on(gw, now_ms);
}
