/* reads.h - how far people have read, as their sockets tell it (contract, `read`).
 *
 * Kept highest-wins per user, room and credential, and written in one statement at most once a second,
 * on a connection of its own: it may wait for a lock and for the disk, which the reader's must not. What
 * a socket said is kept when it closes, and a draining gateway writes at once.
 *
 * A read is acknowledged when its batch has been committed, like everything else. The same call twice is
 * the same as once, so a batch whose outcome is unknown is sent again, until the deadline; a database that
 * cannot write says so at once.
 */
#ifndef READS_H
#define READS_H

#include "conn.h"

struct reads;

/* NULL: no memory. */
struct reads *reads_new(struct gw *gw);
void reads_free(struct reads *r);

/* The connection has one ack or error with `ref` later, when it is still there; until then it counts as
 * writing. CS_E_UNAVAILABLE: too many wait; CS_E_NO_MEMORY. */
enum cs_rc reads_note(struct reads *r, struct conn *from, const char *ref,
                      const struct cs_uuid *room, uint64_t seq, struct cs_err *err) CS_MUST_CHECK;

void reads_tick(struct reads *r, uint64_t now_ms);

/* Nothing waits and nothing is on its way. */
bool reads_idle(const struct reads *r);

#endif
