/* cs_db_block.c - the blocking face: one pipelined connection under our own deadline. See the
 * header.
 *
 * Invariants: libpq delivers in order and a sync marks the end of a segment, so nothing but
 * `segments`, the syncs sent and not yet seen, has to be counted. The socket is non-blocking; every
 * wait is a poll with a time limit.
 */
#include "cs_db_block.h"

#include "cs_clock.h"
#include "cs_log.h"
#include "cs_notify.h"

#include <assert.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>

enum {
    CONNECT_MS = 5000, /* R13 */
};

struct cs_db {
    struct cs_db_conf conf;
    struct cs_db_facts facts;
    struct cs_db_counts counts;
    PGconn *conn;
    enum cs_db_mode mode;
    int segments;         /* syncs on the way */
    uint64_t deadline_ms; /* of the unit of work */
    uint64_t failed_ms;     /* connecting failed then, */
    uint64_t away_until_ms; /* and took its time: not before then again, unless others have more luck */
    bool unflushed;
    bool stale;            /* prepare anew before the next unit */
    bool told;             /* the caller has seen this segment's failure, if there is one */
    bool warned;           /* a WARNING came in this segment: its commit is not certain (R4) */
    struct cs_err failure; /* of the current segment; rc CS_OK while there is none */
};

struct cs_db *cs_db_new(const struct cs_db_conf *conf)
{
    struct cs_db *db = calloc(1, sizeof *db);

    if (db)
        db->conf = *conf;
    return db;
}

static void disconnect(struct cs_db *db)
{
    PQfinish(db->conn);
    db->conn = NULL;
    db->segments = 0;
    db->unflushed = db->stale = false;
}

void cs_db_free(struct cs_db *db)
{
    if (!db)
        return;
    disconnect(db);
    free(db);
}

bool cs_db_connected(const struct cs_db *db)
{
    return db->conn != NULL;
}

const struct cs_db_counts *cs_db_counts(const struct cs_db *db)
{
    return &db->counts;
}

const struct cs_db_facts *cs_db_facts(const struct cs_db *db)
{
    return &db->facts;
}

static void on_notice(void *arg, const PGresult *res)
{
    struct cs_db *db = arg;
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    const char *from = PQresultErrorField(res, PG_DIAG_SOURCE_FUNCTION);

    if (from && strcmp(from, "does_not_exist_skipping") == 0)
        return; /* DROP … IF EXISTS found nothing: no news */
    if (severity && strcmp(severity, "WARNING") == 0)
        db->warned = true;
    cs_log(CS_LOG_WARN, "db_notice", "severity", severity ? severity : "", "msg", text ? text : "");
}

/* --- waiting ---------------------------------------------------------------------------------- */

/* Polls the socket; false when `until_ms` passed first. */
static bool wait_socket(PGconn *conn, short events, uint64_t until_ms)
{
    for (;;) {
        uint64_t now = cs_clock_mono_ms();
        struct pollfd p = {.fd = PQsocket(conn), .events = events};
        if (now >= until_ms)
            return false;
        if (poll(&p, 1, cs_notify_slice_ms(until_ms - now)) > 0)
            return true;
        cs_notify_alive();
    }
}

/* libpq's cancel is no help at the deadline: it waits without a limit for the very server that does
 * not answer. The connection is closed instead, and statement_timeout ends what still runs there. */
static bool wait_bounded(struct cs_db *db, short events)
{
    uint64_t since = cs_clock_mono_us();
    bool ready = wait_socket(db->conn, events, db->deadline_ms);

    db->counts.waited_us += cs_clock_mono_us() - since;
    return ready;
}

static bool flush(struct cs_db *db)
{
    int left;

    while ((left = PQflush(db->conn)) == 1) {
        if (!wait_bounded(db, POLLIN | POLLOUT) || !PQconsumeInput(db->conn))
            return false;
    }
    db->unflushed = false;
    return left == 0;
}

/* The next result, or NULL between two calls' results; *lost when the connection is. */
static PGresult *next_result(struct cs_db *db, bool *lost)
{
    *lost = !db->conn || (db->unflushed && !flush(db));
    while (!*lost && PQisBusy(db->conn))
        *lost = !wait_bounded(db, POLLIN) || !PQconsumeInput(db->conn);
    return *lost ? NULL : PQgetResult(db->conn);
}

