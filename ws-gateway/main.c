/* main.c - chatsphere-gateway: boot, the turn of the loop. See gw.h for the parts. */
#include "bell.h"
#include "conn.h"
#include "cs_clock.h"
#include "cs_log.h"
#include "cs_notify.h"
#include "cs_rand.h"
#include "dialect.h"
#include "drain.h"
#include "event.h"
#include "events.h"
#include "every.h"
#include "fanout.h"
#include "indexing.h"
#include "history.h"
#include "lane.h"
#include "listen.h"
#include "listing.h"
#include "op.h"
#include "presence.h"
#include "reader.h"
#include "reads.h"
#include "recheck.h"
#include "seen.h"
#include "supervised.h"
#include "trim.h"
#include "typing.h"
#include "userlog.h"
#include "watch.h"

#include <signal.h>
#include <stddef.h>

enum {
    TICK_MS = 50,
    SWEEP_MS = 1000,
    AUTH_PATIENCE_MS = 10000, /* S15: authentication within 10 s */
    UNDECIDED_MS = 250,       /* contract, "Dialects": then what the credential suggests */
    ARENA_MAX_BYTES = 4 * 1024 * 1024,
};

static struct conn *of_hub(struct hub_conn *h)
{
    return (struct conn *)(void *)((char *)h - offsetof(struct conn, hub));
}

/* --- the hub asks ----------------------------------------------------------------------------- */

static void hub_wants_rows(void *ctx, const struct hub_fetch *fetch)
{
    reader_fetch(((struct gw *)ctx)->reader, fetch);
}

static void hub_wakes(void *ctx, struct hub_conn *h)
{
    (void)ctx;
    conn_mark(of_hub(h));
}

static void hub_closes(void *ctx, struct hub_conn *h, int code)
{
    (void)ctx;
    conn_close(of_hub(h), code, code == HUB_CLOSE_SLOW ? "slow consumer" : "resync");
}

static void hub_has_joined(void *ctx, struct hub_conn *h, const struct hub_joined *joined)
{
    (void)ctx;
    op_joined(of_hub(h), joined);
}

static void hub_has_dropped(void *ctx, struct hub_conn *h, const struct cs_uuid *room, void *ref)
{
    (void)ctx;
    (void)room;
    op_join_dropped(of_hub(h), ref);
}

static void hub_has_left(void *ctx, struct hub_conn *h, const struct cs_uuid *room)
{
    struct conn *c = of_hub(h);
    struct cs_buf *b = fanout_scratch(ctx);

    events_left(c, room);
    if (c->dialect && c->dialect->left) {
        c->dialect->left(b, room);
        conn_queue(c, cs_buf_view(b));
    }
    op_left(c, room);
}

static void hub_frees(void *ctx, void *payload)
{
    (void)ctx;
    gw_event_free(payload);
}

static const struct hub_ops hub_callbacks = {
    .fetch = hub_wants_rows,
    .wake = hub_wakes,
    .close = hub_closes,
    .joined = hub_has_joined,
    .dropped = hub_has_dropped,
    .left = hub_has_left,
    .event_free = hub_frees,
};

/* --- sockets ---------------------------------------------------------------------------------- */

static void *sock_open(void *ctx, struct ws_sock *sock, const struct ws_request *req)
{
    struct conn *c = conn_open(ctx, sock);

    if (!c)
        return NULL;
    (void)snprintf(c->address, sizeof c->address, CS_STR_FMT, CS_STR_ARG(req->address));
    if (req->subprotocol.len)
        conn_decide(c, dialect_by_subprotocol(req->subprotocol));
    if (req->ticket.len)
        op_take_ticket(c, req->ticket);
    else if (req->token.len)
        op_authenticate(c, "", req->token, NULL);
    else if (!c->dialect || !c->dialect->auth_in_band)
        conn_close(c, 1008, "a token is required");
    return c;
}

static void sock_frame(void *conn, struct cs_str text)
{
    conn_receive(conn, text);
}

static void sock_writable(void *conn)
{
    conn_flush(conn);
}

static void sock_closed(void *conn, int code)
{
    conn_gone(conn, code);
}

static void sock_refused(void *ctx, enum cs_rc why)
{
    ((struct gw *)ctx)->count.refused[why]++;
}

/* A handshake that is refused costs the client nothing, and a web server with several gateways goes on
 * to the next; one that is taken while nobody can say who it is would end with 1013. */
static bool sock_welcome(void *ctx)
{
    struct gw *gw = ctx;

    return !gw->drain.on && reader_is_up(gw->reader);
}

