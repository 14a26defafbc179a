/* ws.c - see ws.h. libwebsockets 4.1.6 checks little by itself, so the handshake is checked here:
 * GET, Upgrade: websocket and nothing else, version 13, Origin. It must not be given
 * permessage-deflate (remote input aborts it), and its default poll loop is not used (see loop.c).
 *
 * A payload is written at once whenever the socket takes it; the writable callback, two epoll_ctl
 * each, serves only those that do not (measured: three times the deliveries per CPU second).
 */
#include "ws.h"

#include "cs_log.h"
#include "cs_parse.h"
#include "cs_wire.h"
#include "origin.h"

#include <libwebsockets.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>

_Static_assert(WS_HEADROOM >= LWS_PRE, "lws writes its header into the headroom");

enum {
    HEADERS_MAX = 16384,
    SEND_BUFFER_BYTES = 128 * 1024, /* else the kernel takes ~2.75 MB before a reader counts as slow */
    CLOSE_PATIENCE_S = 2,           /* how long a close frame may wait for a reader that is stuck */
    REASON_MAX = 124,
    SPARE_FDS = 64, /* database, log, epoll … beside the sockets */
    HTTP_BODY_MAX = 256 * 1024,
};

struct ws {
    struct lws_context *context;
    struct ws_handlers handlers;
    void *ctx;
    lws_retry_bo_t idle;
    const char *origins;
    int64_t nsocks, max_socks;
    bool refusing;
};

struct ws_sock {
    struct lws *wsi;
    struct ws *ws;
    void *conn;
    struct cs_buf in; /* fragments of a frame that is not whole yet */
    int close_code;   /* 0: not closing */
    char reason[REASON_MAX];
};

/* --- the handshake ---------------------------------------------------------------------------- */

static struct cs_str header(struct lws *wsi, enum lws_token_indexes token, char *buf, size_t size)
{
    int n = lws_hdr_copy(wsi, buf, (int)size, token);

    return n > 0 ? cs_str_n(buf, (size_t)n) : (struct cs_str){NULL, 0};
}

/* A header that lws has no number for; the name in lower case, with its colon. What is too long for
 * the buffer is as good as any other wrong value. */
static struct cs_str other_header(struct lws *wsi, struct cs_str name, char *buf, size_t size)
{
    int len = lws_hdr_custom_length(wsi, name.p, (int)name.len);

    if (len <= 0)
        return CS_LIT("");
    if (lws_hdr_custom_copy(wsi, buf, (int)size, name.p, (int)name.len) < 0)
        return CS_LIT("?");
    return cs_str_n(buf, (size_t)len);
}

/* No Origin: no browser. */
static bool from_a_page_of_ours(const struct ws *ws, struct lws *wsi)
{
    char origin[300], host[300], scheme[16];
    struct origin_request r;

    if (!lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN))
        return true;
    r.origin = header(wsi, WSI_TOKEN_ORIGIN, origin, sizeof origin);
    r.host = header(wsi, WSI_TOKEN_HOST, host, sizeof host);
    r.scheme = other_header(wsi, CS_LIT("x-forwarded-proto:"), scheme, sizeof scheme);
    return origin_ok(ws->origins, &r);
}

/* CS_OK: go on. */
static enum cs_rc check_upgrade(const struct ws *ws, struct lws *wsi)
{
    char buf[64];

    if (!lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) ||
        !cs_str_ieq(header(wsi, WSI_TOKEN_UPGRADE, buf, sizeof buf), CS_LIT("websocket")) ||
        !cs_str_is(header(wsi, WSI_TOKEN_VERSION, buf, sizeof buf), "13"))
        return CS_E_BAD_REQUEST;
    if (!from_a_page_of_ours(ws, wsi))
        return CS_E_BAD_ORIGIN;
    if (ws->refusing || ws->nsocks >= ws->max_socks)
        return CS_E_UNAVAILABLE;
    return CS_OK;
}

/* One argument of the query, `name` with its sign of equality; lws hands out one after the other,
 * decoded. */
