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
 *     et<room>:<user>         he is typing there
 *     ep<user>                look at his presence: it has changed
 *   p<gateway>[:<n>]  a listener's bell to itself; without n in front of a gateway's ephemera, which
 *                     it has told its own sockets already
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

enum {
    CS_BUS_BODY_MAX = 96, /* bytes of an ephemeral entry's body */
    CS_BUS_READ_KEY = 1 + CS_UUID_LEN + 1 + CS_UUID_LEN, /* of those, who has read where */
};

/* Somebody has read up to seq. */
struct cs_bus_read {
    struct cs_uuid room, user;
    uint64_t seq;
};

/* Somebody is typing. */
struct cs_bus_typing {
    struct cs_uuid room, user;
};

/* The body of an ephemeral entry, appended to a buffer of CS_BUS_BODY_MAX bytes at least. */
void cs_bus_put_read(struct cs_buf *body, const struct cs_bus_read *read);
void cs_bus_put_typing(struct cs_buf *body, const struct cs_bus_typing *typing);
void cs_bus_put_presence(struct cs_buf *body, const struct cs_uuid *user);

/* What such a body says; false: it is of another kind. */
bool cs_bus_read(struct cs_str body, struct cs_bus_read *out);
bool cs_bus_typing(struct cs_str body, struct cs_bus_typing *out);
bool cs_bus_presence(struct cs_str body, struct cs_uuid *user);

/* As cs_bus_add. */
bool cs_bus_add_read(struct cs_buf *payload, const struct cs_bus_read *read);

#endif
