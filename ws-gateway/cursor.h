/* cursor.h - where a stream of several rooms is, as one text: with it any gateway goes on where
 * another has stopped, and none has to remember who was where.
 *
 *   1EEEEEEEEEEE.RRRRRRRRss.RRRRRRRRs …      E the epoch, R the room, s the position in it
 *
 * Digits of base 64 (RFC 4648, section 5), highest first, so that it can stand in a header and in a
 * query as it is. Of the epoch it has 64 bits, of a room's id the last 48, which are random: two of
 * one person's rooms look alike once in 10^10 people. A room takes 11 characters or a few more, and
 * as many rooms fit in as one stream may have. Pure: no memory of its own, nothing is called.
 */
#ifndef CURSOR_H
#define CURSOR_H

#include "cs_id.h"
#include "cs_str.h"

enum {
    CURSOR_ROOMS_MAX = 128,
    CURSOR_PLACES_MAX = CURSOR_ROOMS_MAX + 1, /* and the user's own log, by his id */
    CURSOR_TEXT_MAX = 12 + CURSOR_PLACES_MAX * (1 + 8 + 11),
};

struct cursor_at {
    uint64_t room; /* cursor_room of its id */
    uint64_t seq;
};

struct cursor {
    uint64_t epoch; /* cursor_epoch of its text */
    size_t n;
    struct cursor_at at[CURSOR_PLACES_MAX];
};

uint64_t cursor_epoch(const char *epoch);

/* False, with `out` empty: it is no cursor. No room is in it twice, no seq is above INT64_MAX. */
bool cursor_parse(struct cs_str text, struct cursor *out);

/* At most CURSOR_TEXT_MAX bytes. */
void cursor_write(const struct cursor *c, struct cs_buf *b);

/* NULL: it knows nothing of this room. */
const struct cursor_at *cursor_find(const struct cursor *c, const struct cs_uuid *room);

/* False: it is full. */
bool cursor_set(struct cursor *c, const struct cs_uuid *room, uint64_t seq);
void cursor_drop(struct cursor *c, const struct cs_uuid *room);

#endif
