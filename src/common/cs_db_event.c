/* cs_db_event.c - the event-driven face; see cs_db_event.h.
 *
 * States: DOWN (waiting for the time to connect) → CONNECTING → GREETING (facts and statements are
 * on the way as a segment of their own) → UP. Whatever fails leads to lose(), the only way back to
 * DOWN. Invariant: `segs` is the queue of segments in the order sent; libpq answers in that order.
 */
#include "cs_db_event.h"

#include "cs_clock.h"
#include "cs_hook.h"
#include "cs_log.h"
#include "cs_rand.h"

#include <assert.h>
#include <libpq-fe.h>
#include <stdlib.h>

enum {
    BACKOFF_MIN_MS = 100, /* R7: 100 ms … 5 s, full jitter */
    BACKOFF_MAX_MS = 5000,
    CONNECT_MS = 5000,
};

enum dbc_state { DOWN, CONNECTING, GREETING, UP };

struct segment {
    struct segment *next;
    cs_dbc_done *done; /* NULL: the greeting */
    void *arg;
    int ncalls, nrows;
    bool warned;
    uint64_t deadline_ms;
    struct cs_rows rows[CS_DBC_CALLS_MAX];
    struct cs_err err; /* of the first call that failed */
};

struct cs_dbc {
    const char *name;
    struct cs_db_conf conf;
    struct cs_db_facts facts;
    struct cs_dbc_ops ops;
    void *ctx;
    PGconn *conn;
    enum dbc_state state;
    PostgresPollingStatusType polling;
    struct segment *segs, **segs_end;
    int nsegs;
    int backoff_ms;
    uint64_t connect_at_ms, give_up_at_ms;
    bool stale;
};

struct cs_dbc *cs_dbc_new(const char *name, const struct cs_db_conf *conf,
                          const struct cs_dbc_ops *ops, void *ctx)
{
    struct cs_dbc *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->name = name;
    c->conf = *conf;
    c->ops = *ops;
    c->ctx = ctx;
    c->segs_end = &c->segs;
    c->backoff_ms = BACKOFF_MIN_MS;
    return c;
}

static void segment_free(struct segment *s)
{
    for (int i = 0; i < s->nrows; i++)
        cs_rows_release(&s->rows[i]);
    free(s);
}

static struct segment *segment_pop(struct cs_dbc *c)
{
    struct segment *s = c->segs;

    c->segs = s->next;
    if (!c->segs)
        c->segs_end = &c->segs;
    c->nsegs--;
    return s;
}

void cs_dbc_free(struct cs_dbc *c)
{
    if (!c)
        return;
    while (c->segs)
        segment_free(segment_pop(c));
    if (c->conn)
        c->ops.watch(c->ctx, -1, false, false);
    PQfinish(c->conn);
    free(c);
}

bool cs_dbc_up(const struct cs_dbc *c)
{
    return c->state == UP;
}

int cs_dbc_in_flight(const struct cs_dbc *c)
{
    return c->nsegs;
}

const struct cs_db_facts *cs_dbc_facts(const struct cs_dbc *c)
{
    return &c->facts;
}

/* --- losing it -------------------------------------------------------------------------------- */

static void schedule_connect(struct cs_dbc *c)
{
    c->connect_at_ms = cs_clock_mono_ms() + cs_rand_below((uint32_t)c->backoff_ms) + 1;
    c->backoff_ms = c->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : c->backoff_ms * 2;
}

/* The connection is gone. Every segment that was on the way ends as unknown: it may have
 * arrived. */
static void lose(struct cs_dbc *c, const struct cs_err *why)
{
    struct segment *pending = c->segs;
    bool was_up = c->state == UP;

    cs_log(CS_LOG_WARN, "db_lost", "connection", c->name, "why",
           why->log[0] ? why->log : cs_err_detail(why));
    c->ops.watch(c->ctx, -1, false, false);
    PQfinish(c->conn);
    c->conn = NULL;
    c->state = DOWN;
    c->stale = false;
    c->segs = NULL;
    c->segs_end = &c->segs;
    c->nsegs = 0;
    schedule_connect(c);
    while (pending) {
        struct segment *s = pending;
        struct cs_err err = *why;
        pending = s->next;
        err.rc = CS_E_COMMIT_UNKNOWN;
        if (s->done)
            s->done(s->arg, err.rc, NULL, &err);
        segment_free(s);
    }
    if (was_up && c->ops.state)
        c->ops.state(c->ctx, false);
}

static void lose_conn(struct cs_dbc *c)
{
    struct cs_err err;

    (void)cs_db_map_error(c->conn, NULL, &c->stale, &err);
    lose(c, &err);
}