/* --- connecting ------------------------------------------------------------------------------- */

static bool finish_connect(PGconn *conn)
{
    uint64_t until = cs_clock_mono_ms() + CONNECT_MS;
    PostgresPollingStatusType s = PGRES_POLLING_WRITING;

    while (s != PGRES_POLLING_OK) {
        if (s == PGRES_POLLING_FAILED ||
            !wait_socket(conn, s == PGRES_POLLING_READING ? POLLIN : POLLOUT, until))
            return false;
        s = PQconnectPoll(conn);
    }
    return PQsetnonblocking(conn, 1) == 0 && PQenterPipelineMode(conn) == 1;
}

static enum cs_rc prepare(struct cs_db *db, const struct cs_stmt *s, int *n, struct cs_err *err)
{
    if (PQsendPrepare(db->conn, s->name, s->sql, 0, NULL) != 1)
        return cs_db_map_error(db->conn, NULL, &db->stale, err);
    db->unflushed = true;
    ++*n;
    return CS_OK;
}

/* Prepares all statements and, but for migrations, asks for the facts: one flush. */
static enum cs_rc greet(struct cs_db *db, struct cs_arena *arena, struct cs_err *err)
{
    const struct cs_stmt *const *s = db->conf.stmts;
    struct cs_rows rows;
    struct cs_call call;
    enum cs_rc rc = CS_OK;
    int n = 0;

    for (; rc == CS_OK && s && *s; s++)
        rc = prepare(db, *s, &n, err);
    if (rc == CS_OK && !db->conf.owner) {
        rc = prepare(db, &cs_db_facts_stmt, &n, err);
        cs_call_init(&call, &cs_db_facts_stmt, arena);
        if (rc == CS_OK)
            rc = cs_db_send(db, &call, err);
        n++;
    }
    if (rc == CS_OK)
        rc = cs_db_end(db, err);
    for (; rc == CS_OK && n > 0; n--)
        rc = cs_db_recv(db, arena, &rows, err);
    if (rc == CS_OK && !db->conf.owner)
        rc = cs_db_read_facts(&db->conf, &rows, &db->facts, err);
    return rc == CS_OK ? cs_db_finish(db, err) : rc;
}

/* A server that hangs takes every connection's whole time-out. Half of the time is spent on other
 * requests, which are told so at once: else all workers would hang with it. */
static void note_failure(struct cs_db *db, uint64_t since_ms)
{
    uint64_t now = cs_clock_mono_ms();

    db->failed_ms = now;
    db->away_until_ms = now + (now - since_ms);
}

/* A worker that refuses while the others serve would be the fastest of them, and get most requests. */
static bool others_are_served(const struct cs_db *db)
{
    return db->conf.heard_ms && db->conf.heard_ms(db->conf.heard_ctx) > db->failed_ms;
}

static enum cs_rc connect_db(struct cs_db *db, struct cs_err *err)
{
    uint64_t since = cs_clock_mono_ms();
    struct cs_arena arena;
    enum cs_rc rc;

    disconnect(db);
    if (since < db->away_until_ms && !others_are_served(db))
        return cs_fail_log(err, CS_E_UNAVAILABLE, "the database did not answer a moment ago");
    db->mode = CS_DB_READ;
    db->failure = (struct cs_err){.rc = CS_OK};
    db->conn = cs_db_start_connect(&db->conf);
    if (!db->conn)
        return cs_fail(err, CS_E_NO_MEMORY);
    PQsetNoticeReceiver(db->conn, on_notice, db);
    cs_arena_init(&arena, 256 * 1024);
    if (PQstatus(db->conn) == CONNECTION_BAD || !finish_connect(db->conn))
        rc = cs_fail_log(err, CS_E_UNAVAILABLE, "%.250s", PQerrorMessage(db->conn));
    else
        rc = greet(db, &arena, err);
    cs_arena_release(&arena);
    db->counts.connects += rc == CS_OK;
    if (rc != CS_OK) {
        note_failure(db, since);
        disconnect(db);
    }
    return rc;
}

