/* ws_mask.c - what a client sends must be masked (RFC 6455, 5.1: a server closes the connection else).
 *
 * libwebsockets 4.1.6 takes frames without a mask, and neither a callback nor a getter tells. So the head of
 * a connection's first frame is looked at while it is still in the kernel: a watcher of our own on the same
 * descriptor, which the loop serves before that of lws. Then the watcher goes: an idle connection costs no
 * more than before once it has answered the first ping, and one recv in its life.
 *
 * The first frame only. Whoever masks that one has the code to mask, and masks all; and to find where the
 * next one begins would be to parse them all once more.
 *
 * Nothing is judged, and the client is taken as it is, when its first bytes cannot be seen here: when lws
 * has read them together with the handshake (before it is answered a client must not send, 4.1), or
 * when a single byte came alone, for lws takes it at once, and maybe the next ones with it.
 */
#include "ws_internal.h"

#include <errno.h>
#include <sys/socket.h>

enum {
    HEAD_BYTES = 2,
    MASKED = 0x80, /* of the second byte (5.2) */
    SWALLOWS = 32, /* of a frame that is not taken; more of it would be read as frames and ignored */
};

/* What lws would parse, answer (a ping, a close of his own) and hand up. */
static void swallow(int fd)
{
    char rest[4096];
    int i = 0;

    while (i < SWALLOWS && recv(fd, rest, sizeof rest, MSG_DONTWAIT) > 0)
        i++;
}

static void on_readable(void *ctx)
{
    struct ws_sock *sock = ctx;
    int fd = (int)lws_get_socket_fd(sock->wsi);
    unsigned char head[HEAD_BYTES];
    ssize_t n = recv(fd, head, sizeof head, MSG_PEEK | MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    ws_mask_done(sock);
    if (n < HEAD_BYTES || head[1] & MASKED || sock->close_code)
        return;
    swallow(fd);
    ws_close(sock, LWS_CLOSE_STATUS_PROTOCOL_ERR, "frames of a client must be masked");
}

void ws_mask_watch(struct ws_sock *sock)
{
    sock->first = loop_io_new(sock->ws->loop, on_readable, sock);
    if (!sock->first)
        return;
    loop_io_before_others(sock->first);
    loop_io_set(sock->first, (int)lws_get_socket_fd(sock->wsi), true, false);
}

void ws_mask_done(struct ws_sock *sock)
{
    loop_io_free(sock->first);
    sock->first = NULL;
}
