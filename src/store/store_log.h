/* store_log.h - reading the durable log of rooms, and their positions.
 *
 * The log is two tables with one key; they are read by ONE statement, so one snapshot
 * (architecture, "The log": two statements would see holes that are not there).
 */
#ifndef STORE_LOG_H
#define STORE_LOG_H

#include "cs_db.h"
#include "cs_model.h"

struct store_range {
    struct cs_uuid room;
    uint64_t after, upto; /* after < seq ≤ upto */
};

/* Array literals, kept and used again like those of store_post.h. */
struct store_log_bufs {
    struct cs_buf col[3];
};

void store_log_bufs_init(struct store_log_bufs *bufs);
void store_log_bufs_release(struct store_log_bufs *bufs);

/* The events of n ranges: those of range 0 ascending, then range 1 …; at most `limit` of each
 * range. */
void store_log_call(struct cs_call *call, struct cs_arena *arena, struct store_log_bufs *bufs,
                    const struct store_range *ranges, size_t n, int limit);

/* *range is the index of the range that the event belongs to. Texts are borrowed from the rows. */
void store_log_read(const struct cs_rows *rows, int row, size_t *range, struct cs_event *out);

/* The last seq of rooms, for the poll; `rooms` is an array under construction (cs_array_begin). Row
 * i answers room i; the seq of a room that does not exist is 0. Each row tells the epoch's changing
 * part too: without it, a lost future that has grown long enough would look like progress. */
void store_positions_call(struct cs_call *call, struct cs_arena *arena, struct cs_buf *rooms);
uint64_t store_position_read(const struct cs_rows *rows, int row, struct cs_str *epoch);

/* What joining needs, for n pairs (user, room) at once. A nil user is an application, as in
 * req_member: no member of anything, it hears every room but those of two people. */
struct store_joining {
    struct cs_uuid user, room;
};

struct store_join_row {
    bool exists;  /* and may be known to the user */
    bool allowed; /* a member, or the lobby */
    bool conversation; /* of two people or a group, and no channel */
    uint64_t last_seq, first_seq;
    uint64_t visible_from; /* 0: everything */
    uint64_t since_seq;    /* at which his membership began; 0: he has none */
    uint64_t stood_seq;    /* store_join_every: where the room stood when the socket was opened */
    uint64_t read_seq;
    int64_t members;
    struct cs_str epoch; /* the changing part: chat.epoch.value */
};

void store_join_call(struct cs_call *call, struct cs_arena *arena, struct store_log_bufs *bufs,
                     const struct store_joining *joins, size_t n);
void store_join_read(const struct cs_rows *rows, int row, struct store_join_row *out);

/* The rooms of which a user is a member, the most recently active first: a row each, as by
 * store_join_call, and where each stood at `opened_ms` since 1970, by the database's clock. The room
 * that is everybody's is nobody's membership. */
void store_join_every_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user,
                           int64_t limit, int64_t opened_ms);
struct cs_uuid store_join_every_read(const struct cs_rows *rows, int row,
                                     struct store_join_row *out);

/* The changing part of the epoch alone: one row, one column. */
void store_epoch_call(struct cs_call *call, struct cs_arena *arena);

extern const struct cs_stmt store_log_stmt, store_positions_stmt, store_join_stmt,
    store_join_every_stmt, store_log_epoch_stmt;

#endif
