/* hub.h - the rooms of one gateway: who hears what, in which order, from where.
 *
 * A pure library: no sockets, no clock, no database, no log. The caller tells it what happened and
 * does what the ops ask for. Every durable event of a room has a seq, without holes; the hub keeps
 * the recent ones of rooms with local subscribers in a ring, and each subscriber's position in it.
 * Delivery is pulled: nothing is stored per connection and event, so a slow reader costs no memory.
 *
 * What it promises: a subscriber gets each seq of a room once, ascending, without a hole from his
 * start; nothing that did not come by hub_rows or hub_offer, nothing above the event that ended his
 * membership; `recovered` only when the whole gap follows, and without what was taken back since: an
 * event that changes a message outdates those before it that show the message as it was.
 *
 * Callbacks run inside the hub's functions and must not call the hub (hub_conn's own storage stays
 * untouched too): they take notes, and the caller acts after the hub has returned. Single-threaded.
 * Sequence numbers are 1..HUB_SEQ_MAX, 0 is "before the first".
 */
#ifndef HUB_H
#define HUB_H

#include "cs_err.h"
#include "cs_id.h"
#include "hub_counters.h"
#include "hub_link.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HUB_SEQ_MAX ((uint64_t)INT64_MAX) /* what a bigint holds */

/* Close codes of contract.md, "WebSocket". */
enum { HUB_CLOSE_SLOW = 4009, HUB_CLOSE_RESYNC = 4010 };

struct hub;
struct hub_sub;

/* What an event does to subscriptions: member_left ends those of `subject`, room_deleted all. */
enum hub_effect { HUB_NO_EFFECT, HUB_MEMBER_LEFT, HUB_ROOM_DELETED };
#define HUB_EVERY_MESSAGE UINT64_MAX /* hub_event.changes: who may see which has changed */

struct hub_event {
    uint64_t seq;
    uint64_t shows, rev; /* the message that it shows (0: none), as it was after this seq */
    uint64_t changes;    /* the message whose text is another one now; 0: none */
    uint32_t bytes;      /* what it counts in all limits: its encoded size */
    enum hub_effect effect;
    struct cs_uuid subject; /* of HUB_MEMBER_LEFT */
    void *payload;          /* the caller's; handed over, released by ops->event_free */
};

struct hub_limits {
    uint32_t ring_events;       /* events kept for a room, at most */
    uint32_t ring_bytes;        /* likewise; one event is always kept */
    uint64_t total_bytes;       /* all rings; above it a room keeps an eighth of ring_bytes */
    uint32_t max_lag_bytes;     /* a subscriber further behind in a room is closed (4009) */
    uint32_t max_resume_events; /* the largest gap that a resume replays; ≤ ring_events */
    uint32_t max_resume_bytes;  /* likewise; ≤ ring_bytes */
    uint32_t backfill_events;   /* a ring that must be filled backwards gets at least so many */
    uint32_t linger_ms;         /* a room without subscribers is kept so long */
    uint32_t retry_ms;          /* after a failed fetch */
};

/* Twice as many events as a resume may need, so that a resumed reader is not overtaken at once. */
#define HUB_LIMITS_DEFAULT                                                                         \
    ((struct hub_limits){.ring_events = 2048, .ring_bytes = 1024 * 1024,                           \
                         .total_bytes = 256 * 1024 * 1024, .max_lag_bytes = 1024 * 1024,           \
                         .max_resume_events = 1000, .max_resume_bytes = 256 * 1024,                \
                         .backfill_events = 128, .linger_ms = 60 * 1000, .retry_ms = 100})

/* Rows wanted: after < seq ≤ upto, ascending, as many as the caller's own limit allows (at least
 * one when there is one), read by one statement in one snapshot that is taken after this call.
 * Answered exactly once, by hub_rows or hub_fetch_failed, with the same struct. */
struct hub_fetch {
    struct cs_uuid room;
    uint64_t id; /* never 0, never used twice */
    uint64_t after, upto;
};

