/* conn.h - a client's connection: who it is, what it has joined, what waits to be sent to it.
 *
 * Two things wait for a connection. Private frames (acks, errors, joined) stand in a queue bounded
 * in bytes; durable events stand in the rooms' rings and are pulled when the socket takes them
 * (hub.h). Private frames go first, so `joined` precedes the room's events and an ack the sender's
 * own message.
 */
#ifndef CONN_H
#define CONN_H

#include "cs_err.h"
#include "cs_model.h"
#include "gw.h"
#include "idx.h"
#include "rates.h"
#include "store_presence.h"

struct dialect;
struct dialect_ack;
struct join_wait;
struct events;

enum {
    CONN_REF_MAX = 64,   /* characters of a client's `ref` */
    CONN_NAME_MAX = 400, /* bytes of a username: 100 code points */
    CONN_OUT_MAX = 1024 * 1024,
    CONN_HELD_MAX = 128 * 1024, /* of frames that wait for the first credential */
    CONN_CRED_KIND_MAX = 12,
    CONN_ADDRESS_MAX = 45, /* of an IPv6 address that has an IPv4 one in it */
};

enum conn_state {
    CONN_NEW,            /* waits for its credential */
    CONN_AUTHENTICATING, /* the database is asked */
    CONN_READY,
    CONN_CLOSING, /* a close is on its way; nothing is read or sent any more */
};

/* Joins before which nothing may be sent, or the sender would miss his own words. */
enum conn_awaits { AWAIT_LOBBY = 1, AWAIT_EVERY = 2, AWAIT_ROOM = 4 };

/* Names a connection across time: a slot that was used again has another generation. */
struct conn_ref {
    uint32_t slot, generation;
};

/* Whether it has asked for all its rooms (join_all), and so for those to come. */
enum conn_every {
    EVERY_NO,
    EVERY_CAPPED,  /* in full up to the cap, the rest is listed */
    EVERY_IN_FULL,
};

/* Where it stands in its user's log (userlog.h). */
struct conn_user_log {
    uint64_t pos;   /* heard up to here */
    uint64_t last;  /* how far the log had got when the credential was checked */
    bool recovered; /* what lies between these two was asked for, and follows */
    bool heard;     /* it is told */
};

struct conn_room {
    struct conn_room *next;
    struct conn *conn;
    struct idx_node watching; /* watch.h */
    struct cs_uuid id;
    bool again; /* the user was added once more: joined anew when this subscription has ended */
    uint64_t typed_ms; /* when that was told last; 0: never */
};

struct conn {
    struct hub_conn hub; /* user id within */

    /* With `hub` two cache lines: all that a delivery looks at. With thousands of connections it is
     * memory that it waits for. */
    struct gw *gw;
    struct ws_sock *sock;
    const struct dialect *dialect; /* NULL: not decided, nothing is sent */
    enum conn_state state;
    uint32_t marked;         /* its place among the marked ones, from 1; 0: it is none */
    bool page_held;          /* one is under way, from its reading until it is queued */
    struct join_wait *pages; /* joins that bring a page, in order: they wait for each other */
    size_t out_sent;
    struct cs_buf out; /* records: length, bytes */

    struct events *events; /* of GET /events; NULL: a WebSocket */
    struct conn_ref ref;
    struct idx_node by_user, by_cred; /* in the table's indexes while CONN_READY */
    struct cs_uuid cred_id;
    char cred_kind[CONN_CRED_KIND_MAX];
    bool person; /* and no application: he is seen */
    enum store_status presence; /* what this socket says of him */
    uint64_t told_presence; /* watch.h */
    unsigned rights; /* of its credential when it was presented (cs_rights.h) */
    char username[CONN_NAME_MAX + 1];
    char address[CONN_ADDRESS_MAX + 1]; /* of the client, as the front end says */
    int64_t expires_s; /* of its credential; 0: not by time */
    uint64_t opened_ms;
    struct bucket frames; /* all but joins and reads */
    struct bucket joins;
    struct bucket reads;
    int refused; /* frames over the rate in a row */
    struct conn_room *rooms;
    int nrooms;
    struct listed *listed; /* listing.c */
    enum conn_every every;
    bool listing; /* the list of its rooms is on its way */
    struct conn_user_log user_log;
    int writing; /* messages, changes and reads of it that are queued or in flight */
    struct cs_buf held; /* frames that came too early: records as in `out` */
    struct join_wait *paging; /* whose page is being read */
    bool history_asked;       /* a page for `history` is being read (history.c) */
    unsigned awaits;          /* enum conn_awaits: frames are held until these are answered */
    bool every_cut;           /* there were more rooms than one list holds */
    struct cs_uuid sought;    /* the room that was joined for a message to it (op_message.c) */
    bool by_session_token;    /* an opaque one, as document 004 has them */
};
_Static_assert(offsetof(struct conn, out.cap) <= 128, "a delivery looks at two lines of it");

