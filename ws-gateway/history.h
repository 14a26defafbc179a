/* history.h - pages of a room's past for sockets: the statement of GET /api/rooms/{id}/messages, asked on
 * the reading connection.
 *
 * A page is read in a millisecond or so, and the log waits behind it: so few are on the way at once, and
 * the rest waits here. Of one connection one at a time, and none while it has not taken what was sent
 * before: a page may be large, and who reads slowly waits for his next one instead of being closed.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include "conn.h"

enum { HISTORY_DEFAULT = 50, HISTORY_MAX = 100 }; /* messages, as over HTTP */

struct history;

/* NULL: no memory. */
struct history *history_new(struct gw *gw);
void history_free(struct history *h);
void history_tick(struct history *h, uint64_t now_ms);

/* The page before this seq (INT64_MAX: the newest), of at most `limit` messages; the connection gets one
 * dialect->page or error with `ref`, when it is still there. CS_E_UNAVAILABLE: too many wait (retryable);
 * CS_E_NO_MEMORY. */
enum cs_rc history_ask(struct history *h, struct conn *c, const char *ref,
                       const struct cs_uuid *room, int64_t before, int64_t limit,
                       struct cs_err *err) CS_MUST_CHECK;

/* At the end of each turn: asks what may be asked. */
void history_pump(struct history *h);

#endif
