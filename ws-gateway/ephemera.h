/* ephemera.h - what is told to who is there, and to nobody afterwards: it is in no log, a bell brings
 * it with its content, and it is the first to go when a socket does not drain (architecture,
 * "Delivering"). In its own gateway it is told at once and not by way of the database.
 */
#ifndef EPHEMERA_H
#define EPHEMERA_H

#include "cs_bus.h"
#include "gw.h"

struct conn;

/* The body of an ephemeral entry of the bus; kinds that this program does not know are skipped. */
void ephemera_heard(struct gw *gw, struct cs_str body);

/* To all others who have joined the room here: his own devices have a log of their own. A read position
 * only where a socket hears of the members (watch.h): where thousands read what one has said, each of them
 * would be told of each. */
void ephemera_read(struct gw *gw, const struct cs_bus_read *read);
void ephemera_typing(struct gw *gw, const struct cs_bus_typing *typing, struct cs_str username);

/* It drains: what is due to it has more than half of what may wait for it. */
bool ephemera_may_go_to(const struct conn *c);

/* There are others here to tell. */
bool ephemera_heeded(struct gw *gw, const struct cs_uuid *room, const struct cs_uuid *about);

#endif
