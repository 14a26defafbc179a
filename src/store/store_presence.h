/* store_presence.h - who is there at all gateways together (schema/functions/presence.sql). */
#ifndef STORE_PRESENCE_H
#define STORE_PRESENCE_H

#include "cs_db.h"

/* The numbers of chat.presence: of what somebody is at several sockets, the highest counts. */
enum store_status { STORE_ABSENT, STORE_AWAY, STORE_ONLINE, STORE_BUSY };

/* --- a gateway's beat ------------------------------------------------------------------------- */

/* Seconds of silence after which a gateway is forgotten: four beats. */
enum { STORE_BEAT_DEAD_S = 8 };

struct store_beat {
    struct cs_uuid gateway;
    struct cs_buf users, statuses; /* arrays under construction, of one length, each user once */
    struct cs_buf figures;         /* JSON: how the gateway is doing; empty: as it said last */
    int dead_s;                    /* gateways silent for longer are forgotten; 0: none */
};

void store_beat_init(struct store_beat *b);
void store_beat_release(struct store_beat *b);
void store_beat_begin(struct store_beat *b);
void store_beat_add(struct store_beat *b, const struct cs_uuid *user, enum store_status status);

/* A writing call; it waits for no disk, and for other gateways' beats only. One row at least. */
void store_beat_call(struct cs_call *call, struct cs_arena *arena, struct store_beat *b);

/* The database did not know the gateway: it has to tell of everybody again. */
bool store_beat_is_new(const struct cs_rows *rows);

/* Who has another status now; false: that row names nobody. */
bool store_beat_read(const struct cs_rows *rows, int row, struct cs_uuid *user);

/* --- reading ---------------------------------------------------------------------------------- */

enum { STORE_PRESENCE_ROOMS_MAX = 1000, STORE_PRESENT_MAX = 200 };

/* `users`: an array under construction. What they are now and the rooms that they are members of, at
 * most STORE_PRESENCE_ROOMS_MAX each: the rows of one user stand together, in the array's order. */
void store_whereabouts_call(struct cs_call *call, struct cs_arena *arena, struct cs_buf *users);

struct store_whereabouts {
    size_t ord; /* in the array, from 0 */
    enum store_status status;
    struct cs_uuid room; /* nil: he is in none */
};

void store_whereabouts_read(const struct cs_rows *rows, int row, struct store_whereabouts *out);

/* Who of the first STORE_PRESENT_MAX members of rooms is there. `rooms` and `asked`, the asker's number
 * (bigint), are arrays under construction of one length: the rows of an asker stand together, in the
 * order of their numbers, and name each member once. */
void store_present_call(struct cs_call *call, struct cs_arena *arena, struct cs_buf *rooms,
                        struct cs_buf *asked);

struct store_present {
    int64_t asked;
    struct cs_uuid user;
    enum store_status status;
};

void store_present_read(const struct cs_rows *rows, int row, struct store_present *out);

extern const struct cs_stmt store_beat_stmt, store_whereabouts_stmt, store_present_stmt;

#endif
