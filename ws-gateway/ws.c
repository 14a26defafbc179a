/* ws.c - see ws.h. libwebsockets 4.1.6 checks little by itself, so the handshake is checked here:
 * GET, Upgrade: websocket and nothing else, version 13, Origin. It must not be given
 * permessage-deflate (remote input aborts it), and its default poll loop is not used (see loop.c).
 */
#include "ws_internal.h"

#include "cs_log.h"
#include "cs_parse.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    /* More than web servers let through (nginx: four times 8 KiB), for over it lws hangs up. Held
     * during handshakes only. */
    HEADERS_MAX = 48 * 1024,
    READ_BYTES = 16384,
    SEND_BUFFER_BYTES = 128 * 1024, /* else the kernel takes ~2.75 MB before a reader counts as slow */
    TICK_MS = 1000,
    SPARE_FDS = 64, /* database, log, epoll … beside the sockets */
};

/* --- opening ---------------------------------------------------------------------------------- */

bool ws_takes_more(const struct ws *ws)
{
    return ws->nsocks < ws->max_socks && (!ws->handlers.welcome || ws->handlers.welcome(ws->ctx));
}

void ws_opened(struct ws_sock *sock)
{
    int bytes = SEND_BUFFER_BYTES;

    sock->fd = lws_get_socket_fd(sock->wsi);
    (void)setsockopt(sock->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    cs_buf_init(&sock->in, WS_FRAME_MAX);
    sock->ws->nsocks++;
}

static int established(struct lws *wsi, struct ws *ws, struct ws_sock *sock)
{
    char token[WS_TOKEN_MAX + 16], address[64];
    const char *protocol = lws_get_protocol(wsi)->name;
    struct ws_request req = {
        .subprotocol = lws_hdr_total_length(wsi, WSI_TOKEN_PROTOCOL) ? cs_str_c(protocol)
                                                                     : (struct cs_str){"", 0},
        .address = ws_header(wsi, WSI_TOKEN_X_FORWARDED_FOR, address, sizeof address),
    };

    if (ws_credential(wsi, token, sizeof token, &req, NULL) != CS_OK)
        return -1; /* cannot be: the upgrade has been checked */
    *sock = (struct ws_sock){.wsi = wsi, .ws = ws};
    ws_opened(sock);
    sock->conn = ws->handlers.open(ws->ctx, sock, &req);
    if (!sock->conn)
        return -1;
    ws_mask_watch(sock);
    return 0;
}

static int confirm_upgrade(struct lws *wsi, const struct ws *ws)
{
    struct cs_err err;

    if (ws_check_upgrade(ws, wsi, &err) == CS_OK)
        return 0;
    cs_log(CS_LOG_INFO, "upgrade_refused", "code", cs_err_row(err.rc)->code, "detail",
           cs_err_detail(&err));
    ws->handlers.refused(ws->ctx, err.rc);
    return ws_answer_problem(ws, wsi, &err) ? 1 : -1; /* 1: answered here, lws ends the transaction */
}

/* --- receiving -------------------------------------------------------------------------------- */

static void receive(struct lws *wsi, struct ws_sock *sock, const char *bytes, size_t len)
{
    bool whole = lws_is_first_fragment(wsi) && lws_is_final_fragment(wsi);

    ws_mask_done(sock); /* if it still waits for this, it has come with the handshake */
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

/* --- the end ---------------------------------------------------------------------------------- */

static void closed(struct ws *ws, struct ws_sock *sock)
{
    ws->nsocks--;
    ws_mask_done(sock);
    cs_buf_release(&sock->in);
    if (sock->stream)
        ws_stream_closed(sock);
    if (sock->conn)
        ws->handlers.closed(sock->conn, sock->close_code);
    sock->conn = NULL;
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
        return sock && !sock->ws ? ws_http(wsi, ws, sock, cs_str_c(in)) : -1;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return sock && sock->stream ? ws_writeable(sock) : 0;
    case LWS_CALLBACK_CLOSED_HTTP:
        if (sock && sock->stream)
            closed(ws, sock);
        return 0;
    case LWS_CALLBACK_ESTABLISHED:
        return established(wsi, ws, sock);
    case LWS_CALLBACK_RECEIVE:
        receive(wsi, sock, in, len);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return ws_writeable(sock);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return sock->close_said ? -1 : 0; /* 0: lws answers it */
    case LWS_CALLBACK_CLOSED:
        closed(ws, sock);
        return 0;
    default:
        return 0;
    }
}

/* lws allocates rx_buffer_size for every connection: what is longer comes in pieces. */
#define PROTOCOL(protocol)                                                                         \
    {.name = (protocol), .callback = on_event, .per_session_data_size = sizeof(struct ws_sock),    \
     .rx_buffer_size = 1024,                                                                       \
     .tx_packet_size = 65536} /* at 0 each write sends a little and copies the rest */

/* Those after the first are echoed; deploy/nginx hands on only these. */
const struct lws_protocols ws_protocols[] = {
    PROTOCOL("default"),
    PROTOCOL("chatsphere.v1"),
    PROTOCOL("nexus.v1"),
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

/* How many sockets there are descriptors for, at most `wanted`. The soft limit is raised as far as the hard
 * one lets: out of descriptors lws spins and floods the log, so further sockets have to be refused before. */
static int64_t affordable_sockets(int64_t wanted)
{
    rlim_t need = (rlim_t)wanted + SPARE_FDS;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need)
        return wanted;
    limit.rlim_cur = need < limit.rlim_max ? need : limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= need)
        return wanted;
    int64_t most = limit.rlim_cur > SPARE_FDS ? (int64_t)limit.rlim_cur - SPARE_FDS : 1;
    cs_log_msg(CS_LOG_WARN, "few_descriptors",
               "GATEWAY_MAX_SOCKETS is %lld, but there are descriptors for %lld sockets only",
               (long long)wanted, (long long)most);
    return most;
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
    ws->loop = loop;
    ws->max_socks = affordable_sockets(cfg->max_sockets);
    ws->origins = cfg->cors_allow_origins;
    ws->path = cs_str_starts(cs_str_c(cfg->gateway_listen), CS_LIT("unix:/"))
                   ? cfg->gateway_listen + 5
                   : NULL;
    ws->idle.secs_since_valid_ping = (uint16_t)((cfg->ping_ms + 999) / 1000);
    ws->idle.secs_since_valid_hangup = (uint16_t)((cfg->ping_ms + cfg->pong_ms + 999) / 1000);
    struct lws_context_creation_info info = {
        .protocols = ws_protocols,
        .options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_VALIDATE_UTF8 |
                   LWS_SERVER_OPTION_DISABLE_IPV6 | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND |
                   /* nosniff and its like, also on the answers that lws makes itself */
                   LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE,
        .foreign_loops = loops,
        .user = ws,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .max_http_header_data = HEADERS_MAX,
        .pt_serv_buf_size = READ_BYTES,
        .timeout_secs = 10,
        .fd_limit_per_thread = (unsigned)ws->max_socks + SPARE_FDS,
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

/* lws 4.1.6 sets its one timer of libev anew while it runs, which libev ignores: a time that comes before
 * the one that was waited for passes unseen until anything happens on any socket. This makes it happen. */
void ws_tick(struct ws *ws, uint64_t now_ms)
{
    if (now_ms < ws->ticked_ms + TICK_MS)
        return;
    ws->ticked_ms = now_ms;
    lws_cancel_service(ws->context);
}

void ws_vanish(struct ws *ws)
{
    if (ws->path)
        (void)unlink(ws->path); /* gone already: the same */
}
