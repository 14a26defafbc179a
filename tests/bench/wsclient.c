/* wsclient.c - see wsclient.h. */
#include "wsclient.h"

#include "cs_clock.h"
#include "cs_parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { OUT_BYTES = 8 * 1024, CONNECT_S = 10 };

static uint64_t bytes_in;

_Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, why);
    exit(1);
}

void check(bool ok, const char *what)
{
    if (!ok)
        fail(what, strerror(errno));
}

/* --- what /proc says about the server --------------------------------------------------------- */

/* Field `n`, from 0, behind the command's name in /proc/PID/stat, or of /proc/PID/statm. */
static uint64_t proc_field(uint64_t pid, const char *file, int n)
{
    char path[64], text[1024];
    uint64_t value = 0;

    (void)snprintf(path, sizeof path, "/proc/%llu/%s", (unsigned long long)pid, file);
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

double server_cpu_s(uint64_t pid)
{
    return (double)(proc_field(pid, "stat", 11) + proc_field(pid, "stat", 12)) / (double)sysconf(_SC_CLK_TCK);
}

double server_rss_kib(uint64_t pid)
{
    return (double)(proc_field(pid, "statm", 1) * (uint64_t)sysconf(_SC_PAGESIZE)) / 1024;
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

void send_text(const struct conn *c, const char *text)
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


static void take_frame(struct conn *c, unsigned opcode, const char *payload, size_t len)
{
    c->frames++;
    if (opcode == 8)
        fail("closed by the server", len > 2 ? payload + 2 : "");
    if (opcode == 9)
        send_frame(c->fd, 10, payload, len);
    if (opcode == 1 && c->take)
        c->take(c, payload, len);
}

/* One recv and the frames that are whole by then; false when there was nothing. */
bool receive(struct conn *c)
{
    ssize_t n = recv(c->fd, c->in + c->len, c->size - c->len, 0);
    size_t at = 0, head, len;

    if (n < 0 && errno == EAGAIN)
        return false;
    check(n >= 0, "recv");
    if (n == 0)
        fail("recv", c->len == c->size ? "a frame is too long" : "the server hung up");
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

uint64_t received_bytes(void)
{
    return bytes_in;
}

/* --- connecting ------------------------------------------------------------------------------- */

static void dial(struct conn *c, uint64_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval patience = {.tv_sec = CONNECT_S};
    int one = 1;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    c->size = c->size ? c->size : IN_BYTES;
    c->in = malloc(c->size);
    check(c->fd >= 0 && c->in && !connect(c->fd, (struct sockaddr *)&to, sizeof to), "connect");
    check(!setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) &&
              !setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience),
          "setsockopt");
}

/* The head of the answer is read byte by byte, so that no frame behind it is taken with it. */
static void upgrade(struct conn *c, uint64_t port, const char *subprotocol)
{
    char request[1024], answer[2048] = "";
    int n = snprintf(request, sizeof request,
                     "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%llu\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s\r\n",
                     (unsigned long long)port,
                     subprotocol ? "Sec-WebSocket-Protocol: " : "", subprotocol ? subprotocol : "",
                     subprotocol ? "\r\n" : "");

    send_all(c->fd, request, (size_t)n);
    for (size_t len = 0; !strstr(answer, "\r\n\r\n"); len++)
        if (len == sizeof answer - 1 || recv(c->fd, answer + len, 1, 0) != 1)
            fail("upgrade", answer);
    if (!cs_str_starts(cs_str_c(answer), CS_LIT("HTTP/1.1 101")))
        fail("upgrade", answer);
}

void open_conn(struct conn *c, uint64_t port, const char *subprotocol)
{
    c->len = 0;
    dial(c, port);
    upgrade(c, port, subprotocol);
}

void close_conn(struct conn *c)
{
    free(c->in);
    (void)close(c->fd);
    c->in = NULL;
}

/* Sends the frame and waits for whatever comes next. */
void ask(struct conn *c, const char *text)
{
    unsigned before = c->frames;

    send_text(c, text);
    while (c->frames == before)
        if (!receive(c))
            fail(text, "no answer");
}

void watch(struct conn *c, int poller)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};

    check(!fcntl(c->fd, F_SETFL, O_NONBLOCK), "fcntl");
    check(!epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &e), "epoll_ctl");
}

/* --- the run ---------------------------------------------------------------------------------- */

void turn(int poller, int wait_ms)
{
    struct epoll_event events[512];
    int n = epoll_wait(poller, events, sizeof events / sizeof *events, wait_ms);

    for (int i = 0; i < n; i++)
        while (receive(events[i].data.ptr))
            continue;
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

uint32_t percentile(uint32_t *values, size_t n, unsigned percent)
{
    qsort(values, n, sizeof *values, by_size);
    return n ? values[n * percent / 100] : 0;
}

void allow_descriptors(void)
{
    struct rlimit limit;

    check(!getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    check(!setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}
