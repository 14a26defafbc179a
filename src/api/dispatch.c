/* dispatch.c - see dispatch.h. */
#include "dispatch.h"

#include "body.h"
#include "cors.h"
#include "cs_log.h"
#include "guard.h"
#include "pipeline.h"

/* --- what came -------------------------------------------------------------------------------- */

/* The web server's, when it looks like one; it goes into logs and back to the client. */
static bool is_request_id(struct cs_str id)
{
    static const char more[] = "-_.";

    for (size_t i = 0; i < id.len; i++) {
        char c = id.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!plain && !memchr(more, c, sizeof more - 1))
            return false;
    }
    return id.len >= 8 && id.len <= 64;
}

static void take_request_id(struct req *r)
{
    r->id = r->head.request_id;
    if (!is_request_id(r->id)) {
        char *text = cs_arena_alloc(&r->arena, CS_UUID_LEN + 1);
        struct cs_uuid id = cs_uuid_new();
        if (text)
            cs_uuid_text(&id, text);
        r->id = cs_str_c(text);
    }
    cs_log_set_request(r->id);
    resp_header(&r->resp, "X-Request-Id", r->id);
}

static enum cs_rc find_route(struct req *r, struct route_match *match, struct cs_err *err)
{
    enum cs_rc rc = uri_parse(&r->arena, r->head.uri, &r->uri, err);

    if (rc != CS_OK)
        return rc;
    route_find(routes, routes_n, r->method, r->uri.path, match);
    if (!match->allowed)
        return cs_fail(err, CS_E_NOT_FOUND);
    r->route = match->route;
    r->text = match->text;
    memcpy(r->ids, match->ids, sizeof r->ids);
    return CS_OK;
}

static void allow_header(struct req *r, unsigned methods)
{
    struct cs_buf list;

    cs_buf_init(&list, 80); /* all methods fit */
    method_list(&list, methods);
    resp_header(&r->resp, "Allow", cs_buf_view(&list));
    cs_buf_release(&list);
}

static enum cs_rc refuse_method(struct req *r, unsigned allowed, struct cs_err *err)
{
    allow_header(r, allowed);
    if (r->method != METHOD_OPTIONS)
        return cs_fail(err, CS_E_METHOD);
    cors_preflight(&r->resp, r->app->cfg.cors_allow_origins, r->head.origin);
    r->resp.status = 204;
    return CS_OK;
}

/* --- what is in it ---------------------------------------------------------------------------- */

/* A body that is too large is not even read. What else is wrong with it is for those to hear whom
 * the guard lets pass. */
static bool waits_for_guard(const struct req *r, enum cs_rc rc)
{
    return route_is_guarded(r->route) && rc != CS_E_TOO_LARGE && rc != CS_E_NO_MEMORY;
}

static enum cs_rc read_input(struct req *r, struct cs_err *err)
{
    enum cs_rc rc = body_read(r, err);

    if (rc == CS_OK)
        rc = body_query(r, err);
    if (rc != CS_OK && waits_for_guard(r, rc)) {
        r->refused = *err;
        rc = CS_OK;
    }
    return rc;
}

static enum cs_rc serve(struct req *r, struct cs_err *err)
{
    struct route_match match;
    enum cs_rc rc = find_route(r, &match, err);

    if (rc != CS_OK)
        return rc;
    if (!r->route)
        return refuse_method(r, match.allowed, err);
    rc = read_input(r, err);
    if (rc == CS_OK && route_is_guarded(r->route))
        rc = guard_identify(r, err);
    r->new_id = cs_uuid_new();
    return rc == CS_OK ? pipeline_run(r, err) : rc;
}

static void log_failure(const struct cs_err *err)
{
    if (cs_err_row(err->rc)->level <= CS_LOG_WARN || err->log[0])
        cs_log_err("request_failed", err);
}

static void count_failure(struct api_counters *count, enum cs_rc rc)
{
    cs_count(&count->errors[rc]);
    if (rc == CS_E_SLOW_MODE)
        cs_count(&count->throttled[THROTTLE_SLOW_MODE]);
}

void dispatch(struct req *r)
{
    struct cs_err err = {.rc = CS_OK};

    r->method = method_parse(r->head.method);
    r->is_head = cs_str_is(r->head.method, "HEAD");
    take_request_id(r);
    cors_headers(&r->resp, r->app->cfg.cors_allow_origins, r->head.origin);
    if (serve(r, &err) == CS_OK)
        return;
    log_failure(&err);
    count_failure(r->app->count, err.rc);
    resp_problem(&r->resp, &err);
}
