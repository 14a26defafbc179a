/* wsfan.c - closed-loop fan-out: what a CPU second of a WebSocket server delivers.
 *
 *   wsfan -p PORT -k PID [-n SUBSCRIBERS] [-w IN_FLIGHT] [-d SECONDS] [-z PADDING]
 *         [-r ROOM -t TOKENFILE]
 *
 * N subscribers and one publisher connect to 127.0.0.1. IN_FLIGHT messages are kept on the way: one
 * is complete when all subscribers have it. With -r every connection speaks ChatSphere's native
 * dialect (authenticates with the token, joins the room); without, a frame is the text itself, for
 * wsfloor. IN_FLIGHT 0 sends nothing: it connects and shows what an idle connection weighs.
 *
 * A text carries the marker @microseconds@ by which a delivery is recognised, however many stand in
 * one frame. The server's CPU time is read from /proc, so what this client costs does not count.
 * The last line is `key=value …` for tests/bench/bench.py.
 */
#include "cs_clock.h"
#include "cs_parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    IN_BYTES = 160 * 1024, /* holds any frame: a gateway's spans end at 48 KiB, and one event more */
    OUT_BYTES = 8 * 1024,
    EVENTS = 512,
    CONNECT_S = 10,
    SETTLE_MS = 700,
    WARM_UP_MS = 1000,
    STALLED_MS = 10 * 1000,
    LATENCIES = 1 << 18,
    TOKEN_MAX = 4096,
};

struct conn {
    int fd;
    unsigned frames;
    size_t len;
    char *in;
};

static struct {
    uint64_t port, pid, subscribers, window, seconds, padding;
    const char *room, *token_file;
} opt = {.subscribers = 500, .window = 1, .seconds = 4, .padding = 40};

static struct conn *conns, *publisher; /* the publisher stands behind the subscribers */
static char token[TOKEN_MAX], padding[1024];
static int poller;
static bool measuring;
static uint64_t sent, delivered, bytes_in;
static uint32_t latency_us[LATENCIES]; /* of the first subscriber's deliveries */
static size_t nlatencies;

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "wsfan: %s: %s\n", what, why);
    exit(1);
}

static void check(bool ok, const char *what)
{
    if (!ok)
        fail(what, strerror(errno));
}

/* --- what /proc says about the server --------------------------------------------------------- */

/* Field `n`, from 0, behind the command's name in /proc/PID/stat, or of /proc/PID/statm. */
static uint64_t proc_field(const char *file, int n)
{
    char path[64], text[1024];
    uint64_t value = 0;

    (void)snprintf(path, sizeof path, "/proc/%llu/%s", (unsigned long long)opt.pid, file);
    FILE *f = fopen(path, "re");
    check(f != NULL, path);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    (void)fclose(f);
    const char *behind = strrchr(text, ')');
    struct cs_str rest = cs_str_c(behind ? behind + 2 : text);
    while (n-- > 0)
        (void)cs_str_split(&rest, ' ');
    if (!cs_parse_u64(cs_str_split(&rest, ' '), 0, UINT64_MAX, &value))
        fail(path, "not understood");
    return value;
}

static double server_cpu_s(void)
{
    return (double)(proc_field("stat", 11) + proc_field("stat", 12)) / (double)sysconf(_SC_CLK_TCK);
}

static double server_rss_kib(void)
{
    return (double)(proc_field("statm", 1) * (uint64_t)sysconf(_SC_PAGESIZE)) / 1024;
}

/* --- frames ----------------------------------------------------------------------------------- */

static void send_all(int fd, const char *p, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            (void)poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, CONNECT_S * 1000);
        else
            check(n >= 0, "send");
        p += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
}

/* One masked frame (RFC 6455 section 5.2); a mask of zeros is a mask too. */
static void send_frame(int fd, unsigned char opcode, const char *payload, size_t len)
{
    char out[OUT_BYTES] = {(char)(0x80 | opcode)};
    size_t head = len < 126 ? 2 : 4;

    if (head + 4 + len > sizeof out)
        fail("frame", "too long");
    out[1] = (char)(0x80 | (len < 126 ? len : 126));
    if (head == 4) {
        out[2] = (char)(len >> 8);
        out[3] = (char)len;
    }
    memcpy(out + head + 4, payload, len);
    send_all(fd, out, head + 4 + len);
}

static void send_text(const struct conn *c, const char *text)
{
    send_frame(c->fd, 1, text, strlen(text));
}

/* Payload length and header length of the frame at `f`; false when it is not all there. */
static bool frame_size(const unsigned char *f, size_t have, size_t *head, size_t *len)
{
    if (have < 2)
        return false;
    *len = f[1] & 127;
    *head = *len < 126 ? 2 : *len == 126 ? 4 : 10;
    if (have < *head)
        return false;
    if (*head > 2)
        *len = 0;
    for (size_t i = 2; i < *head; i++)
        *len = *len << 8 | f[i];
    return have >= *head + *len;
}