static struct cs_str query(struct lws *wsi, struct cs_str name, char *buf, size_t size)
{
    for (int i = 0; lws_hdr_copy_fragment(wsi, buf, (int)size, WSI_TOKEN_HTTP_URI_ARGS, i) > 0; i++) {
        struct cs_str arg = cs_str_c(buf);
        if (cs_str_starts(arg, name))
            return cs_str_n(arg.p + name.len, arg.len - name.len);
    }
    return (struct cs_str){"", 0};
}

/* The first that is there of the three; a cookie never says who somebody is, for a browser sends it
 * along for any page (S6). */
static void find_credential(struct lws *wsi, char *buf, size_t size, struct ws_request *req)
{
    struct cs_str auth = header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, buf, size);
    struct cs_str scheme = cs_str_split(&auth, ' ');

    if (auth.p && cs_str_ieq(scheme, CS_LIT("Bearer"))) {
        req->token = cs_str_trim(auth);
        return;
    }
    req->ticket = query(wsi, CS_LIT("ticket="), buf, size);
    if (!req->ticket.len)
        req->token = query(wsi, CS_LIT("token="), buf, size);
}

static int established(struct lws *wsi, struct ws *ws, struct ws_sock *sock)
{
    char token[WS_TOKEN_MAX + 16], address[64];
    int bytes = SEND_BUFFER_BYTES;
    const char *protocol = lws_get_protocol(wsi)->name;
    struct ws_request req = {
        .subprotocol = lws_hdr_total_length(wsi, WSI_TOKEN_PROTOCOL) ? cs_str_c(protocol)
                                                                     : (struct cs_str){"", 0},
        .address = header(wsi, WSI_TOKEN_X_FORWARDED_FOR, address, sizeof address),
    };

    find_credential(wsi, token, sizeof token, &req);
    *sock = (struct ws_sock){.wsi = wsi, .ws = ws};
    cs_buf_init(&sock->in, WS_FRAME_MAX);
    (void)setsockopt(lws_get_socket_fd(wsi), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    ws->nsocks++;
    sock->conn = ws->handlers.open(ws->ctx, sock, &req);
    return sock->conn ? 0 : -1;
}

/* --- receiving -------------------------------------------------------------------------------- */

static void receive(struct lws *wsi, struct ws_sock *sock, const char *bytes, size_t len)
{
    bool whole = lws_is_first_fragment(wsi) && lws_is_final_fragment(wsi);

    if (sock->close_code)
        return;
    if (lws_frame_is_binary(wsi)) {
        ws_close(sock, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, "text frames only");
        return;
    }
    if (!whole) {
        cs_buf_add(&sock->in, bytes, len);
        if (sock->in.failed)
            ws_close(sock, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "frame over the cap");
        if (sock->in.failed || !lws_is_final_fragment(wsi))
            return;
    }
    sock->ws->handlers.frame(sock->conn, whole ? cs_str_n(bytes, len) : cs_buf_view(&sock->in));
    cs_buf_shrink(&sock->in, 1024);
}

/* --- sending and closing ---------------------------------------------------------------------- */

bool ws_send(struct ws_sock *sock, unsigned char *payload, size_t len)
{
    if (sock->close_code)
        return true; /* whoever asks gets rid of it: the socket is on its way out */
    /* what the kernel did not take of the last payload, lws keeps: nothing more until that has
     * gone. Asking the kernel before (lws_send_pipe_choked, a poll) would cost a tenth of every
     * delivery. A dead socket is noticed by lws itself. */
    if (lws_partial_buffered(sock->wsi)) {
        (void)lws_callback_on_writable(sock->wsi);
        return false;
    }
    (void)lws_write(sock->wsi, payload, len, LWS_WRITE_TEXT);
    return true;
}

void ws_close(struct ws_sock *sock, int code, const char *reason)
{
    if (sock->close_code)
        return;
    sock->close_code = code;
    (void)snprintf(sock->reason, sizeof sock->reason, "%s", reason);
    (void)lws_callback_on_writable(sock->wsi);
    lws_set_timeout(sock->wsi, PENDING_TIMEOUT_USER_OK, CLOSE_PATIENCE_S);
}

static int writeable(struct lws *wsi, struct ws_sock *sock)
{
    if (!sock->close_code) {
        sock->ws->handlers.writable(sock->conn);
        return 0;
    }
    lws_close_reason(wsi, (enum lws_close_status)sock->close_code, (unsigned char *)sock->reason,
                     strlen(sock->reason));
    return -1;
}

static void closed(struct ws *ws, struct ws_sock *sock)
{
    ws->nsocks--;
    cs_buf_release(&sock->in);
    if (sock->conn)
        ws->handlers.closed(sock->conn);
    sock->conn = NULL;
}

/* --- plain HTTP ------------------------------------------------------------------------------- */

/* Writes a whole answer; false when the connection has to go. */
static bool answer(struct lws *wsi, int status, const char *type, const struct cs_buf *body)
{
    unsigned char head[LWS_PRE + 1024], *p = head + LWS_PRE, *end = head + sizeof head;
    unsigned char *copy = malloc(LWS_PRE + body->len + 1);
    bool ok = copy &&
              !lws_add_http_common_headers(wsi, (unsigned)status, type, body->len, &p, end) &&
              (status != 503 || !lws_add_http_header_by_name(wsi, (const unsigned char *)"retry-after:",
                                                             (const unsigned char *)"1", 1, &p, end)) &&
              !lws_finalize_write_http_header(wsi, head + LWS_PRE, &p, end);

    if (ok) {
        memcpy(copy + LWS_PRE, body->len ? body->p : "", body->len);
        ok = lws_write(wsi, copy + LWS_PRE, body->len, LWS_WRITE_HTTP_FINAL) >= 0;
    }
    free(copy);
    return ok;
}

static bool answer_problem(struct lws *wsi, enum cs_rc rc)
{
    struct cs_buf body;

    cs_buf_init(&body, HTTP_BODY_MAX);
    struct cs_jw w = cs_jw_on(&body);
    cs_wire_problem(&w, &(struct cs_err){.rc = rc});
    bool ok = answer(wsi, cs_err_row(rc)->http, "application/problem+json", &body);
    cs_buf_release(&body);
    return ok;
}

static int http(struct lws *wsi, struct ws *ws, const char *path)
{
    struct cs_buf body;
    int status = 404;
    bool ok;

    cs_buf_init(&body, HTTP_BODY_MAX);
    if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI))
        status = ws->handlers.http(ws->ctx, cs_str_c(path), &body);
    ok = status == 404 ? answer_problem(wsi, CS_E_NOT_FOUND)
                       : answer(wsi, status, "application/json", &body);
    cs_buf_release(&body);
    return !ok || lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int confirm_upgrade(struct lws *wsi, const struct ws *ws)
{
    enum cs_rc rc = check_upgrade(ws, wsi);

    if (rc == CS_OK)
        return 0;
    cs_log(CS_LOG_INFO, "upgrade_refused", "code", cs_err_row(rc)->code);
    return answer_problem(wsi, rc) ? 1 : -1; /* 1: answered here, lws ends the transaction */
}

