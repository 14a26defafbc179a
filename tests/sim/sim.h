/* sim.h - a small world around one hub, for the seeded simulator.
 *
 * sim_db.c     the truth: rooms with logs and members, and statements in flight to and from it
 * sim_client.c connections and what their clients know; every check of an invariant stands there
 * hub_sim.c    chooses what happens next, lets it come to rest, and counts
 *
 * Everything follows from the seed; nothing reads a clock. A violated invariant prints the seed and
 * the step and ends the process with status 1.
 */
#ifndef SIM_H
#define SIM_H

#include "hub.h"

enum {
    ROOMS = 4,
    USERS = 5,
    CONNS = 12,
    MAX_LOG = 1 << 16, /* events of a room in one world */
    MAX_PENDING = 512,
    MAX_ROWS = 24, /* the longest answer of a statement */
};

/* --- the truth -------------------------------------------------------------------------------- */

struct sim_event {
    uint64_t content; /* never the same twice */
    uint64_t shows;   /* the message, or the one that is changed */
    uint64_t changes; /* as in hub_event */
    uint64_t rev;     /* of a message: the last event about it */
    uint32_t bytes;
    enum hub_effect effect;
    bool adds;   /* member_joined, which has no effect in the hub */
    int subject; /* of member_joined and member_left */
};

struct sim_room {
    struct cs_uuid id;
    struct sim_event *log; /* of seq s at [s]; above `last` it holds what was lost, see sim_lose */
    uint64_t first, last;
    uint64_t visible_rev; /* the last event that changed who may see which message */
    bool since_join; /* history visibility */
    bool member[USERS];
    uint64_t since[USERS];
};

/* Statements and bells on their way: first to the database, then back. */
enum sim_kind { SIM_BELL, SIM_OFFER, SIM_FETCH, SIM_JOIN, SIM_POLL };

struct sim_pending {
    enum sim_kind kind;
    bool executed; /* the snapshot has been taken, the answer is on its way */
    bool failed;
    int room;
    uint64_t seq; /* bell, offer; poll: the answer */
    struct hub_fetch fetch;
    struct hub_due due;
    int conn; /* join */
    uint64_t life, client_epoch;
    bool is_member;
    struct hub_join join;
    size_t n;
    struct hub_event rows[MAX_ROWS];
};

/* --- clients ---------------------------------------------------------------------------------- */

/* What the client of a connection knows of a room. */
struct sim_view {
    bool joined;
    bool ended;      /* he has had the event that ends his membership; only `left` may follow */
    uint64_t next;   /* the seq that must come next */
    uint64_t since;  /* last_seq of the join statement */
    bool has_cursor; /* he has everything up to `cursor` of that epoch */
    uint64_t cursor, cursor_epoch;
};

struct sim_conn {
    struct hub_conn hub_conn;
    int user;
    uint64_t life; /* counts connections in this place */
    bool open;
    int close_code; /* asked for by the hub; 0 */
    bool woken;
    bool stalled;
    uint64_t dropped_at; /* step at which a waiting join was dropped */
    struct sim_view views[ROOMS];
};

struct sim_ref { /* what a joined must agree with */
    struct hub_join join;
    int conn;
    uint64_t epoch;
};

struct sim {
    uint64_t seed, step, rng;
    struct hub *hub;
    struct hub_limits limits;
    uint64_t now_ms, epoch, contents;
    bool calm;        /* no bell is lost, nothing fails, nobody writes */
    bool resyncing;   /* inside hub_resync */
    uint64_t upset_at; /* step of the last lost future or retired log; 4010 is in order after it */
    struct sim_room rooms[ROOMS];
    struct sim_conn conns[CONNS];
    struct sim_pending *pending;
    size_t n_pending;
    uint64_t payloads, refs; /* alive: 0 at the end */
};

/* --- hub_sim.c -------------------------------------------------------------------------------- */

uint64_t sim_random(struct sim *sim, uint64_t below); /* 0 .. below - 1 */
bool sim_chance(struct sim *sim, unsigned percent);
void sim_fail(const struct sim *sim, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/* --- sim_db.c --------------------------------------------------------------------------------- */

/* The id of user n. */
struct cs_uuid sim_user(int n);

int sim_room_of(const struct sim *sim, const struct cs_uuid *id);

/* The hub has delivered what the table has lost, and does not know it yet. */
bool sim_is_lost(const struct sim *sim, int room);

/* Each of these does nothing where it makes no sense just now. */
void sim_post(struct sim *sim, int room);
void sim_change(struct sim *sim, int room);
void sim_remove_or_add(struct sim *sim, int room, int user);
void sim_delete_room(struct sim *sim, int room);
void sim_retire(struct sim *sim, int room);
void sim_lose(struct sim *sim, int room);

/* A new place in the queue, zeroed but for these two; NULL while it is full. */
struct sim_pending *sim_send(struct sim *sim, enum sim_kind kind, int room);

/* Takes one step with pending[i]: execution or arrival. */
void sim_move(struct sim *sim, size_t i);

/* Frees what is still on its way. */
void sim_forget_pending(struct sim *sim);

/* What was read: the content, and as of which changes. */
struct sim_payload {
    uint64_t content, rev, visible_rev;
};

/* hub_ops.fetch and event_free. */
void sim_fetch(void *ctx, const struct hub_fetch *fetch);
void sim_payload_free(void *ctx, void *payload);

/* --- sim_client.c ----------------------------------------------------------------------------- */

extern const struct hub_ops sim_ops;

void sim_connect(struct sim *sim, int conn);
void sim_disconnect(struct sim *sim, int conn);
void sim_ask_join(struct sim *sim, int conn, int room);
void sim_answer_join(struct sim *sim, const struct sim_pending *answer);
void sim_leave(struct sim *sim, int conn, int room);

/* A last_seq that shows the hub that the room has lost what was delivered; after it nobody may be
 * left in the room but one (or -1). */
bool sim_proves_loss(const struct sim *sim, int room, uint64_t last_seq, uint64_t asked_delivered);
void sim_check_all_closed(const struct sim *sim, int room, int but);

/* Pulls up to `spans` spans. */
void sim_pump(struct sim *sim, int conn, unsigned spans);

/* Everybody has everything and nobody waits. */
void sim_check_rest(const struct sim *sim);

#endif
