/* cs_bus.h - the envelope of the one NOTIFY channel (architecture, "Ringing").
 *
 * A payload is a list of entries joined by ';', at most 1 KiB. Bells carry ids and sequence
 * numbers, never content, and losing every one of them loses nothing.
 *
 *   r<room>[:<seq>]   the room has reached seq (without: look at it)
 *   u<user>[:<useq>]  the user's own log has moved
 *   s<id>             a session or token was revoked
 *   e<…>              ephemera, never split: may be lost, and nothing else tells them
 *     er<room>:<user>:<seq>   he has read that room up to seq
 *   p<gateway>:<n>    a listener's bell to itself
 */
#ifndef CS_BUS_H
#define CS_BUS_H

#include "cs_id.h"
#include "cs_str.h"

#define CS_BUS_CHANNEL "chatsphere"

enum { CS_BUS_PAYLOAD_MAX = 1024 };

enum cs_bus_kind {
    CS_BUS_ROOM = 'r',
    CS_BUS_USER = 'u',
    CS_BUS_REVOKED = 's',
    CS_BUS_EPHEMERA = 'e',
    CS_BUS_SELF = 'p',
};

struct cs_bus_entry {
    enum cs_bus_kind kind;
    struct cs_uuid id; /* not for ephemera */
    uint64_t seq;      /* 0: not told */
    struct cs_str body; /* ephemera only */
};

/* The next entry of a payload; moves *rest behind it. False at the end. What is no entry of ours is
 * skipped: a newer program may send kinds that this one does not know. */
bool cs_bus_next(struct cs_str *rest, struct cs_bus_entry *out);

/* Appends an entry with its separator; false when it does not fit into the payload any more (then
 * nothing was written: send this payload, begin another). */
bool cs_bus_add(struct cs_buf *payload, const struct cs_bus_entry *e);

/* Somebody has read up to seq. */
struct cs_bus_read {
    struct cs_uuid room, user;
    uint64_t seq;
};

/* As cs_bus_add, and what an ephemeral entry's body says; false: it is of another kind. */
bool cs_bus_add_read(struct cs_buf *payload, const struct cs_bus_read *read);
bool cs_bus_read(struct cs_str body, struct cs_bus_read *out);

#endif
