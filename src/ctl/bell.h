/* bell.h - tells the gateways what a command has changed, so that they need not find out. */
#ifndef CTL_BELL_H
#define CTL_BELL_H

#include "cs_bus.h"
#include "ctl.h"

/* Rings once, on a connection of its own: what was open is closed. A bell is a hint, and the
 * gateways look at their sockets' credentials every few seconds: its failure is a sentence, no
 * more. */
void ctl_ring(struct ctl *c, enum cs_bus_kind kind, const struct cs_uuid *id);

#endif
