/* guard.c - see guard.h. */
#include "guard.h"

#include "cs_clock.h"
#include "cs_log.h"

/* --- the credential --------------------------------------------------------------------------- */

static bool has_comma(struct cs_str s)
{
    return s.len && memchr(s.p, ',', s.len);
}

/* Apache and lighttpd join repeated headers with a comma, nginx passes two, so both are refused
 * alike (S13). */
static bool is_ambiguous(const struct head *head)
{
    return head->repeated || has_comma(head->authorization) || has_comma(head->session_token) ||
           has_comma(head->idempotency_key) || has_comma(head->origin);
}

/* What stands behind "Bearer "; {NULL, 0} for another scheme. */
static struct cs_str bearer(struct cs_str authorization)
{
    struct cs_str rest = authorization, scheme = cs_str_split(&rest, ' ');

    if (!cs_str_ieq(scheme, CS_LIT("Bearer")))
        return cs_str_n(NULL, 0);
    return cs_str_trim(rest);
}

enum cs_rc guard_credential(const struct head *head, const struct cs_jwt_keys *keys, int64_t now_s,
                            struct store_cred *out, struct cs_err *err)
{
    struct cs_str token = bearer(head->authorization), other = cs_str_trim(head->session_token);

    if (is_ambiguous(head))
        return cs_fail_detail(err, CS_E_BAD_REQUEST, "A credential is given more than once");
    if (head->authorization.p && !token.len)
        return cs_fail(err, CS_E_UNAUTHORIZED);
    if (token.len && other.len && !cs_str_eq(token, other))
        return cs_fail_detail(err, CS_E_BAD_REQUEST, "Two different credentials are given");
    if (!token.len)
        token = other;
    if (!token.len)
        return cs_fail(err, CS_E_UNAUTHORIZED);
    return store_cred_read(token, keys, now_s, out, err);
}

enum cs_rc guard_identify(struct req *r, struct cs_err *err)
{
    enum cs_rc rc =
        guard_credential(&r->head, &r->app->keys, cs_clock_wall_s(), &r->cred, err);

    if (rc == CS_OK && r->cred.kind == STORE_CRED_JWT) {
        r->who.user_id = r->cred.user_id;
        r->who.cred_id = r->cred.sid;
        r->who.cred_kind = CS_LIT("session");
    }
    return rc;
}

/* --- the verdict ------------------------------------------------------------------------------ */

static enum cs_rc check_reader(const struct req *r, struct cs_err *err)
{
    unsigned needs = req_is_client(r) ? r->route->client : r->route->user;

    return cs_rights_allow(r->who.rights, needs) ? CS_OK : cs_fail(err, CS_E_FORBIDDEN);
}

static enum cs_rc take_reader(struct req *r, const struct cs_rows *rows, struct cs_err *err)
{
    struct store_guarded g;

    if (!store_guard_read_read(rows, &g))
        return cs_fail(err, CS_E_UNAUTHORIZED);
    r->who = g.who;
    r->touch = g.touch;
    return r->route->mode == CS_DB_READ ? check_reader(r, err) : CS_OK;
}

static void rate_headers(struct req *r, int64_t left, int64_t reset_ms)
{
    resp_header_i64(&r->resp, "X-RateLimit-Limit", r->app->cfg.writes_per_min);
    resp_header_i64(&r->resp, "X-RateLimit-Remaining", left);
    resp_header_i64(&r->resp, "X-RateLimit-Reset", (reset_ms + 999) / 1000);
}

static enum cs_rc take_writer(struct req *r, const struct cs_rows *rows, struct cs_err *err)
{
    struct store_guarded g;

    if (!store_guard_write_read(rows, &g))
        return cs_fail(err, CS_E_UNAUTHORIZED);
    r->who = g.who;
    if (g.has_bucket)
        rate_headers(r, g.tokens_left, g.reset_ms);
    return CS_OK;
}

/* --- in the unit of work ---------------------------------------------------------------------- */

enum cs_rc guard_resolve(struct req *r, struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    if (!route_is_guarded(r->route) || r->cred.kind == STORE_CRED_JWT || r->resolved)
        return CS_OK;
    store_guard_read_call(&call, &r->arena, &r->cred);
    enum cs_rc rc = cs_db_run(r->app->db, CS_DB_READ, &call, &r->arena, &rows, err);
    if (rc == CS_OK)
        rc = take_reader(r, &rows, err);
    r->resolved = rc == CS_OK;
    return rc;
}

/* A write is guarded in its own transaction, whatever was read before it. */
static bool guards_here(const struct req *r)
{
    return route_is_guarded(r->route) && !(r->resolved && r->route->mode == CS_DB_READ);
}

enum cs_rc guard_send(struct req *r, struct cs_err *err)
{
    struct store_needs needs = {r->route->user, r->route->client, r->route->cost,
                                r->app->cfg.writes_per_min};
    struct cs_call call;

    if (!guards_here(r))
        return CS_OK;
    if (r->route->mode == CS_DB_READ)
        store_guard_read_call(&call, &r->arena, &r->cred);
    else
        store_guard_write_call(&call, &r->arena, &r->cred, &needs);
    return req_send(r, &call, err);
}

enum cs_rc guard_recv(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;

    if (!guards_here(r))
        return CS_OK;
    enum cs_rc rc = req_recv(r, &rows, err);
    if (rc == CS_E_RATE) {
        cs_count(&r->app->count->throttled[THROTTLE_WRITES]);
        rate_headers(r, 0, err->retry_after_ms);
    }
    if (rc != CS_OK)
        return rc;
    return r->route->mode == CS_DB_READ ? take_reader(r, &rows, err) : take_writer(r, &rows, err);
}

void guard_touch(struct req *r)
{
    struct cs_call call;
    struct cs_rows rows;
    struct cs_err err;

    if (!r->touch)
        return;
    store_touch_call(&call, &r->arena, &r->who);
    if (cs_db_run(r->app->db, CS_DB_WRITE, &call, &r->arena, &rows, &err) != CS_OK)
        cs_log_err("touch", &err);
}