static void note_latency(uint64_t since_us)
{
    if (measuring && nlatencies < LATENCIES)
        latency_us[nlatencies++] = (uint32_t)(cs_clock_mono_us() - since_us);
}

/* Counts the markers: a frame may carry several messages. */
static void take_text(const struct conn *c, const char *p, size_t len)
{
    const char *end = p + len, *at;

    while ((at = memchr(p, '@', (size_t)(end - p))) != NULL) {
        uint64_t since_us = 0;
        for (p = at + 1; p < end && *p >= '0' && *p <= '9'; p++)
            since_us = since_us * 10 + (uint64_t)(*p - '0');
        if (p == end || *p != '@' || p == at + 1)
            continue;
        p++;
        delivered++;
        if (c == conns)
            note_latency(since_us);
    }
}

static void take_frame(struct conn *c, unsigned opcode, const char *payload, size_t len)
{
    c->frames++;
    if (opcode == 8)
        fail("closed by the server", len > 2 ? payload + 2 : "");
    if (opcode == 9)
        send_frame(c->fd, 10, payload, len);
    if (opcode == 1 && c != publisher)
        take_text(c, payload, len);
}

/* One recv and the frames that are whole by then; false when there was nothing. */
static bool receive(struct conn *c)
{
    ssize_t n = recv(c->fd, c->in + c->len, IN_BYTES - c->len, 0);
    size_t at = 0, head, len;

    if (n < 0 && errno == EAGAIN)
        return false;
    check(n >= 0, "recv");
    if (n == 0)
        fail("recv", c->len == IN_BYTES ? "a frame is too long" : "the server hung up");
    bytes_in += (uint64_t)n;
    c->len += (size_t)n;
    while (frame_size((unsigned char *)c->in + at, c->len - at, &head, &len)) {
        take_frame(c, (unsigned char)c->in[at] & 15, c->in + at + head, len);
        at += head + len;
    }
    c->len -= at;
    memmove(c->in, c->in + at, c->len);
    return true;
}

/* --- connecting ------------------------------------------------------------------------------- */

static void dial(struct conn *c)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)opt.port)};
    struct timeval patience = {.tv_sec = CONNECT_S};
    int one = 1;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    c->in = malloc(IN_BYTES);
    check(c->fd >= 0 && c->in && !connect(c->fd, (struct sockaddr *)&to, sizeof to), "connect");
    check(!setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) &&
              !setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience),
          "setsockopt");
}

/* The head of the answer is read byte by byte, so that no frame behind it is taken with it. */
static void upgrade(struct conn *c)
{
    char request[1024], answer[2048] = "";
    int n = snprintf(request, sizeof request,
                     "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%llu\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
                     (unsigned long long)opt.port,
                     opt.room ? "Sec-WebSocket-Protocol: chatsphere.v1\r\n" : "");

    send_all(c->fd, request, (size_t)n);
    for (size_t len = 0; !strstr(answer, "\r\n\r\n"); len++)
        if (len == sizeof answer - 1 || recv(c->fd, answer + len, 1, 0) != 1)
            fail("upgrade", answer);
    if (!cs_str_starts(cs_str_c(answer), CS_LIT("HTTP/1.1 101")))
        fail("upgrade", answer);
}

/* Sends the frame and waits for whatever comes next. */
static void ask(struct conn *c, const char *text)
{
    unsigned before = c->frames;

    send_text(c, text);
    while (c->frames == before)
        if (!receive(c))
            fail(text, "no answer");
}

static void open_conn(struct conn *c)
{
    char text[TOKEN_MAX + 64];

    dial(c);
    upgrade(c);
    if (opt.room) {
        (void)snprintf(text, sizeof text, "{\"type\":\"auth\",\"token\":\"%s\"}", token);
        ask(c, text);
        (void)snprintf(text, sizeof text, "{\"type\":\"join\",\"roomId\":\"%s\"}", opt.room);
        ask(c, text);
    }
    check(!fcntl(c->fd, F_SETFL, O_NONBLOCK), "fcntl");
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    check(!epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &e), "epoll_ctl");
}

/* --- the run ---------------------------------------------------------------------------------- */

static void turn(int wait_ms)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(poller, events, EVENTS, wait_ms);

    for (int i = 0; i < n; i++)
        while (receive(events[i].data.ptr))
            continue;
}

static void settle(void)
{
    for (uint64_t end = cs_clock_mono_ms() + SETTLE_MS; cs_clock_mono_ms() < end;)
        turn(20);
}

