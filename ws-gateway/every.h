/* every.h - join_all on its way: one statement lists the rooms of a user with all that joining them
 * needs, and never one a room.
 *
 * The list is longer than a row, so few of these are in flight at a time: the log comes by the same
 * connection. While the database is away they wait for it up to the deadline.
 */
#ifndef EVERY_H
#define EVERY_H

#include "conn.h"
#include "store_log.h"

enum { EVERY_ROOMS_MAX = 5000 }; /* the most recently active; listing them is half a megabyte */

/* Where a client has got to in a room. */
struct every_place {
    struct cs_uuid room;
    uint64_t after;
};

/* Outlives the operation: from it to the answer. */
struct every_wait {
    struct every_wait *next;
    struct every *every;
    struct conn_ref from;
    struct cs_uuid user; /* nil: an application, which is a member of nothing */
    bool in_full;
    uint64_t born_ms, opened_ms; /* of the wait, of the socket */
    struct cs_buf left;      /* ids of rooms that the client has left meanwhile */
    struct join_group *group; /* op_every.c */
    char epoch[GW_EPOCH_MAX]; /* the client's */
    size_t nplaces;
    struct every_place places[]; /* ordered by room */
};

/* NULL: no memory. */
struct every *every_new(struct gw *gw);
void every_free(struct every *e);

/* Asks what waits; at the end of each turn. */
void every_pump(struct every *e);

/* Gives up what has waited too long for a database that is away. */
void every_tick(struct every *e, uint64_t now_ms);

/* Takes the wait; the answer is op_every_answered. */
void every_ask(struct every *e, struct every_wait *w);

/* The connection has left the room: a list that is on its way does not bring it back. */
void every_leave(struct every *e, struct conn_ref from, const struct cs_uuid *room);

/* The answer, in op_every.c; takes the wait. `rows` NULL: it failed, and err says why. */
void op_every_answered(struct gw *gw, struct every_wait *w, const struct cs_rows *rows,
                       const struct cs_err *err);

/* It is not asked after all, or the program ends. */
void op_every_forget(struct every_wait *w);

#endif
