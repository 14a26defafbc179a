/* wsclient.h - WebSocket clients for load: connections to 127.0.0.1, frames, and what the server's
 * process has spent. Failing is exiting: a load that is not what it says gives no figures. */
#ifndef WSCLIENT_H
#define WSCLIENT_H

#include "cs_str.h"

#include <sys/epoll.h>

enum { IN_BYTES = 160 * 1024 }; /* holds any frame: a gateway's spans end at 48 KiB, and one event more */

struct conn {
    int fd;
    unsigned frames; /* that came */
    size_t len, size;
    char *in; /* `size` bytes; what has come of a frame that is not whole */
    void (*take)(struct conn *c, const char *text, size_t len); /* a whole text frame; may be NULL */
    void *owner;
};

_Noreturn void fail(const char *what, const char *why);
void check(bool ok, const char *what); /* else fails with errno */

double server_cpu_s(uint64_t pid);
double server_rss_kib(uint64_t pid);

/* Connects and upgrades; `size` of the buffer is the caller's to set (0: IN_BYTES). */
void open_conn(struct conn *c, uint64_t port, const char *subprotocol);
void close_conn(struct conn *c);
void send_text(const struct conn *c, const char *text);

/* One recv, and the frames that are whole by then are taken; false: there was nothing. */
bool receive(struct conn *c);

/* Sends a frame and waits for whatever comes next. */
void ask(struct conn *c, const char *text);

/* From here on it does not block, and `turn` receives for it. */
void watch(struct conn *c, int poller);
void turn(int poller, int wait_ms);

uint64_t received_bytes(void);

/* Sorts the values. 0 when there are none. */
uint32_t percentile(uint32_t *values, size_t n, unsigned percent);

void allow_descriptors(void);

#endif