static void publish(void)
{
    unsigned long long now = cs_clock_mono_us();
    char text[OUT_BYTES];

    if (opt.room)
        (void)snprintf(text, sizeof text,
                       "{\"type\":\"message\",\"roomId\":\"%s\",\"content\":\"@%llu@%s\","
                       "\"clientId\":\"%llu-%llu\"}",
                       opt.room, now, padding, now, (unsigned long long)sent);
    else
        (void)snprintf(text, sizeof text, "@%llu@%s", now, padding);
    send_text(publisher, text);
    sent++;
}

static void keep_in_flight(void)
{
    while (sent * opt.subscribers < delivered + opt.window * opt.subscribers)
        publish();
}

struct marks {
    uint64_t at_us, sent, delivered, bytes_in;
    double cpu_s;
};

static struct marks marks_now(void)
{
    return (struct marks){cs_clock_mono_us(), sent, delivered, bytes_in, server_cpu_s()};
}

static void drive_for(uint64_t ms)
{
    uint64_t now = cs_clock_mono_ms(), end = now + ms, moved_at = now, moved = delivered;

    for (; now < end; now = cs_clock_mono_ms()) {
        keep_in_flight();
        turn(10);
        if (delivered != moved)
            moved_at = now;
        moved = delivered;
        if (now - moved_at > STALLED_MS)
            fail("stalled", "deliveries are missing");
    }
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void report(const struct marks *from, const struct marks *to)
{
    double s = (double)(to->at_us - from->at_us) / 1e6, cpu_s = to->cpu_s - from->cpu_s;
    double deliveries = (double)(to->delivered - from->delivered);

    qsort(latency_us, nlatencies, sizeof *latency_us, by_size);
    printf("messages_s=%.0f deliveries_s=%.0f cpu_share=%.3f deliveries_cpu_s=%.0f bytes=%.0f "
           "p50_us=%u p99_us=%u\n",
           (double)(to->sent - from->sent) / s, deliveries / s, cpu_s / s,
           cpu_s > 0 ? deliveries / cpu_s : 0,
           deliveries > 0 ? (double)(to->bytes_in - from->bytes_in) / deliveries : 0,
           nlatencies ? latency_us[nlatencies / 2] : 0,
           nlatencies ? latency_us[nlatencies * 99 / 100] : 0);
}

static void measure(void)
{
    drive_for(WARM_UP_MS);
    measuring = true;
    struct marks from = marks_now();
    drive_for(opt.seconds * 1000);
    struct marks to = marks_now();
    report(&from, &to);
}

/* --- options ---------------------------------------------------------------------------------- */

static void number(uint64_t min, uint64_t max, uint64_t *out)
{
    if (!cs_parse_u64(cs_str_c(optarg), min, max, out))
        fail(optarg, "no number, or out of range");
}

static void read_options(int argc, char **argv)
{
    for (int o; (o = getopt(argc, argv, "p:k:n:w:d:z:r:t:")) != -1;) {
        switch (o) {
        case 'p': number(1, 65535, &opt.port); break;
        case 'k': number(1, INT32_MAX, &opt.pid); break;
        case 'n': number(1, 20000, &opt.subscribers); break; /* ports of one source address */
        case 'w': number(0, 1000, &opt.window); break;
        case 'd': number(1, 3600, &opt.seconds); break;
        case 'z': number(0, sizeof padding - 1, &opt.padding); break;
        case 'r': opt.room = optarg; break;
        case 't': opt.token_file = optarg; break;
        default: exit(2);
        }
    }
    if (!opt.port || !opt.pid || (opt.room != NULL) != (opt.token_file != NULL))
        fail("usage", "-p PORT -k PID [-n N] [-w IN_FLIGHT] [-d SECONDS] [-r ROOM -t TOKENFILE]");
    memset(padding, 'x', opt.padding);
}

static void read_token(void)
{
    FILE *f = fopen(opt.token_file, "re");

    check(f && fgets(token, sizeof token, f), opt.token_file);
    token[strcspn(token, "\r\n")] = '\0';
    (void)fclose(f);
}

static void allow_descriptors(void)
{
    struct rlimit limit;

    check(!getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    check(!setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    if (opt.room)
        read_token();
    allow_descriptors();
    poller = epoll_create1(EPOLL_CLOEXEC);
    conns = calloc(opt.subscribers + 1, sizeof *conns);
    check(poller >= 0 && conns, "start");
    publisher = conns + opt.subscribers;
    double rss_kib = server_rss_kib();
    for (struct conn *c = conns; c <= publisher; c++)
        open_conn(c);
    settle();
    rss_kib = server_rss_kib() - rss_kib;
    if (opt.window)
        measure();
    else
        printf("rss_kib_conn=%.2f\n", rss_kib / (double)(opt.subscribers + 1));
    return 0;
}
