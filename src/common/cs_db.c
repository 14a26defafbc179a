/* cs_db.c - calls, rows, session settings and the mapping of SQLSTATEs; see cs_db.h. */
#include "cs_db.h"

#include "cs_notify.h"

#include <assert.h>
#include <libpq-fe.h>
#include <stdio.h>

/* Session settings of every connection, sent with the start-up packet: no extra round trip.
 * lock_timeout bounds the wait for a room's counter (R13). enable_seqscan and plan_cache_mode pin
 * the plans that are cached while the tables are still empty (architecture, "a trap"); so do the
 * joins: every statement of ours probes keys, and another join would read a table from end to end.
 * jit: compiling costs more than any statement of ours runs. */
#define SESSION_COMMON "-c TimeZone=UTC -c DateStyle=ISO -c client_min_messages=warning "
static const char session_app[] =
    SESSION_COMMON "-c statement_timeout=10s -c lock_timeout=2s "
                   "-c idle_in_transaction_session_timeout=5s -c enable_seqscan=off "
                   "-c enable_hashjoin=off -c enable_mergejoin=off "
                   "-c plan_cache_mode=force_generic_plan -c jit=off";
static const char session_owner[] = SESSION_COMMON "-c lock_timeout=60s";

void cs_call_init(struct cs_call *c, const struct cs_stmt *stmt, struct cs_arena *arena)
{
    c->stmt = stmt;
    c->arena = arena;
    c->n = 0;
    c->failed = false;
}

static void put(struct cs_call *c, const char *value, size_t len, int format)
{
    assert(c->n < CS_DB_PARAMS_MAX);
    c->values[c->n] = value;
    c->lengths[c->n] = (int)len;
    c->formats[c->n] = format;
    c->n++;
}

void cs_call_text(struct cs_call *c, struct cs_str s)
{
    char *copy = NULL;

    if (s.p) {
        copy = cs_str_cstr(c->arena, s);
        if (!copy || memchr(s.p, '\0', s.len))
            c->failed = true;
    }
    put(c, copy, s.len, 0);
}

void cs_call_cstr(struct cs_call *c, const char *s)
{
    put(c, s, s ? strlen(s) : 0, 0);
}

void cs_call_uuid(struct cs_call *c, const struct cs_uuid *id)
{
    char *text = NULL;

    if (id) {
        text = cs_arena_alloc(c->arena, CS_UUID_LEN + 1);
        if (text)
            cs_uuid_text(id, text);
        else
            c->failed = true;
    }
    put(c, text, CS_UUID_LEN, 0);
}

void cs_call_i64(struct cs_call *c, int64_t v)
{
    char *text = cs_arena_printf(c->arena, "%lld", (long long)v);

    c->failed |= !text;
    put(c, text, text ? strlen(text) : 0, 0);
}

void cs_call_bool(struct cs_call *c, bool v)
{
    put(c, v ? "t" : "f", 1, 0);
}

void cs_call_bytes(struct cs_call *c, const void *p, size_t len)
{
    put(c, p, len, 1);
}

void cs_call_null(struct cs_call *c)
{
    put(c, NULL, 0, 0);
}

void cs_array_begin(struct cs_buf *b)
{
    cs_buf_clear(b);
    cs_buf_putc(b, '{');
}

static void array_comma(struct cs_buf *b)
{
    if (b->len > 1)
        cs_buf_putc(b, ',');
}

void cs_array_str(struct cs_buf *b, struct cs_str s)
{
    array_comma(b);
    if (!s.p) {
        cs_buf_cstr(b, "NULL");
        return;
    }
    cs_buf_putc(b, '"');
    size_t from = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] != '"' && s.p[i] != '\\')
            continue;
        cs_buf_add(b, s.p + from, i - from);
        cs_buf_putc(b, '\\');
        from = i;
    }
    cs_buf_add(b, s.p + from, s.len - from);
    cs_buf_putc(b, '"');
}

void cs_array_uuid(struct cs_buf *b, const struct cs_uuid *id)
{
    array_comma(b);
    if (id)
        cs_buf_uuid(b, id);
    else
        cs_buf_cstr(b, "NULL");
}

void cs_array_i64(struct cs_buf *b, int64_t v)
{
    array_comma(b);
    cs_buf_i64(b, v);
}

void cs_call_array(struct cs_call *c, struct cs_buf *b)
{
    cs_buf_putc(b, '}');
    c->failed |= b->failed;
    put(c, cs_buf_cview(b), b->len, 0);
}

int cs_rows_count(const struct cs_rows *r)
{
    return r->res ? PQntuples(r->res) : 0;
}

bool cs_rows_null(const struct cs_rows *r, int row, int col)
{
    return PQgetisnull(r->res, row, col) == 1;
}

struct cs_str cs_rows_str(const struct cs_rows *r, int row, int col)
{
    if (cs_rows_null(r, row, col))
        return (struct cs_str){NULL, 0};
    return cs_str_n(PQgetvalue(r->res, row, col), (size_t)PQgetlength(r->res, row, col));
}

/* PostgreSQL prints integers plainly, so nothing but a sign and digits can come. */
int64_t cs_rows_i64(const struct cs_rows *r, int row, int col)
{
    struct cs_str s = cs_rows_str(r, row, col);
    uint64_t v = 0;
    bool negative = s.len && s.p[0] == '-';

    for (size_t i = negative; i < s.len; i++)
        v = v * 10 + (uint64_t)(s.p[i] - '0');
    return negative ? (int64_t)(0 - v) : (int64_t)v;
}

bool cs_rows_bool(const struct cs_rows *r, int row, int col)
{
    return cs_str_is(cs_rows_str(r, row, col), "t");
}

struct cs_uuid cs_rows_uuid(const struct cs_rows *r, int row, int col)
{
    struct cs_uuid id = {{0}};

