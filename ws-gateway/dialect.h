/* dialect.h - the table of client protocols: adding one is adding a row and a file (contract,
 * "WebSocket").
 *
 * A dialect decodes frames into operations and encodes what happens into payloads. Encoders append
 * one payload (for an array dialect: one element) to an empty buffer; leaving it empty says
 * nothing.
 */
#ifndef DIALECT_H
#define DIALECT_H

#include "conn.h"
#include "cs_bus.h"
#include "event.h"
#include "store_user_events.h"

struct dialect_ack {
    const char *ref;
    bool message; /* the rest is there */
    struct cs_uuid id;
    uint64_t seq; /* of a change too, unless it was so already: 0 */
    struct cs_str created_at;
    bool duplicate;
    const struct dialect_every *every;        /* of join_all; else NULL */
    const struct conn_user_log *user_log;     /* of auth with userAfter; else NULL */
};

struct dialect_every {
    int joined, listed;
    bool more; /* rooms that are neither */
};

/* What a client asked of a room's past. */
struct dialect_page {
    const char *ref;
    struct cs_uuid room;
    const char *epoch;
    uint64_t seq; /* the room's, of the page's own snapshot: who joins from here misses nothing */
    const struct cs_message *messages; /* ascending */
    size_t n;
    bool more; /* there are older ones */
};

struct dialect_joined {
    struct cs_uuid room;
    const char *epoch;
    uint64_t last_seq, read_seq;
    int64_t members;
    bool recovered;
    const struct conn *conn;
};

/* What can be seen of an undecided socket's first frame. */
struct dialect_first {
    bool object;                /* a JSON object … */
    bool has_type, has_payload; /* … with these: `type` a text, `payload` anything but null */
    bool brace;                 /* or something that begins like one */
};

struct dialect {
    const char *name;
    const char *subprotocol; /* NULL: chosen by the first frame, or by silence */
    bool array;              /* what is pending leaves as one JSON array */
    bool auth_in_band;       /* the credential may come in a first frame */
    /* Whether an undecided socket's first frame is of this dialect; NULL: never. */
    bool (*claims)(const struct dialect_first *first);
    void (*frame)(struct conn *c, struct cs_str text);
    /* What follows may be NULL: then this dialect does not say it. */
    void (*welcome)(struct cs_buf *b, const struct conn *c);
    void (*joined)(struct cs_buf *b, const struct dialect_joined *j);
    /* The newest messages of a room, ascending: sent between `joined` and its events. */
    void (*history)(struct cs_buf *b, const struct cs_message *messages, size_t n);
    void (*left)(struct cs_buf *b, const struct cs_uuid *room);
    /* A join that was refused; without it that is an `error`. */
    void (*refused)(struct cs_buf *b, const struct cs_uuid *room, const struct cs_err *err);
    void (*ack)(struct cs_buf *b, const struct dialect_ack *a);
    void (*page)(struct cs_buf *b, const struct dialect_page *p);
    void (*error)(struct cs_buf *b, const char *ref, const struct cs_err *err);
    void (*drain)(struct cs_buf *b, int retry_ms);
    void (*event)(struct cs_buf *b, const struct gw_event *e);
    void (*user_event)(struct cs_buf *b, const struct conn *c, const struct store_user_event *e); /* NULL: not told */
    void (*revoked)(struct cs_buf *b, const struct conn *c);               /* NULL: likewise */
    void (*activity)(struct cs_buf *b, const struct cs_uuid *room,
                     uint64_t last_seq);             /* of a listed room; NULL: likewise */
    /* Ephemera; NULL: not told. */
    void (*read)(struct cs_buf *b, const struct cs_bus_read *read);
    void (*typing)(struct cs_buf *b, const struct cs_bus_typing *typing, struct cs_str username);
    void (*presence)(struct cs_buf *b, const struct cs_uuid *user, const char *status);
    /* It is about to be let in, by its first credential: before it is welcomed. */
    void (*entered)(struct conn *c);
    /* Sends what waits; without it conn_out.c does. */
    void (*flush)(struct conn *c);
    /* A socket without subprotocol that speaks this dialect is in the lobby from the start. */
    bool in_lobby;
    /* One that speaks this dialect is in all conversations of its user from the start. */
    bool in_conversations;
};

extern const struct dialect dialect_native, dialect_sphere, dialect_sphere_flat, dialect_envelope,
    dialect_text;
extern const struct dialect dialect_sse, dialect_poll; /* of GET /events */

/* One event of a stream, with the cursor behind it. */
struct cursor;
void dialect_sse_event(struct cs_buf *b, const struct cursor *at, const struct gw_event *e);

/* NULL-terminated, in the order in which they are asked for their claims. */
extern const struct dialect *const dialects[];

const struct dialect *dialect_by_subprotocol(struct cs_str name); /* NULL: none */

/* By an undecided socket's first frame; where that does not tell, by its credential. */
const struct dialect *dialect_by_frame(const struct conn *c, struct cs_str frame);

/* What its credential suggests. */
const struct dialect *dialect_suggested(const struct conn *c);

#endif
