/* fcgi.c - see fcgi.h.
 *
 * libfcgi's own SIGTERM handler truncates answers, and an accept that is restarted never looks at a
 * flag. So: our handler, installed before FCGX_Init, sets a flag, and the signals are blocked but in one
 * place, the ppoll that waits for work; the listening socket does not block, and of several workers that
 * it wakes one gets the connection and the others EAGAIN. (With the signals open everywhere, one that
 * came between accept and the first byte made libfcgi drop the connection: its poll there gives up on
 * EINTR, and SA_RESTART does not help a poll.)
 */
#include "fcgi.h"

#include "cs_log.h"
#include "cs_parse.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

enum { LISTEN_FD = 0 }; /* FCGI_LISTENSOCK_FILENO of the FastCGI specification */

struct fcgi {
    FCGX_Request request;
    bool open; /* a request is in hand */
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
    *out = f;
    return CS_OK;
}

void fcgi_close(struct fcgi *f)
{
    if (!f)
        return;
    FCGX_Free(&f->request, 1);
    free(f);
}

/* --- the head ----------------------------------------------------------------------------------- */

/* `once`: decides about security, so it must not come twice: web servers differ in what they make of
 * a repeated header (S13). */
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
    {"HTTP_ORIGIN", offsetof(struct head, origin), true},
    {"HTTP_ACCESS_CONTROL_REQUEST_METHOD", offsetof(struct head, cors_method), false},
    {"HTTP_USER_AGENT", offsetof(struct head, user_agent), false},
    {"HTTP_X_REQUEST_ID", offsetof(struct head, request_id), false},
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

/* --- accepting ---------------------------------------------------------------------------------- */

/* Until a connection may be there; false when told to stop. */
static bool wait_for_work(void)
{
    struct pollfd p = {.fd = LISTEN_FD, .events = POLLIN};

    while (!stopping && ppoll(&p, 1, NULL, &while_waiting) < 0 && errno == EINTR)
        continue;
    return !stopping;
}

bool fcgi_hung_up(void)
{
    bool was = hung_up;

    hung_up = 0; /* only ppoll lets the signal in, so none is lost between these two lines */
    return was;
}

bool fcgi_accept(struct fcgi *f, struct head *out)
{
    int rc = -EAGAIN;

    while (rc < 0) {
        if (!wait_for_work())
            return false;
        rc = FCGX_Accept_r(&f->request);
        if (rc < 0 && rc != -EAGAIN && rc != -EINTR && rc != -ECONNABORTED) {
            cs_log_msg(CS_LOG_ERROR, "accept", "%s", strerror(-rc));
            return false;
        }
    }
    f->open = true;
    *out = (struct head){.repeated = false};
    for (char **entry = f->request.envp; *entry; entry++)
        read_param(out, *entry);
    return true;
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
    size_t n = 0;
    int got;
    while (n < room && (got = FCGX_GetStr(text + n, (int)(room - n), f->request.in)) > 0)
        n += (size_t)got;
    if (FCGX_GetError(f->request.in) || (is_told && n < told))
        return cs_fail_detail(err, CS_E_BAD_REQUEST, "The body is not complete");
    if (n == room)
        return cs_fail(err, CS_E_TOO_LARGE);
    *out = cs_str_n(text, n);
    return CS_OK;
}

void fcgi_write(struct fcgi *f, struct cs_str bytes)
{
    if (bytes.len)
        (void)FCGX_PutStr(bytes.p, (int)bytes.len, f->request.out); /* errors stick: fcgi_finish */
}

void fcgi_finish(struct fcgi *f)
{
    if (!f->open)
        return;
    /* no flush of our own: the last piece leaves with the end of the request, in one write */
    int failed = FCGX_GetError(f->request.out);
    if (failed)
        cs_log_msg(CS_LOG_INFO, "client_gone", "%s", strerror(failed > 0 ? failed : EPIPE));
    FCGX_Finish_r(&f->request);
    f->open = false;
}
