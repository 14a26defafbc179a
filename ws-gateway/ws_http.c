/* ws_http.c - plain HTTP on the gateway's socket: whole answers, problems as everywhere, and what every
 * answer says besides. lws adds nosniff and its like by itself (see ws_new). */
#include "cs_wire.h"
#include "local.h"
#include "ws_internal.h"

enum { BODY_MAX = 256 * 1024 };

/* --- the head --------------------------------------------------------------------------------- */

void ws_echo_read(const struct ws *ws, struct lws *wsi, struct ws_echo *echo)
{
    *echo = (struct ws_echo){.request_id = ""};
    (void)ws_other_header(wsi, CS_LIT("x-request-id:"), echo->request_id, sizeof echo->request_id);
    if (ws_origin_ok(ws, wsi))
        (void)ws_header(wsi, WSI_TOKEN_ORIGIN, echo->origin, sizeof echo->origin);
}

void ws_head_put(struct ws_head *h, const char *name_and_colon, const char *value)
{
    h->failed = h->failed ||
                lws_add_http_header_by_name(h->wsi, (const unsigned char *)name_and_colon,
                                            (const unsigned char *)value, (int)strlen(value), &h->p,
                                            h->bytes + sizeof h->bytes);
}

/* What lets a page of another origin that is listed read the answer (contract, "CORS"). */
static void put_cors(struct ws_head *h, const struct ws_echo *echo)
{
    ws_head_put(h, "vary:", "Origin");
    if (!echo->origin[0])
        return;
    ws_head_put(h, "access-control-allow-origin:", echo->origin);
    ws_head_put(h, "access-control-allow-credentials:", "true");
    ws_head_put(h, "access-control-expose-headers:", "Retry-After, X-Request-Id");
}

/* What a status owes (RFC 9110). */
static void put_owed(struct ws_head *h, int status)
{
    if (status == 401)
        ws_head_put(h, "www-authenticate:", "Bearer");
    if (status == 405)
        ws_head_put(h, "allow:", "GET, OPTIONS");
    if (status == 426) {
        ws_head_put(h, "upgrade:", "websocket");
        ws_head_put(h, "sec-websocket-version:", "13");
    }
    if (status == 429 || status == 503)
        ws_head_put(h, "retry-after:", "1");
}

void ws_head_begin(struct ws_head *h, struct lws *wsi, const struct ws_echo *echo, int status,
                   const char *type, uint64_t length)
{
    *h = (struct ws_head){.wsi = wsi};
    h->p = h->bytes + LWS_PRE;
    h->failed = lws_add_http_common_headers(wsi, (unsigned)status, type, length, &h->p,
                                            h->bytes + sizeof h->bytes);
    ws_head_put(h, "cache-control:", "no-store");
    if (echo->request_id[0])
        ws_head_put(h, "x-request-id:", echo->request_id);
    if (echo->last && length != WS_NO_LENGTH) /* (without a length lws says it itself) */
        ws_head_put(h, "connection:", "close");
    put_cors(h, echo);
    put_owed(h, status);
}

bool ws_head_end(struct ws_head *h)
{
    return !h->failed && !lws_finalize_write_http_header(h->wsi, h->bytes + LWS_PRE, &h->p,
                                                         h->bytes + sizeof h->bytes);
}

/* --- whole answers ---------------------------------------------------------------------------- */

bool ws_answer(struct lws *wsi, const struct ws_echo *echo, int status, const char *type,
               const struct cs_buf *body)
{
    struct ws_head head;
    unsigned char *copy = malloc(LWS_PRE + body->len + 1);

    if (!copy)
        return false;
    ws_head_begin(&head, wsi, echo, status, type, body->len);
    bool ok = ws_head_end(&head);
    if (ok) {
        memcpy(copy + LWS_PRE, body->len ? body->p : "", body->len);
        ok = lws_write(wsi, copy + LWS_PRE, body->len, LWS_WRITE_HTTP_FINAL) >= 0;
    }
    free(copy);
    return ok;
}