void cs_dbc_reconnect(struct cs_dbc *c, const char *why)
{
    struct cs_err err;

    if (c->state == DOWN)
        return;
    (void)cs_fail_log(&err, CS_E_UNAVAILABLE, "%s", why);
    lose(c, &err);
}

/* --- sending ---------------------------------------------------------------------------------- */

/* Flushes what libpq can send and says what to wait for. False: the connection broke. */
static bool flush_and_watch(struct cs_dbc *c)
{
    int left = PQflush(c->conn);

    if (left < 0)
        return false;
    c->ops.watch(c->ctx, PQsocket(c->conn), true, left > 0);
    return true;
}

static struct segment *segment_push(struct cs_dbc *c, int ncalls, cs_dbc_done *done, void *arg)
{
    struct segment *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->ncalls = ncalls;
    s->done = done;
    s->arg = arg;
    s->deadline_ms = cs_clock_mono_ms() + (uint64_t)c->conf.deadline_ms;
    *c->segs_end = s;
    c->segs_end = &s->next;
    c->nsegs++;
    return s;
}

static bool send_calls(struct cs_dbc *c, const struct cs_call *calls, int n)
{
    for (int i = 0; i < n; i++) {
        assert(calls[i].n == calls[i].stmt->nparams);
        if (PQsendQueryPrepared(c->conn, calls[i].stmt->name, calls[i].n, calls[i].values,
                                calls[i].lengths, calls[i].formats, 0) != 1)
            return false;
    }
    return PQpipelineSync(c->conn) == 1;
}

enum cs_rc cs_dbc_submit(struct cs_dbc *c, const struct cs_call *calls, int n, cs_dbc_done *done,
                         void *arg, struct cs_err *err)
{
    assert(n >= 1 && n <= CS_DBC_CALLS_MAX && done);
    if (c->state != UP)
        return cs_fail_log(err, CS_E_UNAVAILABLE, "%s: not connected", c->name);
    for (int i = 0; i < n; i++)
        if (calls[i].failed)
            return cs_fail(err, CS_E_NO_MEMORY);
    struct segment *s = segment_push(c, n, done, arg);
    if (!s)
        return cs_fail(err, CS_E_NO_MEMORY);
    /* From here on the outcome comes through `done`, also when the send fails half-way. The loss
     * is noticed in the next tick or ready, never inside submit: callers need not expect
     * re-entrance. */
    if (!send_calls(c, calls, n) || !flush_and_watch(c))
        s->deadline_ms = 0;
    return CS_OK;
}

/* --- connecting ------------------------------------------------------------------------------- */

static void start_connect(struct cs_dbc *c)
{
    c->conn = cs_db_start_connect(&c->conf);
    if (!c->conn) {
        schedule_connect(c);
        return;
    }
    c->state = CONNECTING;
    c->polling = PGRES_POLLING_WRITING;
    c->give_up_at_ms = cs_clock_mono_ms() + CONNECT_MS;
    if (PQstatus(c->conn) == CONNECTION_BAD)
        lose_conn(c);
    else
        c->ops.watch(c->ctx, PQsocket(c->conn), false, true);
}

static void on_notice(void *arg, const PGresult *res)
{
    struct cs_dbc *c = arg;
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

    if (severity && strcmp(severity, "WARNING") == 0 && c->segs)
        c->segs->warned = true;
    cs_log(CS_LOG_WARN, "db_notice", "connection", c->name, "msg", text ? text : "");
}

static bool send_greeting(struct cs_dbc *c)
{
    struct cs_call call = {.stmt = &cs_db_facts_stmt};

    if (PQsetnonblocking(c->conn, 1) != 0 || PQenterPipelineMode(c->conn) != 1 ||
        PQsendPrepare(c->conn, cs_db_facts_stmt.name, cs_db_facts_stmt.sql, 0, NULL) != 1)
        return false;
    for (const struct cs_stmt *const *s = c->conf.stmts; s && *s; s++)
        if (PQsendPrepare(c->conn, (*s)->name, (*s)->sql, 0, NULL) != 1)
            return false;
    return segment_push(c, 1, NULL, NULL) && send_calls(c, &call, 1) && flush_and_watch(c);
}

static void poll_connect(struct cs_dbc *c)
{
    /* libpq may move on to the next host of the list: another socket, which may get the number of the
     * one that it closes, and would then be taken for the one that is watched already */
    c->ops.watch(c->ctx, -1, false, false);
    c->polling = PQconnectPoll(c->conn);
    if (c->polling == PGRES_POLLING_READING || c->polling == PGRES_POLLING_WRITING) {
        bool read = c->polling == PGRES_POLLING_READING;
        c->ops.watch(c->ctx, PQsocket(c->conn), read, !read);
    } else if (c->polling == PGRES_POLLING_OK) {
        PQsetNoticeReceiver(c->conn, on_notice, c);
        c->state = GREETING;
        if (!send_greeting(c))
            lose_conn(c);
    } else {
        lose_conn(c);
    }
}

