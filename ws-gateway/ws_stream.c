/* ws_stream.c - answers that are open for long: GET /events (see ws.h, "Streams").
 *
 * To libwebsockets such a request is a transaction that has not ended. While one is open, 4.1.6 neither
 * reads its socket nor stops watching it, so a client that goes away would not be noticed and the loop
 * would turn without end: a watcher of our own ends the stream when there is anything to read, be it the
 * end or a request out of turn.
 */
#include "cs_cfg.h"
#include "ws_internal.h"

struct ws_stream {
    struct ws_echo echo;
    struct loop_io *gone;
    bool answered; /* at least the head has been written */
};

/* --- opening ---------------------------------------------------------------------------------- */

static void on_readable(void *ctx)
{
    struct ws_sock *sock = ctx;

    loop_io_set(sock->stream->gone, -1, false, false);
    sock->stream->answered = true; /* there is nobody to be told */
    ws_close(sock, 1001, "gone");
}

static struct ws_stream *make(struct ws_sock *sock)
{
    struct ws_stream *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    ws_echo_read(sock->ws, sock->wsi, &s->echo);
    s->echo.last = true;
    s->gone = loop_io_new(sock->ws->loop, on_readable, sock);
    if (!s->gone) {
        free(s);
        return NULL;
    }
    loop_io_set(s->gone, (int)lws_get_socket_fd(sock->wsi), true, false);
    return s;
}

static bool wants_json(struct lws *wsi)
{
    char buf[300];
    struct cs_str rest = ws_header(wsi, WSI_TOKEN_HTTP_ACCEPT, buf, sizeof buf);

    while (rest.p) {
        struct cs_str range = cs_str_split(&rest, ','), type = cs_str_trim(cs_str_split(&range, ';'));
        if (cs_str_ieq(type, CS_LIT("text/event-stream")))
            return false;
        if (cs_str_ieq(type, CS_LIT("application/json")))
            return true;
    }
    return false;
}

/* What the request asks for. */
struct texts {
    char token[WS_TOKEN_MAX + 16], session[WS_TOKEN_MAX + 16], rooms[WS_QUERY_MAX], last[WS_QUERY_MAX], wait[8];
};

/* As over REST: in a header, and in the query nothing but a ticket. */
static enum cs_rc read_credential(struct lws *wsi, struct texts *t, struct ws_request *who,
                                  struct cs_err *err)
{
    struct cs_str session, token;
    enum cs_rc rc = ws_argument(wsi, CS_LIT("token="), t->wait, sizeof t->wait, &token, err);

    if (rc == CS_OK && token.p)
        rc = cs_fail_detail(err, CS_E_BAD_REQUEST, "A token in the query is not taken: use a ticket");
    if (rc == CS_OK)
        rc = ws_credential(wsi, t->token, sizeof t->token, who, err);
    session = ws_other_header(wsi, CS_LIT("x-session-token:"), t->session, sizeof t->session);
    if (rc == CS_OK && !session.len && !who->token.len && !who->ticket.len)
        return cs_fail(err, CS_E_UNAUTHORIZED); /* before anything else is looked at, as over REST */
    if (rc != CS_OK || !session.len)
        return rc;
    if (who->token.len || who->ticket.len || ws_has_comma(session))
        return cs_fail_detail(err, CS_E_BAD_REQUEST, "Only one credential may be given");
    who->token = cs_str_trim(session);
    return CS_OK;
}

static enum cs_rc read_request(struct lws *wsi, struct texts *t, struct ws_events *ev,
                               struct cs_err *err)
{
    struct cs_str last = ws_other_header(wsi, CS_LIT("last-event-id:"), t->last, sizeof t->last);
    struct cs_str wait = {NULL, 0};
    enum cs_rc rc = read_credential(wsi, t, &ev->who, err);

