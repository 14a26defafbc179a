/* cs_notify.c - see cs_notify.h. */
#include "cs_notify.h"

#include "cs_clock.h"
#include "cs_parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    STARTING_MS = 1000, /* between two requests for patience */
    STATUS_MS = 15000,  /* between two lines about how we are, without a watchdog */
    AGAIN_MS = 100,     /* when the manager's queue was full */
    PATIENCE_S = 60,    /* more than the longest turn of a program that starts: a resolver's time-outs */
};

enum phase { STARTING, READY, RELOADING, STOPPING };

static struct {
    struct sockaddr_un to;
    socklen_t len; /* 0: nobody is told */
    int fd;
    enum phase phase;
    uint64_t period_ms;      /* between two turns, once ready */
    uint64_t due_ms, told_ms; /* the next turn; the last datagram */
} manager;

/* How often, from WATCHDOG_USEC, which may be meant for another process (sd_watchdog_enabled(3)). */
static uint64_t period_from_environment(void)
{
    const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    uint64_t us, whose = (uint64_t)getpid();

    if (!usec || !cs_parse_u64(cs_str_c(usec), 1, INT64_MAX, &us))
        return STATUS_MS;
    if (pid && (!cs_parse_u64(cs_str_c(pid), 1, INT64_MAX, &whose) || whose != (uint64_t)getpid()))
        return STATUS_MS;
    return us / 4000 + 1;
}

void cs_notify_init(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    size_t n = path ? strlen(path) : 0;

    manager.len = 0;
    if (n < 2 || n >= sizeof manager.to.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    manager.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (manager.fd < 0)
        return;
    manager.to.sun_family = AF_UNIX;
    memcpy(manager.to.sun_path, path, n + 1);
    if (path[0] == '@')
        manager.to.sun_path[0] = '\0'; /* no name in the file system: unix(7), "abstract" */
    manager.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    manager.phase = STARTING;
    manager.period_ms = period_from_environment();
    manager.due_ms = 0;
}

static bool tell(const char *text)
{
    const struct sockaddr *to = (const struct sockaddr *)&manager.to;

    if (sendto(manager.fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL, to, manager.len) < 0)
        return false;
    manager.told_ms = cs_clock_mono_ms();
    return true;
}

static uint64_t period_ms(void)
{
    return manager.phase == STARTING && manager.period_ms > STARTING_MS ? STARTING_MS
                                                                        : manager.period_ms;
}

int cs_notify_wait_ms(void)
{
    uint64_t now = manager.len ? cs_clock_mono_ms() : 0;

    if (!manager.len)
        return -1;
    return now >= manager.due_ms ? 0 : (int)(manager.due_ms - now);
}

/* What the manager is told beside the status. */
static void put_state(char *out, size_t size, bool ready)
{
    if (manager.phase == STARTING && !ready)
        (void)snprintf(out, size, "EXTEND_TIMEOUT_USEC=%d000000", PATIENCE_S);
    else if (manager.phase == RELOADING || manager.phase == STARTING)
        (void)snprintf(out, size, "READY=1\nWATCHDOG=1");
    else
        (void)snprintf(out, size, "WATCHDOG=1");
}

void cs_notify_turn(bool ready, const char *fmt, ...)
{
    char state[64], status[320], text[sizeof state + sizeof status + 16];
    va_list ap;

    if (!manager.len)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(status, sizeof status, fmt, ap);
    va_end(ap);
    for (char *p = status; *p; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
    put_state(state, sizeof state, ready);
    (void)snprintf(text, sizeof text, "%s\nSTATUS=%s", state, status);
    if (!tell(text)) {
        manager.due_ms = cs_clock_mono_ms() + AGAIN_MS;
        return;
    }
    if (manager.phase == RELOADING || (manager.phase == STARTING && ready))
        manager.phase = READY;
    manager.due_ms = manager.told_ms + period_ms();
}

void cs_notify_soon(void)
{
    manager.due_ms = 0;
}

void cs_notify_alive(void)
{
    /* half a period after the turn that did not come, which would have had a status to tell */
    if (!manager.len || cs_clock_mono_ms() < manager.told_ms + period_ms() * 3 / 2)
        return;
    if (manager.phase == STARTING) {
        char text[64];
        put_state(text, sizeof text, false);
        (void)tell(text);
    } else {
        (void)tell("WATCHDOG=1");
    }
}

int cs_notify_slice_ms(uint64_t ms)
{
    uint64_t most = manager.len ? period_ms() : INT32_MAX;

    return (int)(ms < most ? ms : most);
}

void cs_notify_reloading(void)
{
    char text[80];

    manager.due_ms = 0;
    if (!manager.len || manager.phase != READY)
        return;
    /* the time is for managers that started the reload themselves (Type=notify-reload) */
    (void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%llu",
                   (unsigned long long)cs_clock_mono_us());
    if (tell(text))
        manager.phase = RELOADING;
}

void cs_notify_stopping(uint64_t most_ms)
{
    char text[80];

    if (!manager.len)
        return;
    (void)snprintf(text, sizeof text, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%llu000",
                   (unsigned long long)most_ms);
    (void)tell(text);
    manager.phase = STOPPING;
    manager.due_ms = 0;
}
