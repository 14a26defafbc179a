/* listing.h - rooms that a socket has only listed: of what happens there it hears that it did, not
 * what.
 *
 * For each listed room the gateway knows how far it has got, by bells and, should these be lost, by a
 * poll. Once a second those who list a room that has moved are told `activity {roomId,lastSeq}`. It
 * owns the pairs (room, connection); it knows no log, no ring, no membership.
 */
#ifndef LISTING_H
#define LISTING_H

#include "conn.h"

/* NULL: no memory. */
struct listing *listing_new(struct gw *gw);

/* The connections are gone by then. */
void listing_free(struct listing *l);

/* How many pairs there are. */
size_t listing_count(const struct listing *l);

/* The connection lists the room, which stands at last_seq, and is told so at once. False: no memory.
 * Does nothing when it lists it already. */
bool listing_add(struct conn *c, const struct cs_uuid *room, uint64_t last_seq) CS_MUST_CHECK;

/* It does no longer; false: it did not. */
bool listing_remove(struct conn *c, const struct cs_uuid *room);

/* It lists nothing any more: it is gone. */
void listing_gone(struct conn *c);

/* A bell: the room has got so far; 0: the bell did not say. */
void listing_reached(struct listing *l, const struct cs_uuid *room, uint64_t last_seq);

/* Bells may have been lost: all are looked at. */
void listing_poll_all(struct listing *l);

/* Tells, and polls; a few times a second. */
void listing_tick(struct listing *l, uint64_t now_ms);

#endif
