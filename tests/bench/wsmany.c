/* wsmany.c - many rooms, many idle connections, and all of them coming back at once.
 *
 *   wsmany -m rooms -p PORT -k PID -f FILE [-w IN_FLIGHT] [-d SECONDS]
 *   wsmany -m echo  -p PORT -k PID -f FILE [-n CONNECTIONS] [-d SECONDS]
 *   wsmany -m storm -p PORT -k PID -f FILE [-n CONNECTIONS]
 *
 * FILE has a line a person: TOKEN ROOM ROOM …; connection i is of line i mod lines.
 *
 * rooms: a connection a line, joined to its rooms; each keeps IN_FLIGHT messages on the way, to its
 * rooms in turn, and one is complete when it is acknowledged, that is committed. Counted are
 * acknowledgements and deliveries.
 * echo: CONNECTIONS that do nothing, and one that asks `ping` and waits, over and over.
 * storm: CONNECTIONS join their first room and are cut off; some messages are posted there; then all
 * come back at once with their positions. Printed is how long it takes until the last one has
 * everything, and how many were told that they did not miss anything.
 *
 * The last line is `key=value …` for tests/bench/bench.py.
 */
#include "wsclient.h"

#include "cs_clock.h"
#include "cs_parse.h"

#include <unistd.h>

enum {
    LINES = 20000,
    ROOMS = 32,
    TEXT_BYTES = 8 * 1024,
    WARM_UP_MS = 1000,
    STALLED_MS = 20 * 1000,
    MISSED = 20,    /* messages while everybody is away */
    SAMPLES = 1 << 20,
};

typedef void take_fn(struct conn *c, const char *text, size_t len);

struct person {
    const char *token, *rooms[ROOMS];
    int nrooms;
};

struct member {
    struct conn conn; /* first: a conn is its member */
    const struct person *person;
    int next_room, in_flight;
    uint64_t asked_us;
    bool recovered, here; /* it has all that it missed, or knows that it must reload */
    int heard;            /* messages since it came back */
};

static struct {
    const char *mode, *file;
    uint64_t port, pid, connections, window, seconds, buffer;
} opt = {.connections = 10000, .window = 4, .seconds = 4, .buffer = 32 * 1024};

static struct person people[LINES];
static struct member *members;
static size_t npeople, nmembers, njoined, nready;
static int poller;
static uint64_t acks, deliveries, sent;
static uint32_t samples[SAMPLES]; /* µs from asking to the answer */
static size_t nsamples;
static char epoch[128];
static uint64_t position;

/* --- what comes ------------------------------------------------------------------------------- */

/* How often the name of a type stands in the frame; our contents never hold it. */
static size_t count(const char *text, size_t len, struct cs_str what)
{
    const char *end = text + len, *at = text;
    size_t n = 0;

    while ((at = memmem(at, (size_t)(end - at), what.p, what.len)) != NULL) {
        at += what.len;
        n++;
    }
    return n;
}

static struct member *member_of(struct conn *c)
{
    return (struct member *)(void *)c;
}

static void answered(struct member *m, size_t n)
{
    acks += n;
    m->in_flight -= (int)n;
    if (n && nsamples < SAMPLES)
        samples[nsamples++] = (uint32_t)(cs_clock_mono_us() - m->asked_us);
}

static void take_load(struct conn *c, const char *text, size_t len)
{
    answered(member_of(c), count(text, len, CS_LIT("\"type\":\"ack\"")));
    deliveries += count(text, len, CS_LIT("\"type\":\"new_message\""));
    if (count(text, len, CS_LIT("\"type\":\"error\"")))
        fail("refused", text);
}

/* --- coming in -------------------------------------------------------------------------------- */

static void say_hello(const struct member *m)
{
    char text[TEXT_BYTES];

    (void)snprintf(text, sizeof text, "{\"type\":\"auth\",\"token\":\"%s\"}", m->person->token);
    send_text(&m->conn, text);
}

static void join(const struct member *m, const char *room, const char *more)
{
    char text[TEXT_BYTES];

    (void)snprintf(text, sizeof text, "{\"type\":\"join\",\"roomId\":\"%s\"%s}", room, more);
    send_text(&m->conn, text);
}

static void take_joined(struct conn *c, const char *text, size_t len)
{
    (void)c;
    njoined += count(text, len, CS_LIT("\"type\":\"joined\""));
    if (count(text, len, CS_LIT("\"type\":\"error\"")))
        fail("refused", text);
}

static void enter(struct member *m, const struct person *who, take_fn *take)
{
    *m = (struct member){.person = who, .conn = {.take = take, .size = opt.buffer}};
    open_conn(&m->conn, opt.port, "chatsphere.v1");
    say_hello(m);
    watch(&m->conn, poller);
}

static void await(const size_t *what, size_t wanted, const char *name)
{
    uint64_t moved_at = cs_clock_mono_ms();

    for (size_t before = *what; *what < wanted; before = *what) {
        turn(poller, 10);
        if (*what != before)
            moved_at = cs_clock_mono_ms();
        if (cs_clock_mono_ms() - moved_at > STALLED_MS)
            fail(name, "nothing comes any more");
    }
}

