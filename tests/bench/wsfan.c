/* wsfan.c - closed-loop fan-out: what a CPU second of a WebSocket server delivers.
 *
 *   wsfan -p PORT -k PID [-n SUBSCRIBERS] [-w IN_FLIGHT] [-d SECONDS] [-z PADDING]
 *         [-i PAUSE_MS] [-r ROOM -t TOKENFILE]
 *
 * N subscribers and one publisher connect to 127.0.0.1. IN_FLIGHT messages are kept on the way: one
 * is complete when all subscribers have it. With -r every connection speaks ChatSphere's native
 * dialect (authenticates with the token, joins the room); without, a frame is the text itself, for
 * wsfloor. IN_FLIGHT 0 sends nothing: it connects and shows what an idle connection weighs. With
 * PAUSE_MS so much time passes between two messages, as between people.
 *
 * A text carries the marker @microseconds@ by which a delivery is recognised, however many stand in
 * one frame. The server's CPU time is read from /proc, so what this client costs does not count.
 * The last line is `key=value …` for tests/bench/bench.py.
 */
#include "wsclient.h"

#include "cs_clock.h"
#include "cs_parse.h"

#include <unistd.h>

enum {
    OUT_BYTES = 8 * 1024,
    SETTLE_MS = 700,
    WARM_UP_MS = 1000,
    STALLED_MS = 10 * 1000,
    LATENCIES = 1 << 18,
    TOKEN_MAX = 4096,
};

static struct {
    uint64_t port, pid, subscribers, window, seconds, padding, pause_ms;
    const char *room, *token_file;
} opt = {.subscribers = 500, .window = 1, .seconds = 4, .padding = 40};

static struct conn *conns, *publisher; /* the publisher stands behind the subscribers */
static char token[TOKEN_MAX], padding[1024];
static int poller;
static bool measuring;
static uint64_t sent, sent_at_ms, delivered;
static uint32_t latency_us[LATENCIES]; /* of the first subscriber's deliveries */
static size_t nlatencies;

static void note_latency(uint64_t since_us)
{
    if (measuring && nlatencies < LATENCIES)
        latency_us[nlatencies++] = (uint32_t)(cs_clock_mono_us() - since_us);
}

/* Counts the markers: a frame may carry several messages. */
static void take_text(struct conn *c, const char *p, size_t len)
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

static void enter(struct conn *c)
{
    char text[TOKEN_MAX + 64];

    open_conn(c, opt.port, opt.room ? "chatsphere.v1" : NULL);
    if (opt.room) {
        (void)snprintf(text, sizeof text, "{\"type\":\"auth\",\"token\":\"%s\"}", token);
        ask(c, text);
        (void)snprintf(text, sizeof text, "{\"type\":\"join\",\"roomId\":\"%s\"}", opt.room);
        ask(c, text);
    }
    c->take = c == publisher ? NULL : take_text;
    watch(c, poller);
}

/* --- the run ---------------------------------------------------------------------------------- */

static void settle(void)
{
    for (uint64_t end = cs_clock_mono_ms() + SETTLE_MS; cs_clock_mono_ms() < end;)
        turn(poller, 20);
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
    while (sent * opt.subscribers < delivered + opt.window * opt.subscribers) {
        if (opt.pause_ms && cs_clock_mono_ms() < sent_at_ms + opt.pause_ms)
            return;
        publish();
        sent_at_ms = cs_clock_mono_ms();
    }
}

struct marks {
    uint64_t at_us, sent, delivered, bytes_in;
    double cpu_s;
};

static struct marks marks_now(void)
{
    return (struct marks){cs_clock_mono_us(), sent, delivered, received_bytes(),
                          server_cpu_s(opt.pid)};
}

static void drive_for(uint64_t ms)
{
    uint64_t now = cs_clock_mono_ms(), end = now + ms, moved_at = now, moved = delivered;

    for (; now < end; now = cs_clock_mono_ms()) {
        keep_in_flight();
        turn(poller, opt.pause_ms ? 1 : 10);
        if (delivered != moved)
            moved_at = now;
        moved = delivered;
        if (now - moved_at > STALLED_MS)
            fail("stalled", "deliveries are missing");
    }
}

static void report(const struct marks *from, const struct marks *to)
{
    double s = (double)(to->at_us - from->at_us) / 1e6, cpu_s = to->cpu_s - from->cpu_s;
    double deliveries = (double)(to->delivered - from->delivered);

    printf("messages_s=%.0f deliveries_s=%.0f cpu_share=%.3f deliveries_cpu_s=%.0f bytes=%.0f "
           "p50_us=%u p99_us=%u\n",
           (double)(to->sent - from->sent) / s, deliveries / s, cpu_s / s,
           cpu_s > 0 ? deliveries / cpu_s : 0,
           deliveries > 0 ? (double)(to->bytes_in - from->bytes_in) / deliveries : 0,
           percentile(latency_us, nlatencies, 50), percentile(latency_us, nlatencies, 99));
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
    for (int o; (o = getopt(argc, argv, "p:k:n:w:d:z:i:r:t:")) != -1;) {
        switch (o) {
        case 'p': number(1, 65535, &opt.port); break;
        case 'k': number(1, INT32_MAX, &opt.pid); break;
        case 'n': number(1, 20000, &opt.subscribers); break; /* ports of one source address */
        case 'w': number(0, 1000, &opt.window); break;
        case 'd': number(1, 3600, &opt.seconds); break;
        case 'z': number(0, sizeof padding - 1, &opt.padding); break;
        case 'i': number(0, 1000, &opt.pause_ms); break;
        case 'r': opt.room = optarg; break;
        case 't': opt.token_file = optarg; break;
        default: exit(2);
        }
    }
    if (!opt.port || !opt.pid || (opt.room != NULL) != (opt.token_file != NULL))
        fail("usage", "-p PORT -k PID [-n N] [-w IN_FLIGHT] [-d SECONDS] [-i PAUSE_MS] [-r ROOM -t TOKENFILE]");
    memset(padding, 'x', opt.padding);
}

static void read_token(void)
{
    FILE *f = fopen(opt.token_file, "re");

    check(f && fgets(token, sizeof token, f), opt.token_file);
    token[strcspn(token, "\r\n")] = '\0';
    (void)fclose(f);
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
    double rss_kib = server_rss_kib(opt.pid);
    for (struct conn *c = conns; c <= publisher; c++)
        enter(c);
    settle();
    rss_kib = server_rss_kib(opt.pid) - rss_kib;
    if (opt.window)
        measure();
    else
        printf("rss_kib_conn=%.2f\n", rss_kib / (double)(opt.subscribers + 1));
    return 0;
}
