/* fcgi.c - see fcgi.h.
 *
 * libfcgi's own SIGTERM handler truncates answers, and an accept that is restarted never looks at a
 * flag. So: our handler, installed before FCGX_Init, sets a flag, and the signals are blocked but
 * in one place, the epoll_pwait that waits for work; the listening socket does not block, for somebody
 * else may be faster. (With the signals open everywhere, one that came between accept and the first byte
 * made libfcgi drop the connection: its poll there gives up on EINTR, and SA_RESTART does not help a
 * poll.)
 *
 * Of the workers that sleep a connection wakes one (epoll_ctl(2), EPOLLEXCLUSIVE). A poll woke them all,
 * to find nothing: that was half of what a health check took with eight workers, and two thirds with
 * thirty-two. Who is woken takes what there is, also when it is told to stop just then, for nobody else
 * knows of it; whoever comes to wait looks first.
 *
 * The answer does not go through libfcgi's stream, which writes 8 KiB at a time: it leaves as
 * records of up to 64 KiB, head, body and end in one call (measured on a page of 27 KiB: 5 % of
 * this process's time).
 */
#include "fcgi.h"

#include "cs_clock.h"
#include "cs_log.h"
#include "cs_notify.h"
#include "cs_parse.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    LISTEN_FD = 0, /* FCGI_LISTENSOCK_FILENO of the FastCGI specification */
    END_BYTES = 2 * FCGI_HEADER_LEN + sizeof(FCGI_EndRequestBody),
    BODY_PIECE = 4096,     /* of a body that may come slowly: each is a sign of life */
    READER_MS = 30 * 1000, /* without a byte read, a peer is as good as gone */
};

struct fcgi {
    FCGX_Request request;
    int waiting;   /* an epoll with the listening socket in it */
    bool open;     /* a request is in hand */
    bool has_body; /* announced or possible */
    bool at_end;   /* of what the peer sends */
};

static volatile sig_atomic_t stopping, hung_up;
static sigset_t while_waiting; /* the mask under which our signals come through */

static void on_stop(int sig)
{
    (void)sig;
    stopping = 1;
}

static void on_hangup(int sig)
{
    (void)sig;
    hung_up = 1;
}

static enum cs_rc system_error(struct cs_err *err, const char *what)
{
    return cs_fail_log(err, CS_E_CONFIG, "%s: %s", what, strerror(errno));
}

static enum cs_rc catch_signals(struct cs_err *err)
{
    struct sigaction stop = {.sa_handler = on_stop, .sa_flags = SA_RESTART};
    struct sigaction hangup = {.sa_handler = on_hangup, .sa_flags = SA_RESTART};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t ours;

    if (sigemptyset(&ours) || sigaddset(&ours, SIGTERM) || sigaddset(&ours, SIGINT) ||
        sigaddset(&ours, SIGHUP) || sigprocmask(SIG_BLOCK, &ours, &while_waiting))
        return system_error(err, "sigprocmask");
    (void)sigdelset(&while_waiting, SIGTERM); /* whatever mask we were started with */
    (void)sigdelset(&while_waiting, SIGINT);
    (void)sigdelset(&while_waiting, SIGHUP);
    if (sigaction(SIGTERM, &stop, NULL) || sigaction(SIGINT, &stop, NULL) ||
        sigaction(SIGHUP, &hangup, NULL) || sigaction(SIGPIPE, &ignore, NULL))
        return system_error(err, "sigaction");
    return CS_OK;
}

static int watch_for_connections(void)
{
    struct epoll_event e = {.events = EPOLLIN | EPOLLEXCLUSIVE};
    int fd = epoll_create1(EPOLL_CLOEXEC);

    if (fd < 0 || !epoll_ctl(fd, EPOLL_CTL_ADD, LISTEN_FD, &e))
        return fd;
    (void)close(fd);
    return -1;
}

enum cs_rc fcgi_open(struct fcgi **out, struct cs_err *err)
{
    enum cs_rc rc = catch_signals(err);

    *out = NULL;
    if (rc != CS_OK)
        return rc;
    if (FCGX_IsCGI())
        return cs_fail_log(err, CS_E_CONFIG,
                           "descriptor 0 is no listening socket: start this by spawn-fcgi");
    int flags = fcntl(LISTEN_FD, F_GETFL);
    if (flags < 0 || fcntl(LISTEN_FD, F_SETFL, flags | O_NONBLOCK) < 0)
        return system_error(err, "fcntl");
    struct fcgi *f = calloc(1, sizeof *f);
    if (!f)
        return cs_fail(err, CS_E_NO_MEMORY);
    if (FCGX_Init() || FCGX_InitRequest(&f->request, LISTEN_FD, FCGI_FAIL_ACCEPT_ON_INTR)) {
        free(f);
        return cs_fail_log(err, CS_E_CONFIG, "libfcgi cannot be initialised");
    }
    f->waiting = watch_for_connections();
    if (f->waiting < 0) {
        free(f);
        return system_error(err, "epoll");
    }
    *out = f;
    return CS_OK;
}