    ev->json = wants_json(wsi);
    if (rc == CS_OK)
        rc = ws_argument(wsi, CS_LIT("rooms="), t->rooms, sizeof t->rooms, &ev->rooms, err);
    if (rc == CS_OK && !last.len)
        rc = ws_argument(wsi, CS_LIT("lastEventId="), t->last, sizeof t->last, &last, err);
    if (rc == CS_OK)
        rc = ws_argument(wsi, CS_LIT("wait="), t->wait, sizeof t->wait, &wait, err);
    ev->last_id = last;
    ev->wait = wait;
    return rc;
}

static enum cs_rc check(const struct ws *ws, struct lws *wsi, struct cs_err *err)
{
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) ||
        lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING))
        return cs_fail_detail(err, CS_E_BAD_REQUEST, "This request has no body");
    if (!ws_origin_ok(ws, wsi))
        return cs_fail(err, CS_E_BAD_ORIGIN);
    if (!ws_takes_more(ws))
        return cs_fail(err, CS_E_UNAVAILABLE);
    return CS_OK;
}

int ws_stream_open(struct lws *wsi, struct ws *ws, struct ws_sock *sock)
{
    struct texts t;
    struct ws_events ev = {.json = false};
    struct cs_err err;
    enum cs_rc rc = check(ws, wsi, &err);

    if (rc == CS_OK)
        rc = read_request(wsi, &t, &ev, &err);
    if (rc != CS_OK) {
        ws->handlers.refused(ws->ctx, rc);
        return ws_answer_problem(ws, wsi, &err) && !lws_http_transaction_completed(wsi) ? 0 : -1;
    }
    *sock = (struct ws_sock){.wsi = wsi, .ws = ws};
    sock->stream = make(sock);
    if (!sock->stream)
        return -1;
    ws_opened(sock);
    lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
    lws_http_headers_detach(wsi); /* it may be open for hours */
    ws_stream_turn(sock);
    sock->conn = ws->handlers.events(ws->ctx, sock, &ev);
    return sock->conn ? 0 : -1;
}

/* Held back from receiving, lws looks at the socket no more, not even to write; so it is let loose while
 * it has something to write, or to close. Else what a client has sent behind its request, in the same
 * packet, would keep the loop awake. */
void ws_stream_turn(struct ws_sock *sock)
{
    (void)lws_rx_flow_control(sock->wsi, sock->close_code || lws_partial_buffered(sock->wsi));
}

/* --- answering -------------------------------------------------------------------------------- */

void ws_stream_begin(struct ws_sock *sock)
{
    struct ws_head head;

    if (sock->close_code || sock->stream->answered)
        return;
    sock->stream->answered = true;
    ws_head_begin(&head, sock->wsi, &sock->stream->echo, 200, "text/event-stream", WS_NO_LENGTH);
    ws_head_put(&head, "x-accel-buffering:", "no"); /* what nginx calls it; this one is not to wait */
    (void)ws_head_end(&head);
}

void ws_stream_answer(struct ws_sock *sock, const struct cs_buf *json)
{
    if (sock->close_code || sock->stream->answered)
        return;
    sock->stream->answered = true;
    (void)ws_answer(sock->wsi, &sock->stream->echo, 200, "application/json", json);
}

void ws_stream_refuse(struct ws_sock *sock, const struct cs_err *err)
{
    if (sock->close_code || sock->stream->answered)
        return;
    sock->stream->answered = true;
    (void)ws_answer_problem_on(sock->wsi, &sock->stream->echo, err);
}

/* A close code as a status, for those who have not been answered yet. */
static enum cs_rc as_status(int close_code)
{
    switch (close_code) {
    case 1008:
    case 4401:
        return CS_E_UNAUTHORIZED;
    case 4003:
        return CS_E_FORBIDDEN;
    case 4008:
        return CS_E_RATE;
    default:
        return CS_E_UNAVAILABLE;
    }
}

void ws_stream_ending(struct ws_sock *sock, int close_code)
{
    struct cs_err err;

    (void)cs_fail(&err, as_status(close_code));
    ws_stream_refuse(sock, &err);
}

void ws_stream_closed(struct ws_sock *sock)
{
    loop_io_free(sock->stream->gone);
    free(sock->stream);
    sock->stream = NULL;
}
