/* event.h - a durable event as the rings keep it: encoded once for the native dialect, with what
 * the others need beside it. One allocation each, whoever listens. */
#ifndef EVENT_H
#define EVENT_H

#include "cs_model.h"
#include "gw.h"

enum { GW_EVENT_MAX_BYTES = 512 * 1024 }; /* 8000 code points, each escaped to 6 bytes, and meta */

struct gw_event {
    struct cs_str json; /* of the native dialect */
    uint64_t known_us; /* when it came here, by the monotonic clock */
    bool is_message;
    struct cs_str sender_name, content; /* of a message */
};

/* Encodes and copies; false: no memory. Fills `out` with the payload and what the hub must know. */
bool gw_event_make(const struct cs_event *e, struct hub_event *out) CS_MUST_CHECK;
void gw_event_free(void *payload);

/* The message within json, for dialects that know nothing else; .p NULL: it is none, or deleted by now. */
struct cs_str gw_event_message(const struct gw_event *e);

static inline const struct gw_event *gw_event_of(const struct hub_event *e)
{
    return e->payload;
}

#endif
