/* pipeline.c - see pipeline.h. */
#include "pipeline.h"

#include "cs_clock.h"
#include "cs_hook.h"
#include "cs_log.h"
#include "guard.h"
#include "indexing.h"
#include "store_post.h"

/* A failure that came quickly is a connection that was dead before we knew; what took longer would
 * take as long again. */
enum { QUICK_MS = 1000 };

static enum cs_rc send_bell(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    if (!r->bell.len)
        return CS_OK;
    store_bell_call(&call, &r->arena, cs_buf_view(&r->bell));
    enum cs_rc rc = req_send(r, &call, err);
    r->bell_sent = true;
    cs_buf_clear(&r->bell); /* the answer may have more to ring */
    return rc == CS_OK ? cs_db_end(r->app->db, err) : rc;
}

/* For what only the answer told: a round trip of its own, when the client has its response. */
static void send_late_bell(struct req *r)
{
    struct cs_call call;
    struct cs_rows rows;
    struct cs_err err;

    if (!r->bell.len)
        return;
    store_bell_call(&call, &r->arena, cs_buf_view(&r->bell));
    if (cs_db_run(r->app->db, CS_DB_READ, &call, &r->arena, &rows, &err) != CS_OK)
        cs_log_err("bell", &err);
}

/* Queues the guard and, unless something is wrong with the request already, the handler's calls:
 * the first transaction. Then the bell alone: the second. What `ask` refuses is said after the
 * guard. */
static enum cs_rc send_all(struct req *r, struct cs_err *refused, struct cs_err *err)
{
    enum cs_rc rc = guard_send(r, err);

    *refused = r->refused;
    cs_buf_clear(&r->bell);
    r->bell_sent = false;
    if (rc == CS_OK && refused->rc == CS_OK && r->route->ask && r->route->ask(r, refused) != CS_OK)
        cs_buf_clear(&r->bell);
    if (rc == CS_OK)
        rc = cs_db_end(r->app->db, err);
    if (r->route->mode == CS_DB_WRITE)
        CS_HOOK("after_write_before_bell");
    return rc == CS_OK ? send_bell(r, err) : rc;
}

/* The rows, the response, the commit. */
static enum cs_rc receive_all(struct req *r, const struct cs_err *refused, struct cs_err *err)
{
    enum cs_rc rc = guard_recv(r, err);

    if (rc == CS_OK && refused->rc != CS_OK) {
        *err = *refused;
        rc = refused->rc;
    }
    if (rc == CS_OK)
        rc = r->route->answer(r, err);
    if (r->route->mode == CS_DB_WRITE)
        CS_HOOK("after_write_before_commit");
    if (rc == CS_OK && !r->committed)
        rc = cs_db_finish(r->app->db, err);
    if (r->route->mode == CS_DB_WRITE)
        CS_HOOK("after_commit_before_answer");
    return rc;
}

static enum cs_rc attempt(struct req *r, struct cs_err *err)
{
    struct cs_err refused;
    enum cs_rc rc = guard_resolve(r, err);

    r->committed = false;
    if (rc == CS_OK)
        rc = cs_db_begin(r->app->db, r->route->mode, err);
    if (rc == CS_OK)
        rc = send_all(r, &refused, err);
    return rc == CS_OK ? receive_all(r, &refused, err) : rc;
}

/* CS_E_UNAVAILABLE: known not to have happened (the connection was dead, the statements had to be
 * prepared again). CS_E_COMMIT_UNKNOWN: only what may happen twice (R4). */
static bool may_try_again(const struct req *r, enum cs_rc rc, uint64_t since_ms)
{
    if (rc == CS_E_UNAVAILABLE)
        return cs_clock_mono_ms() - since_ms < QUICK_MS;
    return rc == CS_E_COMMIT_UNKNOWN && r->route->repeatable;
}

/* A second attempt that did not get as far as a verdict leaves the first one's outcome unknown. */
static bool says_nothing(enum cs_rc rc)
{
    return rc == CS_E_UNAVAILABLE || rc == CS_E_ROOM_BUSY || rc == CS_E_READ_ONLY ||
           rc == CS_E_NO_MEMORY;
}

static enum cs_rc try_again(struct req *r, struct cs_err *err)
{
    struct cs_err first = *err;
    enum cs_rc rc;

    cs_log_err("again", err);
    cs_count(&r->app->count->retries);
    rc = attempt(r, err);
    if (first.rc != CS_E_COMMIT_UNKNOWN || !says_nothing(rc))
        return rc;
    *err = first;
    return first.rc;
}

enum cs_rc pipeline_run(struct req *r, struct cs_err *err)
{
    uint64_t since = cs_clock_mono_ms();
    size_t headers = r->resp.headers.len;

    if (!route_is_guarded(r->route) && !r->route->ask) { /* nothing of it is known beforehand */
        r->committed = true;
        return r->route->answer(r, err);
    }
    enum cs_rc rc = attempt(r, err);
    if (may_try_again(r, rc, since)) {
        r->resp.headers.len = headers; /* those of the first attempt go */
        rc = try_again(r, err);
    }
    return rc;
}

void pipeline_after(struct req *r)
{
    if (r->bell.len || r->bell_sent)
        CS_HOOK("after_answer_before_bell");
    cs_db_drain(r->app->db);
    send_late_bell(r);
    guard_touch(r);
    indexing_after(r);
}