static void enter_all(size_t n, take_fn *take)
{
    nmembers = n;
    members = calloc(n, sizeof *members);
    check(members != NULL, "members");
    for (size_t i = 0; i < n; i++) {
        enter(&members[i], &people[i % npeople], take);
        if (i % 256 == 255)
            turn(poller, 0); /* or a hundred of welcomes fill what the kernel keeps */
    }
}

static void join_all(int rooms)
{
    size_t wanted = 0;

    for (size_t i = 0; i < nmembers; i++)
        for (int r = 0; r < rooms && r < members[i].person->nrooms; r++, wanted++)
            join(&members[i], members[i].person->rooms[r], "");
    await(&njoined, wanted, "joining");
}

/* --- rooms ------------------------------------------------------------------------------------ */

static void post(struct member *m)
{
    const char *room = m->person->rooms[m->next_room];
    char text[TEXT_BYTES];

    m->next_room = (m->next_room + 1) % m->person->nrooms;
    m->asked_us = cs_clock_mono_us();
    m->in_flight++;
    (void)snprintf(text, sizeof text,
                   "{\"type\":\"message\",\"ref\":1,\"roomId\":\"%s\",\"clientId\":\"%llx-%llx\","
                   "\"content\":\"The build is green again, I will merge it after lunch.\"}",
                   room, (unsigned long long)m->asked_us, (unsigned long long)sent++);
    send_text(&m->conn, text);
}

static void drive(uint64_t ms)
{
    for (uint64_t end = cs_clock_mono_ms() + ms; cs_clock_mono_ms() < end;) {
        for (size_t i = 0; i < nmembers; i++)
            while (members[i].in_flight < (int)opt.window)
                post(&members[i]);
        turn(poller, 10);
    }
}

static void take_with(take_fn *take)
{
    for (size_t i = 0; i < nmembers; i++)
        members[i].conn.take = take;
}

static void run_rooms(void)
{
    enter_all(npeople, take_joined);
    join_all(ROOMS);
    take_with(take_load);
    drive(WARM_UP_MS);
    nsamples = 0;
    uint64_t acks0 = acks, deliveries0 = deliveries, at = cs_clock_mono_us();
    double cpu = server_cpu_s(opt.pid);
    drive(opt.seconds * 1000);
    double s = (double)(cs_clock_mono_us() - at) / 1e6;
    printf("messages_s=%.0f deliveries_s=%.0f cpu_share=%.3f p50_us=%u p99_us=%u\n",
           (double)(acks - acks0) / s, (double)(deliveries - deliveries0) / s,
           (server_cpu_s(opt.pid) - cpu) / s, percentile(samples, nsamples, 50),
           percentile(samples, nsamples, 99));
}

/* --- echo ------------------------------------------------------------------------------------- */

static void take_welcome(struct conn *c, const char *text, size_t len)
{
    (void)c;
    nready += count(text, len, CS_LIT("\"type\":\"welcome\""));
}

/* One after the other: the next when the answer is here. */
static void echo(struct member *m)
{
    uint64_t before = acks;

    m->asked_us = cs_clock_mono_us();
    send_text(&m->conn, "{\"type\":\"ping\",\"ref\":1}");
    while (acks == before)
        turn(poller, 1000);
}

static void run_echo(void)
{
    double rss = server_rss_kib(opt.pid);

    enter_all(opt.connections, take_welcome);
    await(&nready, nmembers, "welcomes");
    rss = server_rss_kib(opt.pid) - rss;
    take_with(take_load);
    double cpu = server_cpu_s(opt.pid);
    uint64_t at = cs_clock_mono_us(), end = at + opt.seconds * 1000000;
    while (cs_clock_mono_us() < end)
        echo(members);
    double s = (double)(cs_clock_mono_us() - at) / 1e6;
    printf("pings_s=%.0f cpu_us=%.1f p50_us=%u p99_us=%u rss_kib_conn=%.2f\n", (double)acks / s,
           acks ? (server_cpu_s(opt.pid) - cpu) * 1e6 / (double)acks : 0,
           percentile(samples, nsamples, 50), percentile(samples, nsamples, 99),
           rss / (double)nmembers);
}

/* --- storm ------------------------------------------------------------------------------------ */

/* The number behind a key, the first in the frame. */
static uint64_t number_at(const char *text, size_t len, struct cs_str key)
{
    const char *at = memmem(text, len, key.p, key.len);
    struct cs_str digits = {at ? at + key.len : "", 0};
    uint64_t value = 0;

    while (at && digits.p + digits.len < text + len && digits.p[digits.len] >= '0' &&
           digits.p[digits.len] <= '9')
        digits.len++;
    return cs_parse_u64(digits, 0, UINT64_MAX, &value) ? value : 0;
}

