/* ws_http.c - plain HTTP on the gateway's socket: whole answers, problems as everywhere. */
#include "cs_wire.h"
#include "local.h"
#include "ws_internal.h"

enum { BODY_MAX = 256 * 1024 };

struct answer {
    struct lws *wsi;
    unsigned char *p, *end;
    bool failed;
};

static void put_header(struct answer *a, const char *name_and_colon, const char *value)
{
    a->failed = a->failed ||
                lws_add_http_header_by_name(a->wsi, (const unsigned char *)name_and_colon,
                                            (const unsigned char *)value, (int)strlen(value), &a->p,
                                            a->end);
}

/* What a status owes besides its body (RFC 9110). */
static void put_owed(struct answer *a, int status)
{
    if (status == 426) {
        put_header(a, "upgrade:", "websocket");
        put_header(a, "sec-websocket-version:", "13");
    }
    if (status == 503)
        put_header(a, "retry-after:", "1");
}

/* The web server's id of the request, when it is one that can be repeated. */
static void put_request_id(struct answer *a)
{
    static const char name[] = "x-request-id:";
    char id[65];
    int len = lws_hdr_custom_copy(a->wsi, id, sizeof id, name, sizeof name - 1);

    if (len > 0)
        put_header(a, name, id);
}

/* Writes a whole answer; false when the connection has to go. */
static bool answer(struct lws *wsi, int status, const char *type, const struct cs_buf *body)
{
    unsigned char head[LWS_PRE + 2048];
    struct answer a = {wsi, head + LWS_PRE, head + sizeof head, false};
    unsigned char *copy = malloc(LWS_PRE + body->len + 1);

    a.failed = !copy || lws_add_http_common_headers(wsi, (unsigned)status, type, body->len, &a.p, a.end);
    put_header(&a, "cache-control:", "no-store");
    put_request_id(&a);
    put_owed(&a, status);
    bool ok = !a.failed && !lws_finalize_write_http_header(wsi, head + LWS_PRE, &a.p, a.end);
    if (ok) {
        memcpy(copy + LWS_PRE, body->len ? body->p : "", body->len);
        ok = lws_write(wsi, copy + LWS_PRE, body->len, LWS_WRITE_HTTP_FINAL) >= 0;
    }
    free(copy);
    return ok;
}

bool ws_answer_problem(struct lws *wsi, const struct cs_err *err)
{
    struct cs_buf body;

    cs_buf_init(&body, BODY_MAX);
    struct cs_jw w = cs_jw_on(&body);
    cs_wire_problem(&w, err);
    bool ok = answer(wsi, cs_err_row(err->rc)->http, "application/problem+json", &body);
    cs_buf_release(&body);
    return ok;
}

/* What is not a page of ours: /ws wants a handshake, the rest is not there. */
static bool answer_unknown(struct lws *wsi, struct cs_str path)
{
    struct cs_err err;

    (void)cs_fail(&err, cs_str_is(path, "/ws") ? CS_E_UPGRADE_REQUIRED : CS_E_NOT_FOUND);
    return ws_answer_problem(wsi, &err);
}

/* From this machine, and nothing says that it was passed on for somebody else. */
static bool is_local(struct lws *wsi)
{
    static const char forwarded[] = "forwarded:";

    return local_peer(lws_get_socket_fd(wsi)) &&
           !lws_hdr_total_length(wsi, WSI_TOKEN_X_FORWARDED_FOR) &&
           !lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_X_REAL_IP) &&
           !lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_VIA) &&
           lws_hdr_custom_length(wsi, forwarded, sizeof forwarded - 1) <= 0;
}

int ws_http(struct lws *wsi, struct ws *ws, const char *path)
{
    struct cs_buf body;
    struct ws_page page = {cs_str_c(path), is_local(wsi), &body, "application/json"};
    int status = 404;
    bool ok;

    cs_buf_init(&body, BODY_MAX);
    if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI))
        status = ws->handlers.http(ws->ctx, &page);
    ok = status == 404 ? answer_unknown(wsi, page.path) : answer(wsi, status, page.type, &body);
    cs_buf_release(&body);
    return !ok || lws_http_transaction_completed(wsi) ? -1 : 0;
}