void fcgi_close(struct fcgi *f)
{
    if (!f)
        return;
    FCGX_Free(&f->request, 1);
    (void)close(f->waiting);
    free(f);
}

/* --- the head --------------------------------------------------------------------------------- */

/* `once`: decides about security, so it must not come twice: web servers differ in what they make
 * of a repeated header (S13). */
static const struct {
    const char *name;
    size_t offset;
    bool once;
} params[] = {
    {"REQUEST_METHOD", offsetof(struct head, method), true},
    {"REQUEST_URI", offsetof(struct head, uri), true},
    {"CONTENT_TYPE", offsetof(struct head, content_type), false},
    {"CONTENT_LENGTH", offsetof(struct head, content_length), true},
    {"REMOTE_ADDR", offsetof(struct head, remote_addr), true},
    {"HTTP_AUTHORIZATION", offsetof(struct head, authorization), true},
    {"HTTP_X_SESSION_TOKEN", offsetof(struct head, session_token), true},
    {"HTTP_IDEMPOTENCY_KEY", offsetof(struct head, idempotency_key), true},
    {"HTTP_IF_NONE_MATCH", offsetof(struct head, if_none_match), false},
    {"HTTP_ORIGIN", offsetof(struct head, origin), true},
    {"HTTP_ACCESS_CONTROL_REQUEST_METHOD", offsetof(struct head, cors_method), false},
    {"HTTP_USER_AGENT", offsetof(struct head, user_agent), false},
    {"HTTP_X_REQUEST_ID", offsetof(struct head, request_id), false},
    {"HTTP_X_FORWARDED_FOR", offsetof(struct head, forwarded), false},
    {"HTTP_X_REAL_IP", offsetof(struct head, forwarded), false},
    {"HTTP_FORWARDED", offsetof(struct head, forwarded), false},
    {"HTTP_VIA", offsetof(struct head, forwarded), false},
};

static void read_param(struct head *head, const char *entry)
{
    struct cs_str value = cs_str_c(entry), name = cs_str_split(&value, '=');

    for (size_t i = 0; i < sizeof params / sizeof *params; i++) {
        if (!cs_str_is(name, params[i].name))
            continue;
        struct cs_str *member = (struct cs_str *)(void *)((char *)head + params[i].offset);
        if (member->p)
            head->repeated |= params[i].once;
        else
            *member = value;
        return;
    }
}

/* --- accepting -------------------------------------------------------------------------------- */

/* epoll_pwait alone lets signals in only when it sleeps: a worker that always has a next request would hear
 * none. */
