/* wsfloor.c - the floor under a fan-out: a WebSocket broadcaster that does nothing else.
 *
 *   wsfloor PORT [--coalesce]
 *
 * No JSON, no accounts, no rooms, no database: a text frame from any connection goes to all that
 * have sent none. One send a message and subscriber; with --coalesce, what has arrived in one turn
 * of the loop leaves in one send. 127.0.0.1 only. It trusts its client (wsfan): small frames,
 * always masked with zeros, and readers who keep up: a send that does not go out whole ends it.
 */
#include "cs_parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNS = 20100, IN_BYTES = 4096, OUT_BYTES = 1 << 20, EVENTS = 512 };

struct conn {
    int fd;
    bool upgraded, publishes;
    size_t at; /* in subscribers */
    size_t len;
    char in[IN_BYTES];
};

static int poller, listener;
static struct conn *subscribers[CONNS];
static size_t nsubscribers;
static bool coalesce;
static char out[OUT_BYTES];
static size_t out_len;

static void check(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "wsfloor: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void watch(int fd, void *what)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = what};

    check(!epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e), "epoll_ctl");
}

static void subscribe(struct conn *c)
{
    check(nsubscribers < CONNS, "too many connections");
    c->at = nsubscribers;
    subscribers[nsubscribers++] = c;
}

static void unsubscribe(struct conn *c)
{
    subscribers[c->at] = subscribers[--nsubscribers];
    subscribers[c->at]->at = c->at;
}

static void open_conn(void)
{
    int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct conn *c = calloc(1, sizeof *c);

    check(fd >= 0 && c, "accept");
    check(!setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), "setsockopt");
    c->fd = fd;
    watch(fd, c);
}

static void close_conn(struct conn *c)
{
    if (c->upgraded && !c->publishes)
        unsubscribe(c);
    (void)close(c->fd);
    free(c);
}

static void broadcast(void)
{
    for (size_t i = 0; i < nsubscribers; i++)
        check(send(subscribers[i]->fd, out, out_len, MSG_NOSIGNAL) == (ssize_t)out_len, "send");
    out_len = 0;
}

/* The answer to the one key that wsfan sends. */
static void upgrade(struct conn *c)
{
    static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                 "Connection: Upgrade\r\n"
                                 "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

    if (!memmem(c->in, c->len, "\r\n\r\n", 4))
        return;
    check(send(c->fd, answer, sizeof answer - 1, MSG_NOSIGNAL) > 0, "send");
    c->upgraded = true;
    c->len = 0;
    subscribe(c);
}

/* Payload behind a header without a mask: from the server's side. */
static void put_frame(const char *payload, size_t len)
{
    check(out_len + 4 + len <= sizeof out, "too much in one turn");
    out[out_len++] = (char)0x81;
    out[out_len++] = (char)(len < 126 ? len : 126);
    if (len >= 126) {
        out[out_len++] = (char)(len >> 8);
        out[out_len++] = (char)len;
    }
    memcpy(out + out_len, payload, len);
    out_len += len;
}

/* Bytes of the frame at `f`, 0 when it is not all there. */
static size_t take_frame(const unsigned char *f, size_t have)
{
    size_t head = 2, len = have < 2 ? 0 : f[1] & 127;

    if (len == 126 && have >= 4) {
        len = (size_t)f[2] << 8 | f[3];
        head = 4;
    }
    head += 4; /* the mask */
    if (have < head + len)
        return 0;
    put_frame((const char *)f + head, len);
    if (!coalesce)
        broadcast();
    return head + len;
}

static void take_frames(struct conn *c)
{
    size_t at = 0, n;

    if (!c->publishes)
        unsubscribe(c);
    c->publishes = true;
    while ((n = take_frame((unsigned char *)c->in + at, c->len - at)) > 0)
        at += n;
    c->len -= at;
    memmove(c->in, c->in + at, c->len);
}

static void receive(struct conn *c)
{
    ssize_t n = recv(c->fd, c->in + c->len, sizeof c->in - c->len, 0);

    if (n <= 0) {
        close_conn(c);
        return;
    }
    c->len += (size_t)n;
    if (c->upgraded)
        take_frames(c);
    else
        upgrade(c);
}

static void turn(void)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(poller, events, EVENTS, -1);

    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr)
            receive(events[i].data.ptr);
        else
            open_conn();
    }
    if (out_len)
        broadcast();
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    uint64_t port;
    int one = 1;

    if (argc < 2 || !cs_parse_u64(cs_str_c(argv[1]), 1, 65535, &port))
        return 2;
    coalesce = argc > 2 && cs_str_is(cs_str_c(argv[2]), "--coalesce");
    at.sin_port = htons((uint16_t)port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    poller = epoll_create1(EPOLL_CLOEXEC);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(poller >= 0 && listener >= 0, "start");
    check(!setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), "setsockopt");
    check(!bind(listener, (struct sockaddr *)&at, sizeof at) && !listen(listener, 1024), "listen");
    watch(listener, NULL);
    for (;;)
        turn();
}