static int http(void *ctx, struct ws_page *page)
{
    struct gw *gw = ctx;

    if (cs_str_is(page->path, "/metrics") && page->local) {
        page->type = CS_METRICS_TYPE;
        gw_metrics_print(gw, page->body);
        return 200;
    }
    bool ready = cs_str_is(page->path, "/ready"), drains = gw->drain.on;
    if (!ready && !cs_str_is(page->path, "/health"))
        return 404;
    bool ok = ready ? sock_welcome(gw) : !drains;
    cs_buf_printf(page->body, "{\"status\":\"%s\",\"connections\":%zu}",
                  drains ? "draining" : ok ? "ok" : "no database", conns_count(gw->conns));
    return ok ? 200 : 503;
}

static const struct ws_handlers sock_callbacks = {
    .open = sock_open,
    .events = events_open,
    .frame = sock_frame,
    .writable = sock_writable,
    .closed = sock_closed,
    .refused = sock_refused,
    .welcome = sock_welcome,
    .http = http,
};

/* --- time ------------------------------------------------------------------------------------- */

static void sweep_one(struct conn *c, void *arg)
{
    uint64_t now_ms = *(uint64_t *)arg;

    events_tick(c, now_ms);
    if (c->state != CONN_READY && now_ms >= c->opened_ms + AUTH_PATIENCE_MS)
        conn_close(c, 1008, "not authenticated in time");
    else if (c->expires_s && cs_clock_wall_s() >= c->expires_s)
        conn_close(c, cs_err_row(CS_E_UNAUTHORIZED)->close, "token expired");
}

static void decide_silent(struct conn *c, void *arg)
{
    uint64_t now_ms = *(uint64_t *)arg;

    if (c->dialect || c->state != CONN_READY || c->awaits)
        return;
    if (now_ms < c->opened_ms + UNDECIDED_MS)
        return;
    conn_decide(c, dialect_suggested(c));
    conn_mark(c);
}

static void on_tick(void *ctx)
{
    struct gw *gw = ctx;
    static uint64_t swept_ms;
    uint64_t now_ms = cs_clock_mono_ms();

    bell_tick(gw->bell, now_ms);
    listener_tick(gw->listener, now_ms);
    reader_tick(gw->reader, now_ms);
    every_tick(gw->every, now_ms);
    listing_tick(gw->listing, now_ms);
    userlog_tick(gw->userlog, now_ms);
    lanes_tick(gw->lanes, now_ms);
    rates_tick(gw->rates, now_ms);
    history_tick(gw->history, now_ms);
    recheck_tick(gw->recheck, TICK_MS);
    seen_tick(gw->seen, now_ms);
    reads_tick(gw->reads, now_ms);
    presence_tick(gw->presence, now_ms);
    watch_tick(gw->watch, now_ms);
    indexing_tick(gw->indexing, now_ms);
    trim_tick(now_ms);
    ws_tick(gw->ws, now_ms);
    drain_tick(gw, now_ms);
    supervised_tick(gw);
    if (gw->undecided)
        conns_each(gw, decide_silent, &now_ms);
    if (now_ms >= swept_ms + SWEEP_MS) {
        swept_ms = now_ms;
        conns_each(gw, sweep_one, &now_ms);
    }
}

/* The end of a turn: what was noted is asked, what waits is sent. */
static void before_sleep(void *ctx)
{
    struct gw *gw = ctx;

    conns_flush_marked(gw);
    hub_tick(gw->hub, cs_clock_mono_ms());
    conns_flush_marked(gw);
    bell_pump(gw->bell);
    lanes_pump(gw->lanes);
    every_pump(gw->every);
    userlog_pump(gw->userlog);
    reader_pump(gw->reader); /* the log first */
    history_pump(gw->history);
    cs_arena_reset(&gw->arena);
}

/* --- signals --------------------------------------------------------------------------------- */

static void on_term(void *ctx)
{
    supervised_stopping(ctx);
    drain_and_stop(ctx); /* R11 */
}

static void on_hangup(void *ctx)
{
    cs_notify_reloading();
    cs_cfg_reload(&((struct gw *)ctx)->cfg);
}

/* --- boot ------------------------------------------------------------------------------------- */

static enum cs_rc check_config(struct gw *gw, struct cs_err *err)
{
    struct cs_str secret = cs_str_c(gw->cfg.jwt_secret);
    struct cs_str previous = cs_str_c(gw->cfg.jwt_secret_previous);
    enum cs_rc rc = cs_secret_check(secret, err);

    if (rc == CS_OK && !gw->cfg.database_url[0])
        rc = cs_fail_log(err, CS_E_CONFIG, "DATABASE_URL is not set");
    gw->keys.current = (struct cs_jwt_key){.secret = secret, .kid = CS_LIT("")};
    if (previous.len)
        gw->keys.previous = (struct cs_jwt_key){.secret = previous, .kid = CS_LIT("")};
    return rc;
}

