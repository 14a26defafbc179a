/* reader.h - the gateway's reading connection: sessions, joins, the log, positions.
 *
 * What else is asked on it must not hold up the log: no statement here waits for a lock or a disk,
 * also not the few that write (tickets, last_seen).
 *
 * Questions of one kind that wait are asked together: one statement for all joins, one for all
 * rooms that lack something, never one a room and bell. While the database is away they wait for it
 * up to the deadline.
 */
#ifndef READER_H
#define READER_H

#include "conn.h"
#include "store_guard.h"
#include "store_log.h"

/* NULL: no memory. */
struct reader *reader_new(struct gw *gw);
void reader_free(struct reader *r);
void reader_tick(struct reader *r, uint64_t now_ms);

/* Asks what has been noted; called at the end of each turn. */
void reader_pump(struct reader *r);

/* Where a client has got to in its user's log. */
struct user_place {
    bool set;
    uint64_t after;
    char epoch[GW_EPOCH_MAX];
};

/* Who holds this credential. The answer is op_authenticated with ref and place (NULL: none). */
enum cs_rc reader_authenticate(struct reader *r, const struct conn *c, const char *ref,
                               const struct store_cred *cred, const struct user_place *place,
                               struct cs_err *err) CS_MUST_CHECK;

/* Likewise by the SHA-256 of a ticket, which is used up (UNLOGGED, so without a disk). */
enum cs_rc reader_take_ticket(struct reader *r, const struct conn *c,
                              const uint8_t hash[CS_SHA256_BYTES], struct cs_err *err) CS_MUST_CHECK;

struct join_group; /* op_every.c */

/* A join on its way: from the operation to the hub's answer. */
struct join_wait {
    struct join_wait *next;
    struct conn_ref from;
    struct cs_uuid user, room; /* as in store_joining */
    uint64_t asked_delivered, after, born_ms;
    bool resume, cancelled;
    unsigned awaited;         /* what of conn.awaits this join is */
    bool quiet;               /* of a room that came by itself: op_room_added */
    struct join_group *group; /* NULL: of an operation of its own */
    uint64_t read_seq;
    int64_t members;
    struct gw *gw;
    struct cs_str page;       /* a payload to follow `joined` (op_paged.c), behind ref; "" for none */
    char epoch[GW_EPOCH_MAX]; /* the client's */
    char ref[];               /* JSON text */
};

/* Takes the wait; it ends in op_joined, op_join_dropped or an error to the connection. */
void reader_join(struct reader *r, struct join_wait *w);

/* The database is there. */
bool reader_is_up(const struct reader *r);

/* A statement, or some together, of somebody else on this connection. CS_E_UNAVAILABLE: the database is away. */
enum cs_rc reader_submit(struct reader *r, const struct cs_call *call, cs_dbc_done *done, void *arg,
                         struct cs_err *err) CS_MUST_CHECK;
enum cs_rc reader_submit_all(struct reader *r, const struct cs_call *calls, int n,
                             cs_dbc_done *done, void *arg, struct cs_err *err) CS_MUST_CHECK;

/* The connection leaves the room while its join is still being asked: that one is dropped. `quiet`:
 * only when nobody asked for it. */
void reader_cancel_join(struct reader *r, struct conn_ref from, const struct cs_uuid *room,
                        bool quiet);

/* The fixed part of the epoch, as of the last connection. */
const char *reader_epoch_base(const struct reader *r);

/* Takes a note of rows that the hub wants (hub_ops.fetch). */
void reader_fetch(struct reader *r, const struct hub_fetch *fetch);

/* The changing part of the epoch was read. When the whole is not the one of before, every cursor
 * here is of a future that is lost: all connections with a room are closed with 4010
 * (op_room.c). */
void op_note_epoch(struct gw *gw, struct cs_str value);

/* --- answers, in op_auth.c and op_room.c ------------------------------------------------------ */

struct auth_answer {
    const char *ref;
    const struct store_entered *entered; /* NULL: the credential is no good (err says what to tell) */
    int64_t expires_s;
    const struct user_place *place;
    const struct cs_err *err;
};

void op_authenticated(struct conn *c, const struct auth_answer *a);

/* Ends the wait of a join, whatever became of it. */
void op_join_forget(struct join_wait *w);

/* The join statement's row; takes the wait. */
void op_join_answered(struct gw *gw, struct join_wait *w, const struct store_join_row *row,
                      const struct cs_err *err);

#endif