static void note_position(struct conn *c, const char *text, size_t len)
{
    const char *at = memmem(text, len, "\"epoch\":\"", 9);

    take_joined(c, text, len);
    if (!count(text, len, CS_LIT("\"type\":\"joined\"")) || !at)
        return;
    (void)snprintf(epoch, sizeof epoch, "%.*s", (int)strcspn(at + 9, "\""), at + 9);
    position = number_at(text, len, CS_LIT("\"lastSeq\":"));
}

static void take_back(struct conn *c, const char *text, size_t len)
{
    struct member *m = member_of(c);
    char more[256];

    if (count(text, len, CS_LIT("\"type\":\"error\"")))
        fail("refused", text);
    if (count(text, len, CS_LIT("\"type\":\"welcome\""))) {
        (void)snprintf(more, sizeof more, ",\"after\":%llu,\"epoch\":\"%s\"",
                       (unsigned long long)position, epoch);
        join(m, m->person->rooms[0], more);
    }
    m->recovered |= count(text, len, CS_LIT("\"recovered\":true")) > 0;
    m->heard += (int)count(text, len, CS_LIT("\"type\":\"new_message\""));
    bool here = m->heard >= MISSED || count(text, len, CS_LIT("\"recovered\":false"));
    nready += here && !m->here;
    m->here |= here;
}

/* By the first of them, in a room that everybody has. */
static void post_what_they_miss(void)
{
    struct member m;

    enter(&m, people, take_joined);
    njoined = 0;
    join(&m, m.person->rooms[0], "");
    await(&njoined, 1, "joining");
    m.conn.take = take_load;
    for (int i = 0; i < MISSED; i++)
        post(&m);
    while (acks < MISSED)
        turn(poller, 10);
    close_conn(&m.conn);
}

static void run_storm(void)
{
    size_t recovered = 0, n = opt.connections;

    enter_all(n, note_position);
    join_all(1);
    for (size_t i = 0; i < n; i++)
        close_conn(&members[i].conn);
    post_what_they_miss();
    double cpu = server_cpu_s(opt.pid);
    uint64_t at = cs_clock_mono_us();
    for (size_t i = 0; i < n; i++) {
        enter(&members[i], &people[i % npeople], take_back);
        if (i % 64 == 63)
            turn(poller, 0);
    }
    double connected = (double)(cs_clock_mono_us() - at) / 1e6;
    await(&nready, n, "coming back");
    double s = (double)(cs_clock_mono_us() - at) / 1e6;
    for (size_t i = 0; i < n; i++)
        recovered += members[i].recovered;
    printf("seconds=%.2f connected_s=%.2f recovered=%zu connections=%zu cpu_us_conn=%.0f\n", s,
           connected, recovered, n, (server_cpu_s(opt.pid) - cpu) * 1e6 / (double)n);
}

/* --- the run ---------------------------------------------------------------------------------- */

static void read_people(void)
{
    FILE *f = fopen(opt.file, "re");
    char *line = NULL;
    size_t size = 0;

    check(f != NULL, opt.file);
    for (; npeople < LINES && getline(&line, &size, f) > 0; line = NULL, size = 0) {
        struct person *who = &people[npeople++];
        char *rest = line;
        who->token = strsep(&rest, " \n");
        for (char *room; who->nrooms < ROOMS && (room = strsep(&rest, " \n")) != NULL && *room;)
            who->rooms[who->nrooms++] = room;
    }
    (void)fclose(f);
    if (!npeople || !people[0].nrooms)
        fail(opt.file, "has nobody in it");
}

static void number(uint64_t min, uint64_t max, uint64_t *out)
{
    if (!cs_parse_u64(cs_str_c(optarg), min, max, out))
        fail(optarg, "no number, or out of range");
}

static void read_options(int argc, char **argv)
{
    for (int o; (o = getopt(argc, argv, "m:f:p:k:n:w:d:")) != -1;) {
        switch (o) {
        case 'm': opt.mode = optarg; break;
        case 'f': opt.file = optarg; break;
        case 'p': number(1, 65535, &opt.port); break;
        case 'k': number(1, INT32_MAX, &opt.pid); break;
        case 'n': number(1, 19000, &opt.connections); break; /* descriptors, and ports */
        case 'w': number(1, 1000, &opt.window); break;
        case 'd': number(1, 3600, &opt.seconds); break;
        default: exit(2);
        }
    }
    if (!opt.mode || !opt.file || !opt.port || !opt.pid)
        fail("usage", "-m rooms|echo|storm -p PORT -k PID -f FILE [-n N] [-w IN_FLIGHT] [-d SECONDS]");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *mode;
        void (*run)(void);
    } modes[] = {{"rooms", run_rooms}, {"echo", run_echo}, {"storm", run_storm}};

    read_options(argc, argv);
    read_people();
    allow_descriptors();
    poller = epoll_create1(EPOLL_CLOEXEC);
    check(poller >= 0, "epoll");
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(opt.mode, modes[i].mode) == 0) {
            modes[i].run();
            return 0;
        }
    fail(opt.mode, "no such mode");
}
