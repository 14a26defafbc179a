/* ephemera.h - what is told to who is there, and to nobody afterwards: it is in no log, a bell brings
 * it with its content, and it is the first to go when a socket does not drain (architecture,
 * "Delivering").
 */
#ifndef EPHEMERA_H
#define EPHEMERA_H

#include "gw.h"

/* The body of an ephemeral entry of the bus; kinds that this program does not know are skipped. */
void ephemera_heard(struct gw *gw, struct cs_str body);

#endif