/* A connection that the server closed while we were idle is readable; only then is anything
 * read: what the server has said at last, and then the end. */
static bool died_idle(struct cs_db *db)
{
    struct pollfd p = {.fd = PQsocket(db->conn), .events = POLLIN};

    while (poll(&p, 1, 0) > 0)
        if (!PQconsumeInput(db->conn) || PQstatus(db->conn) != CONNECTION_OK)
            return true;
    return false;
}

enum cs_rc cs_db_begin(struct cs_db *db, enum cs_db_mode mode, struct cs_err *err)
{
    enum cs_rc rc = CS_OK;

    if (db->conn)
        cs_db_drain(db);
    db->deadline_ms = cs_clock_mono_ms() + (uint64_t)db->conf.deadline_ms;
    if (!db->conn || db->stale || died_idle(db))
        rc = connect_db(db, err);
    db->deadline_ms = cs_clock_mono_ms() + (uint64_t)db->conf.deadline_ms;
    db->warned = db->told = false;
    db->failure.rc = CS_OK;
    db->mode = mode;
    return rc;
}

/* --- sending ---------------------------------------------------------------------------------- */

enum cs_rc cs_db_send(struct cs_db *db, const struct cs_call *call, struct cs_err *err)
{
    if (call->failed)
        return cs_fail(err, CS_E_NO_MEMORY);
    assert(call->n == call->stmt->nparams);
    if (!db->conn || PQsendQueryPrepared(db->conn, call->stmt->name, call->n, call->values,
                                         call->lengths, call->formats, 0) != 1)
        return cs_db_map_error(db->conn, NULL, &db->stale, err);
    db->unflushed = true;
    return CS_OK;
}

enum cs_rc cs_db_end(struct cs_db *db, struct cs_err *err)
{
    if (!db->conn || PQpipelineSync(db->conn) != 1)
        return cs_db_map_error(db->conn, NULL, &db->stale, err);
    db->unflushed = true;
    db->segments++;
    return CS_OK;
}

/* --- receiving -------------------------------------------------------------------------------- */

/* The connection is of no more use; what it was doing may or may not have happened. */
static enum cs_rc give_up(struct cs_db *db, struct cs_err *err)
{
    (void)cs_db_map_error(db->conn, NULL, &db->stale, &db->failure);
    if (db->mode == CS_DB_WRITE)
        db->failure.rc = CS_E_COMMIT_UNKNOWN;
    disconnect(db);
    if (err)
        *err = db->failure;
    return db->failure.rc;
}

/* A result that is an error: remembered for the calls behind it. A back end that was told to stop
 * (57P…) may have committed before: for a write that is unknown too. */
static enum cs_rc take_failure(struct cs_db *db, const PGresult *res)
{
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

    (void)cs_db_map_error(db->conn, res, &db->stale, &db->failure);
    if (db->mode == CS_DB_WRITE && (!state || strncmp(state, "57P", 3) == 0))
        db->failure.rc = CS_E_COMMIT_UNKNOWN;
    return db->failure.rc;
}

static bool is_rows(const PGresult *res)
{
    ExecStatusType s = PQresultStatus(res);

    return s == PGRES_TUPLES_OK || s == PGRES_COMMAND_OK;
}

static void clear_result(void *res)
{
    PQclear(res);
}

enum cs_rc cs_db_recv(struct cs_db *db, struct cs_arena *arena, struct cs_rows *rows,
                      struct cs_err *err)
{
    bool lost = false;
    PGresult *res = NULL;

    rows->res = NULL;
    /* one NULL stands between two calls' results; a second means that nothing is on the way */
    for (int i = 0; !res && !lost && i < 2; i++)
        res = next_result(db, &lost);
    db->told = true;
    if (!res)
        return give_up(db, err);
    if (!cs_arena_defer(arena, clear_result, res))
        return cs_fail(err, CS_E_NO_MEMORY);
    if (is_rows(res)) {
        rows->res = res;
        return CS_OK;
    }
    if (PQresultStatus(res) == PGRES_FATAL_ERROR)
        (void)take_failure(db, res);
    else if (db->failure.rc == CS_OK) /* a sync where a row was expected: a bug of ours */
        (void)cs_fail_log(&db->failure, CS_E_INTERNAL, "answers and calls do not match");
    if (err)
        *err = db->failure;
    return db->failure.rc;
}