/* --- the table of all ------------------------------------------------------------------------- */

struct conns *conns_new(void);
void conns_free(struct conns *cs);
size_t conns_count(const struct conns *cs);

/* NULL when it is gone or closing. */
struct conn *conn_find(struct gw *gw, struct conn_ref ref);

/* By slot, for those who go through them in slices; NULL: free, or closing. */
uint32_t conns_slots(const struct gw *gw);
struct conn *conn_at(struct gw *gw, uint32_t slot);

/* Calls fn for each; fn may close connections. */
void conns_each(struct gw *gw, void (*fn)(struct conn *c, void *arg), void *arg);

/* It is CONN_READY and its user and credential are set: it counts and is found by them from now on.
 * Again when the credential is another one. */
void conn_known(struct conn *c);

/* Likewise for those of a user that are CONN_READY. */
void conns_of_user_each(struct gw *gw, const struct cs_uuid *user,
                        void (*fn)(struct conn *c, void *arg), void *arg);

/* How many are CONN_READY. */
int conns_of_user(struct gw *gw, const struct cs_uuid *user);

/* Closes with 4401 all with this credential, or of this user. */
void conns_revoke(struct gw *gw, const struct cs_uuid *cred_or_user);

/* A new one for a socket, in CONN_NEW; NULL: no memory. */
struct conn *conn_open(struct gw *gw, struct ws_sock *sock);

/* The socket is gone, closed by us with `code`, or 0: leaves the hub and frees. */
void conn_gone(struct conn *c, int code);

/* Its credential is no longer good: it is told so, and closed with 4401. */
void conn_revoke(struct conn *c);

/* Closes with a code of the contract; what is queued for it is dropped. Idempotent. */
void conn_close(struct conn *c, int code, const char *reason);

/* --- receiving -------------------------------------------------------------------------------- */

/* One text frame: decided, held, or handed to the dialect. */
void conn_receive(struct conn *c, struct cs_str text);

/* Keeps a frame that comes again by conn_release_held. */
void conn_hold(struct conn *c, struct cs_str text);

/* One of these is answered, or will not be; what was held for it is looked at. */
void conn_awaited(struct conn *c, unsigned awaits);

/* What was held may be looked at now, unless there is something else to wait for. */
void conn_release_held(struct conn *c);

/* Sets the dialect of a connection; NULL leaves it undecided. Not while something is awaited. What
 * an undecided one has heard in case that it would be wanted is left, what is missing is joined. */
void conn_decide(struct conn *c, const struct dialect *dialect);

/* --- rooms ------------------------------------------------------------------------------------ */

struct conn_room *conn_room_find(struct conn *c, const struct cs_uuid *room);
struct conn_room *conn_room_add(struct conn *c, const struct cs_uuid *room); /* NULL: no memory */
void conn_room_remove(struct conn *c, const struct cs_uuid *room);

/* --- sending ---------------------------------------------------------------------------------- */

/* Queues one private frame (for an array dialect: one element); "" is nothing. Over CONN_OUT_MAX
 * the connection is closed with 4009. */
void conn_queue(struct conn *c, struct cs_str payload);

/* Something waits for it: flushed at the end of this turn. */
void conn_mark(struct conn *c);

/* For dialects that send by themselves. The first writes the private frames, false: the socket takes
 * nothing more; the other hands them over, one by one, instead. */
bool conn_flush_private(struct conn *c);
void conn_take_private(struct conn *c, struct cs_buf *b,
                       void (*put)(struct cs_buf *b, struct cs_str element));

/* Writes all that waits and that the socket takes. */
void conn_flush(struct conn *c);
void conns_flush_marked(struct gw *gw);

/* Shorthands over the dialect, nothing when there is none yet. `ref` "" : the client sent none. */
void conn_ack(struct conn *c, const char *ref);
void conn_ack_with(struct conn *c, const struct dialect_ack *ack);
void conn_error(struct conn *c, const char *ref, const struct cs_err *err);

#endif