/* --- the callback of libwebsockets ------------------------------------------------------------ */

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    struct ws *ws = lws_context_user(lws_get_context(wsi));
    struct ws_sock *sock = user;

    switch (reason) {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return confirm_upgrade(wsi, ws);
    case LWS_CALLBACK_HTTP:
        return http(wsi, ws, in);
    case LWS_CALLBACK_ESTABLISHED:
        return established(wsi, ws, sock);
    case LWS_CALLBACK_RECEIVE:
        receive(wsi, sock, in, len);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return writeable(wsi, sock);
    case LWS_CALLBACK_CLOSED:
        closed(ws, sock);
        return 0;
    default:
        return 0;
    }
}

/* The first is taken when the client names none; the others are echoed. lws allocates
 * rx_buffer_size for every connection: what is longer comes in pieces. */
static const struct lws_protocols protocols[] = {
    {.name = "default",
     .callback = on_event,
     .per_session_data_size = sizeof(struct ws_sock),
     .rx_buffer_size = 1024,
     .tx_packet_size = 65536}, /* at 0 each write sends a little and copies the rest */
    {.name = "chatsphere.v1",
     .callback = on_event,
     .per_session_data_size = sizeof(struct ws_sock),
     .rx_buffer_size = 1024,
     .tx_packet_size = 65536},
    {.name = NULL},
};

