/* ws_out.c - frames out, and the last of them: the close frame.
 *
 * A payload is written at once whenever the socket takes it; the writable callback, two epoll_ctl
 * each, serves only those that do not (measured: three times the deliveries per CPU second).
 */
#include "ws_internal.h"

#include <sys/socket.h>

enum opcode { TEXT = 1, CLOSE = 8, FINAL = 0x80 }; /* RFC 6455, 5.2 */
enum { LWS_BUFFERED_AT = 720 }; /* where lws 4.1 keeps what the kernel did not take; a hint, no more */
enum { CLOSE_PATIENCE_S = 2 }; /* for a reader that is stuck, and for the answer to a close frame */

/* --- sending ---------------------------------------------------------------------------------- */

/* The head of a whole frame (RFC 6455, 5.2) before its payload; how many bytes it has. */
static size_t put_head(enum opcode opcode, unsigned char *payload, size_t len)
{
    size_t wide = len < 126 ? 0 : len <= UINT16_MAX ? 2 : 8; /* bytes of a length that needs its own */

    payload[-2 - (int)wide] = (unsigned char)(FINAL | opcode);
    payload[-1 - (int)wide] = (unsigned char)(wide == 0 ? len : wide == 2 ? 126 : 127);
    for (size_t i = 0, left = len; i < wide; i++, left >>= 8)
        payload[-1 - (int)i] = (unsigned char)left;
    return 2 + wide;
}

/* Past lws, whose way to the same call takes longer than all else that we do for a delivery. What the
 * kernel did not take is for lws to keep, also when that is because the socket is dead: it notices. */
static void send_frame(struct ws_sock *sock, enum opcode opcode, unsigned char *payload, size_t len)
{
    size_t head = put_head(opcode, payload, len);
    unsigned char *frame = payload - head;
    ssize_t sent = send(sock->fd, frame, len + head, MSG_NOSIGNAL | MSG_DONTWAIT);
    size_t taken = sent > 0 ? (size_t)sent : 0;

    if (taken < len + head)
        (void)lws_write(sock->wsi, frame + taken, len + head - taken, LWS_WRITE_RAW);
}

bool ws_send(struct ws_sock *sock, unsigned char *payload, size_t len)
{
    if (sock->close_code)
        return true; /* whoever asks gets rid of it: the socket is on its way out */
    /* what the kernel did not take of the last payload, lws keeps: nothing more until that has
     * gone. Asking the kernel before (lws_send_pipe_choked, a poll) would cost a tenth of every
     * delivery. */
    if (lws_partial_buffered(sock->wsi)) {
        (void)lws_callback_on_writable(sock->wsi);
        return false;
    }
    if (sock->stream) {
        (void)lws_write(sock->wsi, payload, len, LWS_WRITE_HTTP);
        ws_stream_turn(sock);
    } else {
        send_frame(sock, TEXT, payload, len);
    }
    return true;
}

void ws_sooner(const struct ws_sock *sock)
{
    __builtin_prefetch(sock);
    __builtin_prefetch(&sock->close_code);
}

void ws_soon(const struct ws_sock *sock)
{
    __builtin_prefetch((const char *)sock->wsi + LWS_BUFFERED_AT);
}

/* --- closing ---------------------------------------------------------------------------------- */

void ws_close(struct ws_sock *sock, int code, const char *reason)
{
    if (sock->close_code)
        return;
    if (sock->stream)
        ws_stream_ending(sock, code);
    sock->close_code = code;
    (void)snprintf(sock->reason, sizeof sock->reason, "%s", reason);
    if (sock->stream)
        ws_stream_turn(sock);
    (void)lws_callback_on_writable(sock->wsi);
    lws_set_timeout(sock->wsi, PENDING_TIMEOUT_USER_OK, CLOSE_PATIENCE_S);
}

/* Then the client's own close frame is waited for (RFC 6455, 7.1.1): of a socket that ends at once, a front
 * end that has a frame for us drops what it has not read, and that is ours. lws_close_reason would end it at
 * once, and keeps what is to be sent where it also keeps the payload of a ping. */
static void say_close(struct ws_sock *sock)
{
    unsigned char bytes[WS_HEADROOM + 2 + WS_REASON_MAX], *payload = bytes + WS_HEADROOM;
    size_t len = strlen(sock->reason);

    payload[0] = (unsigned char)(sock->close_code >> 8);
    payload[1] = (unsigned char)sock->close_code;
    memcpy(payload + 2, sock->reason, len);
    send_frame(sock, CLOSE, payload, 2 + len);
    sock->close_said = true;
    lws_set_timeout(sock->wsi, PENDING_TIMEOUT_USER_OK, CLOSE_PATIENCE_S);
}

int ws_writeable(struct ws_sock *sock)
{
    if (!sock->close_code) {
        if (sock->stream)
            ws_stream_turn(sock);
        sock->ws->handlers.writable(sock->conn);
        return 0;
    }
    if (sock->stream)
        return -1;
    if (!sock->close_said)
        say_close(sock);
    return 0;
}
