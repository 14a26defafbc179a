/* store_user_events.h - reading the logs of users: what concerns one person, on all his devices.
 *
 * chat.log_user and chat.log_users write them; useq is dense in each user's log, and an event is
 * there before its number can be seen.
 */
#ifndef STORE_USER_EVENTS_H
#define STORE_USER_EVENTS_H

#include "cs_db.h"

struct store_user_event {
    uint64_t useq;
    struct cs_str kind, data; /* data: a JSON object */
    struct cs_uuid room;      /* that it names; nil: none */
};

/* Array literals, kept and used again. */
struct store_user_bufs {
    struct cs_buf users, afters;
};

/* For n users at a time, at most. */
void store_user_bufs_init(struct store_user_bufs *bufs, size_t n);
void store_user_bufs_release(struct store_user_bufs *bufs);

/* Begins both arrays; then one user at a time, and the call that takes them. */
void store_user_begin(struct store_user_bufs *bufs);
void store_user_add(struct store_user_bufs *bufs, const struct cs_uuid *user, uint64_t after);

/* The events after each position: those of the first user ascending, then the next one's; at most
 * `limit` of each. */
void store_user_log_call(struct cs_call *call, struct cs_arena *arena, struct store_user_bufs *bufs,
                         int limit);

/* *user is the index of whose it is. Texts are borrowed from the rows. */
void store_user_log_read(const struct cs_rows *rows, int row, size_t *user,
                         struct store_user_event *out);

/* How far the logs have got: row i answers user i, whose position is not looked at. Each row tells the
 * epoch's changing part too. */
void store_user_positions_call(struct cs_call *call, struct cs_arena *arena,
                               struct store_user_bufs *bufs);
uint64_t store_user_position_read(const struct cs_rows *rows, int row, struct cs_str *epoch);

extern const struct cs_stmt store_user_log_stmt, store_user_positions_stmt;

#endif
