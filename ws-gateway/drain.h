/* drain.h - the sockets are sent away without losing anything (R11): because the gateway stops, or because
 * it is cut off from the database while other gateways may not be (GATEWAY_CUT_OFF_MS).
 *
 * Each is told `drain`, and closed with 1012 and a hint when to come back, spread over DRAIN_MS; not before
 * what it has sent is answered. Until it is closed it may send messages, which are taken like before; only
 * when the window is over they are refused (retryable), for who never pauses would never be closed. Long
 * polls are answered at once, and streams that have not begun are not cut off either. Meanwhile handshakes
 * are refused with 503, which a web server with several gateways does not show to anybody: it goes on to the
 * next one. (nginx does. So that others do, too, the unix socket of one that stops is found no more.)
 */
#ifndef DRAIN_H
#define DRAIN_H

#include <stdbool.h>
#include <stdint.h>

struct gw;

/* A part of struct gw; all zeros: nobody is sent away. */
struct drain {
    bool on;      /* no socket is taken */
    bool is_over; /* the window is: no message either */
    bool stops;   /* then the loop is left */
    uint64_t until_ms; /* the window's end */
    uint64_t well_ms;  /* the database was there at that time */
};

/* SIGTERM: the loop ends when all is done, at the latest DATABASE_DEADLINE_MS after the window. Asked a
 * second time: at once. */
void drain_and_stop(struct gw *gw);

/* Each tick: closes those whose turn has come, and looks whether the gateway is cut off. */
void drain_tick(struct gw *gw, uint64_t now_ms);

#endif
