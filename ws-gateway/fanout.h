/* fanout.h - what conn_out.c keeps for all connections: the marked ones and the frames of a
 * turn. */
#ifndef FANOUT_H
#define FANOUT_H

#include "gw.h"

struct fanout *fanout_new(void);
void fanout_free(struct fanout *f);

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
