/* listen.h - the listener: hears the bells of all gateways and workers.
 *
 * LISTEN, commit, then read positions (R7): what was committed before is found by the poll that
 * follows, what comes after rings. A bell to itself every 5 s proves that the line is alive; after
 * 10 s of silence it connects anew.
 */
#ifndef LISTEN_H
#define LISTEN_H

#include "gw.h"

/* NULL: no memory. */
struct listener *listener_new(struct gw *gw);
void listener_free(struct listener *ln);
void listener_tick(struct listener *ln, uint64_t now_ms);

/* Bells arrive: rooms without traffic need to be polled only now and then. */
bool listener_ok(const struct listener *ln);

#endif
