/* frame.h - buffers that leave as WebSocket frames: payload behind WS_HEADROOM bytes. */
#ifndef FRAME_H
#define FRAME_H

#include "cs_str.h"
#include "ws.h"

/* Empties `b` and leaves the headroom; payload is appended as to any buffer. */
static inline void frame_begin(struct cs_buf *b)
{
    static const char headroom[WS_HEADROOM];

    cs_buf_clear(b);
    cs_buf_add(b, headroom, sizeof headroom);
}

static inline size_t frame_len(const struct cs_buf *b)
{
    return b->len - WS_HEADROOM;
}

static inline unsigned char *frame_payload(struct cs_buf *b)
{
    return (unsigned char *)b->p + WS_HEADROOM;
}

#endif