struct hub_joined {
    struct cs_uuid room;
    void *ref;
    uint64_t last_seq; /* the join statement's */
    uint64_t start;    /* events from start + 1 follow: `after` when recovered, else last_seq */
    bool recovered;    /* everything in (after, last_seq] follows */
};

struct hub_conn;

struct hub_ops {
    void (*fetch)(void *ctx, const struct hub_fetch *fetch);

    /* There is something to pull. Not called again before hub_pull has returned false: from here
     * on the caller pulls whenever the socket takes bytes, until then. */
    void (*wake)(void *ctx, struct hub_conn *conn);

    /* Close the socket with `code`, later: the conn must not be freed or released in here. It has
     * lost its subscriptions already and is deaf from now on. hub_conn_gone follows as always. After
     * 4010 the client's positions are void, it reloads; after 4009 it may resume from them. */
    void (*close)(void *ctx, struct hub_conn *conn, int code);

    /* Every hub_join that returned CS_OK ends in exactly one of these two, at once or later.
     * joined: the frame has to leave before anything that is pulled for this room afterwards.
     * dropped: replaced by a later join of the conn, left, or the conn is gone or closed. */
    void (*joined)(void *ctx, struct hub_conn *conn, const struct hub_joined *joined);
    void (*dropped)(void *ctx, struct hub_conn *conn, const struct cs_uuid *room, void *ref);

    /* The log ended this membership; its last event has been advanced over. */
    void (*left)(void *ctx, struct hub_conn *conn, const struct cs_uuid *room);

    void (*event_free)(void *ctx, void *payload);
};

/* Lives in the caller's connection, at one address from hub_conn_init to hub_conn_gone. */
struct hub_conn {
    struct cs_uuid user;
    struct hub_link subs;   /* its subscriptions, those that wait to be joined too */
    struct hub_link behind; /* those with something to pull; the head is next */
    bool woken, closed;
};

/* NULL: no memory. `ops` and `limits` are copied; `ctx` comes back in every callback. */
struct hub *hub_new(const struct hub_limits *limits, const struct hub_ops *ops, void *ctx);

/* Drops every room, calling dropped and event_free, not close; conns must still be there. NULL is
 * allowed. */
void hub_free(struct hub *hub);

const struct hub_counters *hub_counters(const struct hub *hub);

/* Monotonic milliseconds. Before the first use, then at each turn of the event loop after the
 * writable connections have pulled (at least every 100 ms): an event is not pushed out of its ring
 * between two ticks, a room that takes in more than a ring's worth pauses until the next. Retries
 * failed fetches, forgets rooms without subscribers. Cheap when nothing is due. */
void hub_tick(struct hub *hub, uint64_t now_ms);

/* --- the entrance: room R has reached seq S --------------------------------------------------- */

/* By a bell, a poll, a commit. 0: the bell did not say, look. Rooms without subscribers here are
 * ignored. May call fetch. */
void hub_reached(struct hub *hub, const struct cs_uuid *room, uint64_t seq);

/* An own committed event with its content, in place of a fetch. Takes the payload in any case. What
 * is not the next one of its room counts as hub_reached. To be called after the commit is known. */
void hub_offer(struct hub *hub, const struct cs_uuid *room, const struct hub_event *event);

/* The answer to a fetch; takes all payloads in any case, the array stays the caller's. A shorter
 * answer than wanted is fetched on, so it should stay well below ring_bytes. A hole, or nothing
 * where something must be, is a lost future: all connections of the room are closed with 4010 and
 * the room is forgotten. */
void hub_rows(struct hub *hub, const struct hub_fetch *fetch, const struct hub_event *events,
              size_t n);

/* The fetch failed, was cancelled, its outcome is unknown, or what it brought may not be told yet: asked
 * again after retry_ms, or behind the next own event. */
void hub_fetch_failed(struct hub *hub, const struct hub_fetch *fetch);

/* --- the poll --------------------------------------------------------------------------------- */

struct hub_due {
    struct cs_uuid room;
    uint64_t asked_delivered; /* to be given to hub_polled */
};

/* Up to `max` rooms whose last_seq should be compared with the table now: those with traffic in the
 * last minute each second, others each 10 s while bells arrive, all each second when not. A room
 * that has its first subscriber is due at once: a bell that rang between its join's snapshot and the
 * answer met nobody here. */