static void let_signals_in(void)
{
    sigset_t blocked;

    (void)sigprocmask(SIG_SETMASK, &while_waiting, &blocked);
    (void)sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/* Until there may be a connection, or a signal has come; none is lost on the way to sleep. */
static enum fcgi_next wait_for_work(const struct fcgi *f, int patience_ms)
{
    struct epoll_event ready;

    for (;;) {
        let_signals_in();
        if (stopping)
            return FCGI_STOP;
        if (hung_up) {
            hung_up = 0;
            return FCGI_HANGUP;
        }
        int n = epoll_pwait(f->waiting, &ready, 1, patience_ms, &while_waiting);
        if (n == 0)
            return FCGI_IDLE;
        if (n > 0 || errno != EINTR)
            return FCGI_REQUEST; /* accepting says what is wrong, if anything is */
    }
}

static void read_head(struct fcgi *f, struct head *out)
{
    f->open = true;
    *out = (struct head){.repeated = false};
    for (char **entry = f->request.envp; *entry; entry++)
        read_param(out, *entry);
    f->has_body = out->content_length.len && !cs_str_is(out->content_length, "0");
    f->at_end = false;
}

enum fcgi_next fcgi_accept(struct fcgi *f, int patience_ms, struct head *out)
{
    for (;;) {
        enum fcgi_next next = wait_for_work(f, patience_ms);
        if (next != FCGI_REQUEST)
            return next;
        int rc = FCGX_Accept_r(&f->request);
        if (rc >= 0)
            break;
        if (rc != -EAGAIN && rc != -EINTR && rc != -ECONNABORTED) {
            cs_log_msg(CS_LOG_ERROR, "accept", "%s", strerror(-rc));
            return FCGI_STOP;
        }
    }
    read_head(f, out);
    return FCGI_REQUEST;
}

/* Up to `room` bytes; fewer at the end of the body, or when the peer goes away. */
static size_t read_body(struct fcgi *f, char *out, size_t room)
{
    size_t n = 0;
    int got = 1;

    while (n < room && got > 0) {
        size_t piece = room - n < BODY_PIECE ? room - n : BODY_PIECE;
        got = FCGX_GetStr(out + n, (int)piece, f->request.in);
        n += got > 0 ? (size_t)got : 0;
        cs_notify_alive();
    }
    return n;
}

enum cs_rc fcgi_body(struct fcgi *f, struct cs_arena *a, struct cs_str content_length, size_t cap,
                     struct cs_str *out, struct cs_err *err)
{
    uint64_t told = 0;
    bool is_told = cs_parse_u64(content_length, 0, INT64_MAX, &told);

    if (is_told && told > cap)
        return cs_fail(err, CS_E_TOO_LARGE);
    size_t room = (is_told && told ? (size_t)told : cap) + 1; /* one more shows what is too much */
    char *text = cs_arena_alloc(a, room);
    if (!text)
        return cs_fail(err, CS_E_NO_MEMORY);
    size_t n = read_body(f, text, room);
    f->at_end = n < room && !FCGX_GetError(f->request.in);
    if (FCGX_GetError(f->request.in) || (is_told && n < told))
        return cs_fail_detail(err, CS_E_BAD_REQUEST, "The body is not complete");
    if (n == room)
        return cs_fail(err, CS_E_TOO_LARGE);
    *out = cs_str_n(text, n);
    return CS_OK;
}

/* --- answering -------------------------------------------------------------------------------- */

/* The 8 bytes in front of a piece of the answer (FastCGI specification, section 3.3). */
static void record_header(unsigned char out[FCGI_HEADER_LEN], int type, int id, size_t len)
{
    memset(out, 0, FCGI_HEADER_LEN);
    out[0] = FCGI_VERSION_1;
    out[1] = (unsigned char)type;
    out[2] = (unsigned char)(id >> 8);
    out[3] = (unsigned char)id;
    out[4] = (unsigned char)(len >> 8);
    out[5] = (unsigned char)len;
}

/* The end of the stream and of the request; the 8 zeros of the body say success (section 5.5). */
static void end_records(unsigned char out[END_BYTES], int id)
{
    memset(out, 0, END_BYTES);
    record_header(out, FCGI_STDOUT, id, 0);
    record_header(out + FCGI_HEADER_LEN, FCGI_END_REQUEST, id, sizeof(FCGI_EndRequestBody));
}

/* Until the peer reads on. An answer is mostly smaller than the socket's buffer, and there is no wait. */
static bool wait_for_reader(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    uint64_t until_ms = cs_clock_mono_ms() + READER_MS;

    for (;;) {
        uint64_t now = cs_clock_mono_ms();
        errno = ETIMEDOUT;
        if (now >= until_ms)
            return false;
        if (poll(&p, 1, cs_notify_slice_ms(until_ms - now)) > 0)
            return true;
        cs_notify_alive();
    }
}

/* False, with errno: the peer has gone, or reads no more. */
static bool write_all(int fd, struct iovec *v, int n)
{
    while (n > 0) {
        struct msghdr message = {.msg_iov = v, .msg_iovlen = (size_t)n};
        ssize_t done = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (done < 0 && errno == EAGAIN && wait_for_reader(fd))
            continue;
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        for (; n > 0 && (size_t)done >= v->iov_len; v++, n--)
            done -= (ssize_t)v->iov_len;
        if (n > 0) {
            v->iov_base = (char *)v->iov_base + done;
            v->iov_len -= (size_t)done;
        }
    }
    return true;
}

static struct iovec piece(const void *p, size_t len)
{
    return (struct iovec){.iov_base = (void *)(uintptr_t)p, .iov_len = len};
}

void fcgi_answer(struct fcgi *f, struct cs_str head, struct cs_str body)
{
    unsigned char header[FCGI_HEADER_LEN], end[END_BYTES];
    int id = f->request.requestId;

    end_records(end, id);
    do {
        size_t space = FCGI_MAX_LENGTH - head.len, part = body.len < space ? body.len : space;
        record_header(header, FCGI_STDOUT, id, head.len + part);
        struct iovec v[] = {piece(header, sizeof header), piece(head.p, head.len),
                            piece(body.p, part), piece(end, part < body.len ? 0 : sizeof end)};
        if (!write_all(f->request.ipcFd, v, 4)) {
            cs_log_msg(CS_LOG_INFO, "client_gone", "%s", strerror(errno));
            return;
        }
        head.len = 0;
        body.p += part;
        body.len -= part;
    } while (body.len);
}

/* Whether the peer has sent all that it will. A body that nobody asked for has not been read. */
static bool all_is_read(struct fcgi *f)
{
    if (!f->at_end && !f->has_body)
        f->at_end = FCGX_GetChar(f->request.in) == EOF;
    return f->at_end;
}

void fcgi_finish(struct fcgi *f)
{
    if (!f->open)
        return;
    f->open = false;
    /* libfcgi's way to close waits until the peer has closed, for one that still sends would get a
     * reset and never read the answer. Most have nothing more to send, and that wait is 8 % of a
     * page's time in this process. */
    if (all_is_read(f)) {
        (void)close(f->request.ipcFd);
        f->request.ipcFd = -1;
    }
    FCGX_Free(&f->request, f->request.ipcFd >= 0);
}
