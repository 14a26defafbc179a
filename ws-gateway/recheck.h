/* recheck.h - revocation without a bell: the credentials of open sockets are asked about again and
 * again.
 *
 * A bell closes a socket at once; but bells may be lost, and an operator's SQL rings none. So all
 * sockets are gone through in slices, once in RECHECK_CYCLE_MS, and those whose credential is no
 * longer good are closed with 4401: within 5 s of the revocation, whatever happened (S2).
 */
#ifndef RECHECK_H
#define RECHECK_H

#include "gw.h"

enum { RECHECK_CYCLE_MS = 3000 };

/* NULL: no memory. */
struct recheck *recheck_new(struct gw *gw);
void recheck_free(struct recheck *rc);

/* Asks about the next slice when it is due; called each `tick_ms`. */
void recheck_tick(struct recheck *rc, int tick_ms);

#endif