/* What people tell each other beside their messages. */
static bool build_people(struct gw *gw)
{
    gw->typing = typing_new(gw);
    gw->reads = reads_new(gw);
    gw->presence = presence_new(gw);
    gw->watch = watch_new(gw);
    return gw->typing && gw->reads && gw->presence && gw->watch;
}

static enum cs_rc build(struct gw *gw, struct cs_err *err)
{
    struct hub_limits limits = HUB_LIMITS_DEFAULT;

    cs_arena_init(&gw->arena, ARENA_MAX_BYTES);
    gw->id = cs_uuid_new();
    gw->loop = loop_new();
    gw->conns = conns_new();
    gw->fanout = fanout_new();
    gw->hub = hub_new(&limits, &hub_callbacks, gw);
    gw->history = history_new(gw);
    gw->rates = rates_new(&gw->cfg);
    gw->lanes = gw->loop ? lanes_new(gw) : NULL;
    gw->reader = gw->loop ? reader_new(gw) : NULL;
    gw->every = every_new(gw);
    gw->listing = listing_new(gw);
    gw->userlog = userlog_new(gw);
    gw->bell = gw->loop ? bell_new(gw) : NULL;
    gw->listener = gw->loop ? listener_new(gw) : NULL;
    gw->recheck = recheck_new(gw);
    gw->seen = seen_new(gw);
    gw->indexing = indexing_new(gw);
    if (!gw->conns || !gw->fanout || !gw->hub || !gw->history || !gw->rates || !gw->lanes ||
        !gw->reader || !gw->every || !gw->listing || !gw->userlog || !gw->bell || !gw->listener ||
        !gw->recheck || !gw->seen || !gw->indexing || !build_people(gw))
        return cs_fail(err, CS_E_NO_MEMORY);
    hub_tick(gw->hub, cs_clock_mono_ms());
    return ws_new(&gw->cfg, gw->loop, &sock_callbacks, gw, &gw->ws, err);
}

static void release(struct gw *gw)
{
    ws_free(gw->ws);
    listener_free(gw->listener);
    bell_free(gw->bell);
    lanes_free(gw->lanes);
    rates_free(gw->rates);
    history_free(gw->history);
    hub_free(gw->hub);
    reader_free(gw->reader);
    every_free(gw->every);
    listing_free(gw->listing);
    userlog_free(gw->userlog);
    recheck_free(gw->recheck);
    seen_free(gw->seen);
    indexing_free(gw->indexing);
    typing_free(gw->typing);
    reads_free(gw->reads);
    presence_free(gw->presence);
    watch_free(gw->watch);
    fanout_free(gw->fanout);
    conns_free(gw->conns);
    loop_free(gw->loop);
    cs_arena_release(&gw->arena);
    cs_cfg_release(&gw->cfg);
}

static int run(struct gw *gw)
{
    struct loop_timer *tick = loop_timer_new(gw->loop, on_tick, gw);

    if (!tick)
        return 1;
    loop_timer_every(tick, TICK_MS);
    loop_before_sleep(gw->loop, before_sleep, gw);
    loop_on_signal(gw->loop, SIGTERM, on_term, gw);
    loop_on_signal(gw->loop, SIGINT, on_term, gw);
    loop_on_signal(gw->loop, SIGHUP, on_hangup, gw);
    cs_log(CS_LOG_INFO, "start", "listen", gw->cfg.gateway_listen, "version", CS_VERSION);
    loop_run(gw->loop);
    cs_log(CS_LOG_INFO, "stop");
    loop_timer_free(tick);
    return gw->exit_status;
}

int main(int argc, char **argv)
{
    static struct gw gw;
    struct cs_err err;
    int status;

    if (argc == 2 && strcmp(argv[1], "--list-operations") == 0) {
        op_list(stdout);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--list-metrics") == 0) {
        gw_metrics_list(stdout);
        return 0;
    }
    if (cs_cfg_main(argc, argv, "chatsphere-gateway", "[--list-operations | --list-metrics]", &gw.cfg,
                    &status) < 0)
        return status;
    (void)signal(SIGPIPE, SIG_IGN);
    cs_notify_init();
    enum cs_rc rc = check_config(&gw, &err);
    if (rc == CS_OK)
        rc = build(&gw, &err);
    if (rc != CS_OK) {
        cs_log_err("start_failed", &err);
        release(&gw);
        return 78; /* EX_CONFIG of sysexits.h */
    }
    status = run(&gw);
    release(&gw);
    return status;
}