static void on_log(int level, const char *line)
{
    char text[512];

    (void)snprintf(text, sizeof text, "%s", line);
    text[strcspn(text, "\n")] = '\0';
    (void)level; /* what it calls an error is mostly a client's bad handshake: no alarm of ours */
    cs_log(CS_LOG_WARN, "websockets", "msg", text);
}

/* unix:/path or address:port into lws's terms. */
static bool parse_listen(const char *listen, struct lws_context_creation_info *info, char *host,
                         size_t size)
{
    struct cs_str text = cs_str_c(listen);
    const char *colon = strrchr(listen, ':');
    uint64_t port;

    if (cs_str_starts(text, CS_LIT("unix:/"))) {
        info->options |= LWS_SERVER_OPTION_UNIX_SOCK;
        info->iface = listen + 5;
        return true;
    }
    if (!colon || colon == listen || !cs_parse_u64(cs_str_c(colon + 1), 1, 65535, &port))
        return false;
    (void)snprintf(host, size, "%.*s", (int)(colon - listen), listen);
    info->iface = host;
    info->port = (int)port;
    return true;
}

enum cs_rc ws_new(const struct cs_cfg *cfg, struct loop *loop, const struct ws_handlers *handlers,
                  void *ctx, struct ws **out, struct cs_err *err)
{
    struct ws *ws = calloc(1, sizeof *ws);
    void *loops[1] = {loop_native(loop)};
    char host[64];

    if (!ws)
        return cs_fail(err, CS_E_NO_MEMORY);
    ws->handlers = *handlers;
    ws->ctx = ctx;
    ws->max_socks = cfg->max_sockets;
    ws->origins = cfg->cors_allow_origins;
    ws->idle.secs_since_valid_ping = (uint16_t)((cfg->ping_ms + 999) / 1000);
    ws->idle.secs_since_valid_hangup = (uint16_t)((cfg->ping_ms + cfg->pong_ms + 999) / 1000);
    struct lws_context_creation_info info = {
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_VALIDATE_UTF8 |
                   LWS_SERVER_OPTION_DISABLE_IPV6 | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND,
        .foreign_loops = loops,
        .user = ws,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .max_http_header_data = HEADERS_MAX,
        .pt_serv_buf_size = HEADERS_MAX,
        .timeout_secs = 10,
        .fd_limit_per_thread = (unsigned)cfg->max_sockets + SPARE_FDS,
        .retry_and_idle_policy = &ws->idle,
    };
    lws_set_log_level(LLL_ERR | LLL_WARN, on_log);
    if (!parse_listen(cfg->gateway_listen, &info, host, sizeof host)) {
        free(ws);
        return cs_fail_log(err, CS_E_CONFIG,
                           "GATEWAY_LISTEN: must be unix:/path or address:port");
    }
    ws->context = lws_create_context(&info);
    if (!ws->context) {
        free(ws);
        return cs_fail_log(err, CS_E_CONFIG, "GATEWAY_LISTEN: cannot listen on %.100s (or the libev "
                           "plug-in of libwebsockets is missing: libwebsockets-evlib-ev)",
                           cfg->gateway_listen);
    }
    *out = ws;
    return CS_OK;
}

void ws_free(struct ws *ws)
{
    if (!ws)
        return;
    lws_context_destroy(ws->context);
    free(ws);
}

void ws_stop_accepting(struct ws *ws)
{
    ws->refusing = true;
}