enum cs_rc cs_db_finish(struct cs_db *db, struct cs_err *err)
{
    bool lost = false, synced = false;

    while (!synced && db->segments > 0) {
        PGresult *res = next_result(db, &lost);
        if (lost || (!res && PQstatus(db->conn) != CONNECTION_OK)) {
            PQclear(res);
            return give_up(db, err);
        }
        synced = PQresultStatus(res) == PGRES_PIPELINE_SYNC;
        if (res && PQresultStatus(res) == PGRES_FATAL_ERROR)
            (void)take_failure(db, res);
        PQclear(res);
    }
    db->segments -= synced;
    if (synced && db->conf.tell_ms)
        __atomic_store_n(db->conf.tell_ms, db->deadline_ms - (uint64_t)db->conf.deadline_ms,
                         __ATOMIC_RELAXED);
    if (db->failure.rc == CS_OK && db->warned && db->mode == CS_DB_WRITE)
        (void)cs_fail_log(&db->failure, CS_E_COMMIT_UNKNOWN, "the server warned during the commit");
    enum cs_rc rc = db->failure.rc;
    if (rc != CS_OK && err)
        *err = db->failure;
    db->failure.rc = CS_OK;
    db->warned = db->told = false;
    return rc;
}

void cs_db_drain(struct cs_db *db)
{
    struct cs_err ignored;

    /* calls that were queued without an end would have no sync to read to */
    if (db->conn && db->segments == 0 && db->unflushed && cs_db_end(db, &ignored) != CS_OK)
        disconnect(db);
    while (db->conn && db->segments > 0) {
        bool told = db->told;
        if (cs_db_finish(db, &ignored) != CS_OK && !told)
            cs_log_err("db_drained", &ignored);
    }
}

enum cs_rc cs_db_run(struct cs_db *db, enum cs_db_mode mode, const struct cs_call *call,
                     struct cs_arena *arena, struct cs_rows *rows, struct cs_err *err)
{
    enum cs_rc rc = cs_db_begin(db, mode, err);

    if (rc == CS_OK)
        rc = cs_db_send(db, call, err);
    if (rc == CS_OK)
        rc = cs_db_end(db, err);
    if (rc == CS_OK)
        rc = cs_db_recv(db, arena, rows, err);
    if (rc == CS_OK)
        rc = cs_db_finish(db, err);
    return rc;
}

/* --- scripts ---------------------------------------------------------------------------------- */

enum cs_rc cs_db_script(struct cs_db *db, const char *sql, struct cs_err *err)
{
    enum cs_rc rc = CS_OK;
    PGresult *res;

    if (PQexitPipelineMode(db->conn) != 1 || PQsetnonblocking(db->conn, 0) != 0 ||
        PQsendQuery(db->conn, sql) != 1)
        return cs_db_map_error(db->conn, NULL, &db->stale, err);
    while ((res = PQgetResult(db->conn)) != NULL) {
        if (PQresultStatus(res) == PGRES_FATAL_ERROR && rc == CS_OK)
            rc = cs_fail_log(err, CS_E_INTERNAL, "%.290s", PQresultErrorMessage(res));
        PQclear(res);
    }
    if (PQsetnonblocking(db->conn, 1) != 0 || PQenterPipelineMode(db->conn) != 1)
        disconnect(db);
    return rc;
}

enum cs_rc cs_db_verifier(struct cs_db *db, struct cs_arena *arena, const char *role,
                          const char *password, const char **out, struct cs_err *err)
{
    char *text = PQencryptPasswordConn(db->conn, password, role, "scram-sha-256");

    if (!text)
        return cs_fail_log(err, CS_E_INTERNAL, "%.250s", PQerrorMessage(db->conn));
    *out = cs_str_cstr(arena, cs_str_c(text));
    PQfreemem(text);
    return *out ? CS_OK : cs_fail(err, CS_E_NO_MEMORY);
}

int cs_db_backend(const struct cs_db *db)
{
    return db->conn ? PQbackendPID(db->conn) : 0;
}
