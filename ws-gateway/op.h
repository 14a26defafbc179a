/* op.h - the table of operations: what a client may ask of the gateway, in any dialect.
 *
 * A dialect decodes its frame into a row and a struct op_in; op_run checks state and rate and runs
 * the handler. Each operation with a ref ends in exactly one ack or error, now or when the database
 * has answered.
 */
#ifndef OP_H
#define OP_H

#include "conn.h"
#include "cs_field.h"

enum { OP_PLACES_MAX = 1000 }; /* what a frame holds */

struct op_in {
    const char *ref; /* JSON text; "" for none */
    struct cs_str frame; /* all of it; for op_message_joined */
    struct cs_str token;
    struct cs_opt_int user_after;
    struct cs_opt_uuid room, parent, message;
    struct cs_opt_int after, seq, before, limit;
    struct cs_str epoch;
    struct cs_objects places;
    struct cs_str content, client_id; /* client_id absent: this message is repeated by nobody */
    struct cs_opt_uuid sender;        /* for whom an application speaks; of a person it is ignored */
    struct cs_str status;
    struct cs_str emoji;
};

enum { OP_CONTENT_MAX = 8000, OP_CLIENT_ID_MAX = 64 }; /* code points (contract) */

enum op_need { OP_NEEDS_NOTHING, OP_NEEDS_USER };

/* A dialect may have rows of its own beside the table: their type is that of one in it. */
struct op_row {
    const char *type;
    enum op_need need;
    const struct cs_field *fields;
    size_t nfields;
    void (*run)(struct conn *c, const struct op_in *in);
    const char *about; /* for --list-operations */
};

const struct op_row *op_find(struct cs_str type); /* NULL: no such operation */
const char *op_name(size_t i);                    /* of the table's i-th; NULL: the end */

void op_run(struct conn *c, const struct op_row *row, const struct op_in *in);

/* A frame that could not be decoded: answered with its error, counted against the rate. */
void op_refuse(struct conn *c, const struct op_row *row, const char *ref, const struct cs_err *err);

void op_list(FILE *out);

struct join_group;
struct join_wait;

/* --- the handlers ----------------------------------------------------------------------------- */

void op_auth(struct conn *c, const struct op_in *in);    /* op_auth.c */
void op_join(struct conn *c, const struct op_in *in);    /* op_room.c */
void op_join_all(struct conn *c, const struct op_in *in); /* op_every.c */
void op_leave(struct conn *c, const struct op_in *in);   /* op_room.c */
void op_message(struct conn *c, const struct op_in *in); /* op_message.c */
void op_message_joined(struct conn *c, const struct op_in *in); /* op_message.c */
void op_presence(struct conn *c, const struct op_in *in); /* op_ephemera.c */
void op_read(struct conn *c, const struct op_in *in);    /* op_ephemera.c */
void op_typing(struct conn *c, const struct op_in *in);  /* op_ephemera.c */
void op_edit(struct conn *c, const struct op_in *in);    /* op_change.c */
void op_delete(struct conn *c, const struct op_in *in);
void op_react(struct conn *c, const struct op_in *in);
void op_unreact(struct conn *c, const struct op_in *in);
void op_history(struct conn *c, const struct op_in *in); /* op_history.c */
void op_ping(struct conn *c, const struct op_in *in);    /* op.c */

/* Asks the database who holds the token; conn goes on when it answers. `place` NULL: it does not say
 * how far it has heard its user's log. */
struct user_place;
void op_authenticate(struct conn *c, const char *ref, struct cs_str token,
                     const struct user_place *place);

/* Likewise with a ticket, which is used up by that. */
void op_take_ticket(struct conn *c, struct cs_str ticket);

/* Joins a room; `after` < 0: no resume. */
void op_join_room(struct conn *c, const char *ref, const struct cs_uuid *room, int64_t after,
                  struct cs_str epoch);

/* Joins a room from its present position and has the connection's frames wait for it. False: no
 * memory, nothing is awaited. */
bool op_join_awaited(struct conn *c, const struct cs_uuid *room, enum conn_awaits what);

/* A wait for a join of the room from its present position. NULL: no memory. */
struct join_wait *op_join_wait_new(struct conn *c, const char *ref, const struct cs_uuid *room);

/* CS_E_LIMIT: it is in as many rooms as one socket may be. */
enum cs_rc op_join_place(struct conn *c, const struct cs_uuid *room, struct cs_err *err) CS_MUST_CHECK;

/* Joining with the newest messages, for dialects with `history` (op_paged.c). No operation of the
 * native table: that has REST for it. */
extern const struct op_row op_paged_row;
void op_join_paged(struct conn *c, const struct op_in *in);
void op_paged_next(struct conn *c);  /* when what was queued has left */
void op_paged_done(struct conn *c);  /* the one that was under way has ended */
void op_paged_cancel(struct conn *c, const struct cs_uuid *room);
void op_paged_gone(struct conn *c);

/* Subscribes by the row of a join statement; takes the wait. */
struct store_join_row;
void op_join_by_row(struct conn *c, struct join_wait *w, const struct store_join_row *row);

/* Joins all rooms of which the user is a member, and those to which he is added from now on: all of
 * them in full; else only the most recently active, up to the cap, and the others are listed. When it
 * fails and there is no ref, the connection is closed, to try again. */
void op_join_every(struct conn *c, const char *ref, bool in_full);

/* Its user has been added to a room, or removed: one that hears all his rooms hears it, or no more. */
void op_room_added(struct conn *c, const struct cs_uuid *room);
void op_room_removed(struct conn *c, const struct cs_uuid *room);

/* The subscription has ended with the membership. */
void op_left(struct conn *c, const struct cs_uuid *room);

/* One join of the group has succeeded; one has ended. */
void op_group_joined(struct join_group *group);
void op_group_end(struct gw *gw, struct join_group *group);

/* The hub's answers to a join (the callbacks of hub_ops). */
void op_joined(struct conn *c, const struct hub_joined *joined);
void op_join_dropped(struct conn *c, void *ref);

#endif
