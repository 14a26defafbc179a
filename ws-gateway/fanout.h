/* fanout.h - what conn_out.c keeps for all connections: the marked ones and the frames of a
 * turn. */
#ifndef FANOUT_H
#define FANOUT_H

#include "gw.h"

struct fanout *fanout_new(void);
void fanout_free(struct fanout *f);

/* An empty buffer for one payload; valid until it is asked for again. */
struct cs_buf *fanout_scratch(struct gw *gw);

#endif
