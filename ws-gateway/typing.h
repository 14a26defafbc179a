/* typing.h - who is writing in a room just now (contract, `typing`).
 *
 * It is told to the others here at once, and to the other gateways by a bell that knows him by id: they
 * look up what he is called and remember it for a minute. At most once in TYPING_SPACING_MS of each user
 * and room, whichever of his sockets here it comes from; what is more is left out, and nobody is refused.
 */
#ifndef TYPING_H
#define TYPING_H

#include "conn.h"
#include "cs_bus.h"

enum { TYPING_SPACING_MS = 3000 };

struct typing;

/* NULL: no memory. */
struct typing *typing_new(struct gw *gw);
void typing_free(struct typing *t);

/* The user of this socket, which has joined the room. */
void typing_here(struct conn *c, const struct cs_uuid *room);

/* Another gateway says so. */
void typing_heard(struct typing *t, const struct cs_bus_typing *what);

#endif