bool ws_answer_problem_on(struct lws *wsi, const struct ws_echo *echo, const struct cs_err *err)
{
    struct cs_buf body;

    cs_buf_init(&body, BODY_MAX);
    struct cs_jw w = cs_jw_on(&body);
    cs_wire_problem(&w, err);
    bool ok = ws_answer(wsi, echo, cs_err_row(err->rc)->http, "application/problem+json", &body);
    cs_buf_release(&body);
    return ok;
}

bool ws_answer_problem(const struct ws *ws, struct lws *wsi, const struct cs_err *err)
{
    struct ws_echo echo;

    ws_echo_read(ws, wsi, &echo);
    return ws_answer_problem_on(wsi, &echo, err);
}

/* --- requests --------------------------------------------------------------------------------- */

static bool answer_rc(const struct ws *ws, struct lws *wsi, enum cs_rc rc)
{
    struct cs_err err;

    (void)cs_fail(&err, rc);
    return ws_answer_problem(ws, wsi, &err);
}

/* Nobody else is named as the one who asks. lighttpd always names somebody; over TCP anybody may. */
static bool is_for_itself(struct lws *wsi)
{
    char address[64];
    struct cs_str from = ws_header(wsi, WSI_TOKEN_X_FORWARDED_FOR, address, sizeof address);

    if (!lws_hdr_total_length(wsi, WSI_TOKEN_X_FORWARDED_FOR))
        return true;
    return local_is_unix(lws_get_socket_fd(wsi)) &&
           (cs_str_is(from, "127.0.0.1") || cs_str_is(from, "::1"));
}

/* From this machine, and nothing says that it was passed on for somebody else. */
static bool is_local(struct lws *wsi)
{
    static const char forwarded[] = "forwarded:";

    return local_peer(lws_get_socket_fd(wsi)) && is_for_itself(wsi) &&
           !lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_X_REAL_IP) &&
           !lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_VIA) &&
           lws_hdr_custom_length(wsi, forwarded, sizeof forwarded - 1) <= 0;
}

/* A browser asks before it sends a credential from another origin's page. */
static bool answer_preflight(const struct ws *ws, struct lws *wsi)
{
    struct ws_head head;
    struct ws_echo echo;

    ws_echo_read(ws, wsi, &echo);
    ws_head_begin(&head, wsi, &echo, 204, NULL, WS_NO_LENGTH);
    if (echo.origin[0]) {
        ws_head_put(&head, "access-control-allow-methods:", "GET");
        ws_head_put(&head, "access-control-allow-headers:",
                    "Authorization, X-Session-Token, Last-Event-ID");
        ws_head_put(&head, "access-control-max-age:", "600"); /* seconds a browser asks no more */
    }
    return ws_head_end(&head);
}

static bool answer_page(const struct ws *ws, struct lws *wsi, struct cs_str path)
{
    struct ws_echo echo;
    struct cs_buf body;
    struct ws_page page = {path, is_local(wsi), &body, "application/json"};
    bool ok;

    cs_buf_init(&body, BODY_MAX);
    int status = ws->handlers.http(ws->ctx, &page);
    ws_echo_read(ws, wsi, &echo);
    if (status == 404)
        ok = answer_rc(ws, wsi, cs_str_is(path, "/ws") ? CS_E_UPGRADE_REQUIRED : CS_E_NOT_FOUND);
    else
        ok = ws_answer(wsi, &echo, status, page.type, &body);
    cs_buf_release(&body);
    return ok;
}

int ws_http(struct lws *wsi, struct ws *ws, struct ws_sock *sock, struct cs_str path)
{
    bool is_get = lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0;
    bool is_events = cs_str_is(path, "/events");
    bool ok;

    if (is_get && is_events)
        return ws_stream_open(wsi, ws, sock);
    if (is_events && lws_hdr_total_length(wsi, WSI_TOKEN_OPTIONS_URI))
        ok = answer_preflight(ws, wsi);
    else if (is_events)
        ok = answer_rc(ws, wsi, CS_E_METHOD);
    else
        ok = is_get ? answer_page(ws, wsi, path) : answer_rc(ws, wsi, CS_E_NOT_FOUND);
    return !ok || lws_http_transaction_completed(wsi) ? -1 : 0;
}
