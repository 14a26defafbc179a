/* cs_notify.h - what the service manager is told of this process: that it is ready, that it reloads,
 * that it stops, that it is not hung, and a line about how it is.
 *
 * The protocol of sd_notify(3): a datagram of KEY=value lines to the socket that NOTIFY_SOCKET names.
 * Our own code, for libsystemd would bring itself and its decompressors into every worker for the sake
 * of one sendto. Without NOTIFY_SOCKET everything here does nothing. One per process; not for threads.
 *
 * The watchdog (WATCHDOG_USEC) is told from the turns of the program's real loop, at each quarter of its
 * time, so that a program whose loop stands still is restarted. What waits inside a turn, with a bound
 * of its own, says so by cs_notify_alive; what could hang has no business to call it.
 *
 * Nothing here blocks: a manager that does not read is told again at the next turn.
 */
#ifndef CS_NOTIFY_H
#define CS_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* Reads the environment. */
void cs_notify_init(void);

/* Milliseconds until the next turn has something to say: 0 now, -1 never. */
int cs_notify_wait_ms(void);

/* A turn, when cs_notify_wait_ms is 0. `ready`: a client would be served; the first time, and after a
 * reload, that is READY=1, and until then the manager is asked for patience. The rest is printf's: the
 * status, one line (control characters become spaces). */
void cs_notify_turn(bool ready, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The next turn is due at once: something has changed. */
void cs_notify_soon(void);

/* A bounded wait goes on. Cheap: one look at the clock. */
void cs_notify_alive(void);

/* How long such a wait may sleep in one piece: `ms`, or less. */
int cs_notify_slice_ms(uint64_t ms);

/* The configuration is about to be read again; the next turn is due, and says that it is done. */
void cs_notify_reloading(void);

/* The process ends, within `most_ms`. */
void cs_notify_stopping(uint64_t most_ms);

#endif
