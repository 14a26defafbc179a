/* bell.h - ringing: NOTIFY on a connection of its own, alone in its transaction (R5).
 *
 * Leading edge: a bell leaves at the end of the turn when the last one is 2 ms old and none is in flight;
 * otherwise it is merged into the next, the highest seq per room. A bell that is lost is a delay,
 * never a loss. Ephemera go where rooms leave space, and are dropped when too many
 * wait, or the database is away.
 */
#ifndef BELL_H
#define BELL_H

#include "gw.h"

/* NULL: no memory. */
struct bell *bell_new(struct gw *gw);
void bell_free(struct bell *b);
void bell_tick(struct bell *b, uint64_t now_ms);

/* At the end of a turn, when the own connections have been served: the back end that rings takes a
 * processor from who reads them. */
void bell_pump(struct bell *b);

void bell_ring_room(struct bell *b, const struct cs_uuid *room, uint64_t seq);

/* Something is in the user's own log. */
void bell_ring_user(struct bell *b, const struct cs_uuid *user);

/* The body of an ephemeral entry (cs_bus.h), for the other gateways; copied. It takes the place of
 * one that still waits and begins with the same `key` bytes. */
void bell_tell(struct bell *b, struct cs_str body, size_t key);

/* The listener's bell to itself. */
void bell_ring_self(struct bell *b, uint64_t n);

#endif
