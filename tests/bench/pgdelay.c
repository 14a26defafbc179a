/* pgdelay.c - a long wire in front of PostgreSQL, for tests/bench/run pools.
 *
 *   pgdelay MICROSECONDS LISTEN TARGET        (paths of unix sockets)
 *
 * What comes in at one end goes out at the other after a constant time, in either direction, and as much of
 * it as comes: latency without a limit of the rate, as `tc qdisc … netem delay` makes it, which not every
 * kernel has and which needs root. A round trip takes twice that time longer, and what this program takes
 * (that is printed by the benchmark, which measures the trip).
 *
 * All that waits has to wait equally long, so it stands in one queue, in the order in which it came. Reading
 * never blocks; writing does: PostgreSQL and its clients read what they are sent. Ends at a signal.
 */
#include "cs_clock.h"
#include "cs_parse.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024, EVENTS = 64, SLACK_NS = 1000 };

struct wire;

struct end {
    int fd;
    struct wire *wire;
    struct end *other;
};

struct wire {
    struct end ends[2];
    int directions; /* that something may still come through */
};

/* Something on its way to an end; nothing in it: the end of what comes. */
struct chunk {
    struct chunk *next;
    uint64_t due_us;
    struct end *to;
    size_t len;
    char bytes[];
};

static int poller, listener;
static uint64_t delay_us;
static const char *target;
static struct chunk *first, **last = &first;

static void check(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "pgdelay: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void watch(int fd, struct end *end)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = end};

    check(!epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e), "epoll_ctl");
}

static struct sockaddr_un address(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    check(snprintf(at.sun_path, sizeof at.sun_path, "%s", path) < (int)sizeof at.sun_path, "path");
    return at;
}

/* --- a wire ------------------------------------------------------------------------------------ */

static void open_wire(void)
{
    struct wire *w = calloc(1, sizeof *w);
    struct sockaddr_un at = address(target);

    check(w != NULL, "memory");
    w->directions = 2;
    for (int i = 0; i < 2; i++)
        w->ends[i] = (struct end){.wire = w, .other = &w->ends[!i]};
    w->ends[0].fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    w->ends[1].fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(w->ends[0].fd >= 0 && w->ends[1].fd >= 0, "accept");
    check(!connect(w->ends[1].fd, (struct sockaddr *)&at, sizeof at), target);
    watch(w->ends[0].fd, &w->ends[0]);
    watch(w->ends[1].fd, &w->ends[1]);
}

static void receive(struct end *from)
{
    static char bytes[READ_BYTES];
    ssize_t n = recv(from->fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN)
        return;
    size_t len = n > 0 ? (size_t)n : 0;
    struct chunk *c = malloc(sizeof *c + len);
    check(c != NULL, "memory");
    *c = (struct chunk){.due_us = cs_clock_mono_us() + delay_us, .to = from->other, .len = len};
    memcpy(c->bytes, bytes, len);
    *last = c;
    last = &c->next;
    if (!len)
        check(!epoll_ctl(poller, EPOLL_CTL_DEL, from->fd, NULL), "epoll_ctl");
}

/* Who has gone gets nothing: that shows at the other end, too. */
static void deliver(const struct chunk *c)
{
    struct wire *w = c->to->wire;

    for (size_t at = 0; at < c->len;) {
        ssize_t n = send(c->to->fd, c->bytes + at, c->len - at, MSG_NOSIGNAL);
        if (n < 0)
            return;
        at += (size_t)n;
    }
    if (c->len)
        return;
    (void)shutdown(c->to->fd, SHUT_WR);
    if (--w->directions)
        return;
    (void)close(w->ends[0].fd);
    (void)close(w->ends[1].fd);
    free(w);
}

static void deliver_due(void)
{
    while (first && first->due_us <= cs_clock_mono_us()) {
        struct chunk *c = first;
        first = c->next;
        if (!first)
            last = &first;
        deliver(c);
        free(c);
    }
}

/* --- the loop ---------------------------------------------------------------------------------- */

static void turn(void)
{
    struct epoll_event events[EVENTS];
    uint64_t now = cs_clock_mono_us(), wait = first && first->due_us > now ? first->due_us - now : 0;
    struct timespec until = {.tv_sec = (time_t)(wait / 1000000), .tv_nsec = (long)(wait % 1000000) * 1000};
    int n = epoll_pwait2(poller, events, EVENTS, first ? &until : NULL, NULL);

    check(n >= 0 || errno == EINTR, "epoll_pwait2");
    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr)
            receive(events[i].data.ptr);
        else
            open_wire();
    }
    deliver_due();
}

int main(int argc, char **argv)
{
    if (argc != 4 || !cs_parse_u64(cs_str_c(argv[1]), 0, 10000000, &delay_us)) {
        fprintf(stderr, "pgdelay MICROSECONDS LISTEN TARGET\n");
        return 2;
    }
    struct sockaddr_un at = address(argv[2]);
    target = argv[3];
    (void)prctl(PR_SET_TIMERSLACK, SLACK_NS); /* else the kernel adds up to 50 µs */
    poller = epoll_create1(EPOLL_CLOEXEC);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(poller >= 0 && listener >= 0, "start");
    check(!bind(listener, (struct sockaddr *)&at, sizeof at) && !listen(listener, 1024), "listen");
    watch(listener, NULL);
    for (;;)
        turn();
}
