/* fanout.h - what conn_out.c keeps for all connections: the marked ones and the frames of a
 * turn. */
#ifndef FANOUT_H
#define FANOUT_H

#include "gw.h"

struct fanout *fanout_new(void);
void fanout_free(struct fanout *f);

/* So many connections can be marked from now on, whatever happens. False: no memory. */
bool fanout_reserve(struct fanout *f, size_t conns);

/* It is marked no more. */
void fanout_unmark(struct conn *c);

/* An empty buffer for one payload; valid until it is asked for again. */
struct cs_buf *fanout_scratch(struct gw *gw);

/* For the counters: bytes were written as one frame; and how long the events of a span that is about
 * to be advanced over were under way (what is replayed is none of it). */
static inline void fanout_count(struct gw *gw, size_t bytes)
{
    gw->count.frames_out++;
    gw->count.bytes_out += bytes;
}
void fanout_note_delivery(struct gw *gw, const struct hub_span *span);

#endif