static void greeted(struct cs_dbc *c, struct segment *s)
{
    struct cs_err err = s->err;

    if (err.rc == CS_OK && cs_db_read_facts(&c->conf, &s->rows[0], &c->facts, &err) == CS_OK) {
        c->state = UP;
        c->backoff_ms = BACKOFF_MIN_MS;
        cs_log(CS_LOG_INFO, "db_up", "connection", c->name);
        if (c->ops.state)
            c->ops.state(c->ctx, true);
        return;
    }
    lose(c, &err);
}

/* --- receiving -------------------------------------------------------------------------------- */

static enum cs_rc outcome(const struct segment *s)
{
    if (s->err.rc != CS_OK)
        return s->err.rc;
    return s->warned ? CS_E_COMMIT_UNKNOWN : CS_OK;
}

static void complete(struct cs_dbc *c)
{
    struct segment *s = segment_pop(c);
    enum cs_rc rc = outcome(s);

    if (rc != CS_OK && s->err.rc == CS_OK)
        (void)cs_fail_log(&s->err, rc, "the server warned during the commit");
    if (s->done)
        s->done(s->arg, rc, rc == CS_OK ? s->rows : NULL, &s->err);
    else
        greeted(c, s);
    segment_free(s);
}

static bool is_shutdown(const PGresult *res)
{
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

    /* 57P…: told to stop, perhaps after the commit, in the wait for a standby */
    return !state || strncmp(state, "57P", 3) == 0;
}

/* Takes one result for the segment at the head. Prepares of the greeting give PGRES_COMMAND_OK
 * without columns and are passed over. */
static void take(struct cs_dbc *c, PGresult *res)
{
    struct segment *s = c->segs;
    ExecStatusType status = PQresultStatus(res);

    if (status == PGRES_PIPELINE_SYNC) {
        PQclear(res);
        complete(c);
        return;
    }
    if (status == PGRES_FATAL_ERROR && s->err.rc == CS_OK) {
        (void)cs_db_map_error(c->conn, res, &c->stale, &s->err);
        if (is_shutdown(res))
            s->err.rc = CS_E_COMMIT_UNKNOWN;
    }
    if (status == PGRES_TUPLES_OK && s->done)
        CS_HOOK_OF(c->name, "_after_rows_before_sync");
    bool keep = status == PGRES_TUPLES_OK || (status == PGRES_COMMAND_OK && s->done);
    if (keep && s->nrows < s->ncalls)
        s->rows[s->nrows++].res = res;
    else
        PQclear(res);
}

static void take_notifies(struct cs_dbc *c)
{
    PGnotify *n;

    while (c->conn && (n = PQnotifies(c->conn)) != NULL) {
        if (c->ops.notify)
            c->ops.notify(c->ctx, cs_str_c(n->extra));
        PQfreemem(n);
    }
}

static void receive(struct cs_dbc *c)
{
    if (!PQconsumeInput(c->conn)) {
        lose_conn(c);
        return;
    }
    take_notifies(c);
    while (c->conn && c->segs && !PQisBusy(c->conn)) {
        PGresult *res = PQgetResult(c->conn);
        if (res)
            take(c, res);
        else if (PQstatus(c->conn) != CONNECTION_OK)
            break;
    }
    if (!c->conn)
        return; /* a completion, or the greeting, let it go */
    if (PQstatus(c->conn) != CONNECTION_OK || !flush_and_watch(c))
        lose_conn(c);
    else if (c->stale && !c->segs)
        cs_dbc_reconnect(c, "its statements must be prepared again");
}

void cs_dbc_ready(struct cs_dbc *c)
{
    if (c->state == CONNECTING)
        poll_connect(c);
    else if (c->state != DOWN)
        receive(c);
}

/* --- time ------------------------------------------------------------------------------------- */

/* PQcancel blocks on a connection of its own, so the gateway cannot use it: the deadline closes the
 * connection, and the server's statement_timeout ends what still runs there. */
static void expire(struct cs_dbc *c)
{
    struct cs_err err;

    (void)cs_fail_log(&err, CS_E_UNAVAILABLE, "%s: no answer within %d ms", c->name,
                      c->conf.deadline_ms);
    lose(c, &err);
}

void cs_dbc_tick(struct cs_dbc *c, uint64_t now_ms)
{
    if (c->state == DOWN && now_ms >= c->connect_at_ms)
        start_connect(c);
    else if (c->state == CONNECTING && now_ms >= c->give_up_at_ms)
        expire(c);
    else if (c->segs && now_ms >= c->segs->deadline_ms)
        expire(c);
}