    (void)cs_uuid_parse(cs_rows_str(r, row, col), &id); /* NULL or not one: stays nil */
    return id;
}

void cs_rows_release(struct cs_rows *r)
{
    PQclear(r->res);
    r->res = NULL;
}

struct pg_conn *cs_db_start_connect(const struct cs_db_conf *conf)
{
    /* The first dbname is expanded as a whole connection string; what follows overrides it.
     * 10 s of TCP silence is a dead server (R13); read-write skips standbys of a host list (R14). */
    const char *const keys[] = {"dbname",          "application_name", "options",
                                "client_encoding", "connect_timeout",  "tcp_user_timeout",
                                "keepalives_idle", "target_session_attrs", NULL};
    const char *const values[] = {conf->url, conf->program,
                                  conf->owner ? session_owner : session_app,
                                  "UTF8", "5", "10000", "10", "read-write", NULL};

    cs_notify_alive(); /* a resolver that is away holds us up for longer than anything else */
    return PQconnectStartParams(keys, values, 1);
}

const struct cs_stmt cs_db_facts_stmt = {
    .name = "session_facts",
    .nparams = 0,
    .ncols = 4,
    .sql = "SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on',\n"
           "       current_setting('synchronous_commit') IN ('on', 'remote_apply'),\n"
           "       (SELECT system_identifier FROM pg_catalog.pg_control_system()),\n"
           "       substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8)",
};

enum cs_rc cs_db_read_facts(const struct cs_db_conf *conf, const struct cs_rows *r,
                            struct cs_db_facts *out, struct cs_err *err)
{
    if (cs_rows_count(r) != 1)
        return cs_fail_log(err, CS_E_UNAVAILABLE, "the server did not say its settings");
    if (!conf->allow_weak_durability && !cs_rows_bool(r, 0, 0))
        return cs_fail_log(err, CS_E_CONFIG,
                           "PostgreSQL runs with fsync or full_page_writes off: an acknowledged "
                           "message could be lost. Turn them on, or set ALLOW_WEAK_DURABILITY=true");
    if (!conf->allow_weak_durability && !cs_rows_bool(r, 0, 1))
        return cs_fail_log(err, CS_E_CONFIG,
                           "synchronous_commit is below `on` for this role or database: an "
                           "acknowledged message could be lost. ALTER ROLE … SET synchronous_commit "
                           "= on, or set ALLOW_WEAK_DURABILITY=true");
    (void)snprintf(out->epoch_base, sizeof out->epoch_base, CS_STR_FMT "-" CS_STR_FMT,
                   CS_STR_ARG(cs_rows_str(r, 0, 2)), CS_STR_ARG(cs_rows_str(r, 0, 3)));
    return CS_OK;
}

/* SQLSTATEs to rows of the error table; a two-character entry stands for its class. The first match
 * counts. */
static const struct {
    const char *state;
    enum cs_rc rc;
    bool stale;
} sqlstates[] = {
    {"CS401", CS_E_UNAUTHORIZED, false}, /* raised by chat.guard */
    {"CS403", CS_E_FORBIDDEN, false},
    {"CS429", CS_E_RATE, false},
    {"23505", CS_E_CONFLICT, false},
    {"22021", CS_E_BAD_ENCODING, false},
    {"22P05", CS_E_BAD_ENCODING, false},
    {"22", CS_E_BAD_REQUEST, false},
    {"25006", CS_E_READ_ONLY, false}, /* read_only_sql_transaction: a standby, or made so */
    {"53100", CS_E_READ_ONLY, false}, /* disk full */
    {"55P03", CS_E_ROOM_BUSY, false}, /* lock_timeout */
    {"40001", CS_E_ROOM_BUSY, false},
    {"40P01", CS_E_ROOM_BUSY, false},
    {"0A000", CS_E_UNAVAILABLE, true}, /* cached plan must not change result type */
    {"26000", CS_E_UNAVAILABLE, true}, /* the prepared statement is gone (a pooler, DISCARD) */
    {"42883", CS_E_UNAVAILABLE, true}, /* function replaced by a migration under us */
    {"42P01", CS_E_UNAVAILABLE, true},
    {"42703", CS_E_UNAVAILABLE, true},
    {"57", CS_E_UNAVAILABLE, false}, /* cancelled, shut down, starting up */
    {"53", CS_E_UNAVAILABLE, false}, /* out of connections, memory */
    {"08", CS_E_UNAVAILABLE, false},
};

static int hint_ms(const PGresult *res)
{
    const char *hint = PQresultErrorField(res, PG_DIAG_MESSAGE_HINT);
    int ms = 0;

    for (; hint && *hint >= '0' && *hint <= '9' && ms < 1000000; hint++)
        ms = ms * 10 + (*hint - '0');
    return ms;
}

enum cs_rc cs_db_map_error(const struct pg_conn *conn, const struct pg_result *res, bool *stale,
                           struct cs_err *err)
{
    const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
    const char *text = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;

    if (!state) /* the connection itself broke */
        return cs_fail_log(err, CS_E_UNAVAILABLE, "database connection: %.200s",
                           PQerrorMessage(conn));
    for (size_t i = 0; i < sizeof sqlstates / sizeof *sqlstates; i++) {
        if (strncmp(state, sqlstates[i].state, strlen(sqlstates[i].state)) != 0)
            continue;
        *stale |= sqlstates[i].stale;
        (void)cs_fail_log(err, sqlstates[i].rc, "%s: %.200s", state, text ? text : "");
        if (err)
            err->retry_after_ms = hint_ms(res);
        return sqlstates[i].rc;
    }
    return cs_fail_log(err, CS_E_INTERNAL, "%s: %.200s", state, text ? text : "");
}