size_t hub_rooms_due(struct hub *hub, bool bells_ok, struct hub_due *out, size_t max);

/* All rooms are due at once: after LISTEN has been committed on a new connection (R7). */
void hub_poll_all(struct hub *hub);

/* The table's last_seq, read after hub_rooms_due. As hub_reached; a last_seq below what was
 * delivered when we asked is a lost future (see hub_rows). */
void hub_polled(struct hub *hub, const struct hub_due *asked, uint64_t last_seq);

/* The epoch has changed: all connections with a subscription are closed with 4010, all rooms are
 * forgotten. */
void hub_resync(struct hub *hub);

/* --- connections and subscriptions ------------------------------------------------------------ */

void hub_conn_init(struct hub_conn *conn, const struct cs_uuid *user);

/* Drops everything, waiting joins too. Afterwards the storage may go. May be called twice. */
void hub_conn_gone(struct hub *hub, struct hub_conn *conn);

/* To be called before the join statement is sent; goes into hub_join.asked_delivered. */
uint64_t hub_ask(const struct hub *hub, const struct cs_uuid *room);

struct hub_join {
    struct cs_uuid room;
    uint64_t last_seq, first_seq; /* of the log, by the join statement, as membership and epoch */
    uint64_t visible_from;        /* the least seq that this user may see; 0: all */
    uint64_t asked_delivered;     /* hub_ask before the statement */
    bool resume;                  /* the client sent (epoch, after) … */
    bool epoch_ok;                /* … and the epoch is the present one */
    uint64_t after;
    void *ref;                    /* comes back in joined or dropped */
};

/* Subscribes a member. He starts at last_seq, or at `after` when the whole gap can be replayed,
 * wherever the hub stands. Waits for one fetch per room where the ring does not reach, or for its
 * renewal where it is outdated; when it still is, a resume is not recovered, and a connection whose
 * own start is out of reach is closed (4010). Replaces the conn's subscription of this room. last_seq
 * below asked_delivered is a lost future: the room's other connections are closed (4010) and it starts
 * again at last_seq. CS_OK: joined or dropped is called, perhaps already. CS_E_NO_MEMORY: neither, nothing changed. */
enum cs_rc hub_join(struct hub *hub, struct hub_conn *conn, const struct hub_join *join)
    CS_MUST_CHECK;

/* False when there was no subscription. Calls dropped when it was still waiting, never left. */
bool hub_leave(struct hub *hub, struct hub_conn *conn, const struct cs_uuid *room);

/* Those who go on hearing the room, for what is not in its log. fn must not call the hub. */
void hub_each(struct hub *hub, const struct cs_uuid *room,
              void (*fn)(struct hub_conn *conn, void *arg), void *arg);

/* --- delivery --------------------------------------------------------------------------------- */

/* Events from..to of one room. Subscribers at the same position who ask with the same maxima get
 * the same (room_key, from, to): encode once, keyed by these. Valid until the hub's next call. */
struct hub_span {
    struct hub_sub *sub;
    struct cs_uuid room_id;
    uint64_t room_key; /* never used twice: a room that starts again has another one */
    uint64_t from, to;
    uint64_t bytes; /* sum of the events' */
    uint64_t since; /* events up to it were there before the subscriber */
};

/* It will pull in a moment: fetches what that needs into the cache. */
static inline void hub_soon(const struct hub_conn *conn)
{
    __builtin_prefetch(conn->behind.next);
}

/* The next span for this connection, its rooms in turn; at least one event, else at most the given
 * maxima. False: nothing is pending, and wake will be called when there is again. */
bool hub_pull(struct hub *hub, struct hub_conn *conn, size_t max_events, size_t max_bytes,
              struct hub_span *span);

/* Event `from + i` of the span. */
const struct hub_event *hub_span_event(const struct hub_span *span, size_t i);

/* The span has been written or queued for writing: moves the position behind it. May call left. */
void hub_advance(struct hub *hub, const struct hub_span *span);

#endif
