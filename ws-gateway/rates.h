/* rates.h - how fast one may write over sockets, and the buckets that say it.
 *
 * Frames are counted per socket (conn.h); what is here is counted per user, whatever number of sockets
 * he has: messages per room, and changes of messages. It is counted by this gateway alone: on n
 * gateways somebody gets n times as far, as far as his sockets are spread over them. What must hold
 * everywhere is slow mode, which the database keeps.
 */
#ifndef RATES_H
#define RATES_H

#include "cs_cfg.h"
#include "cs_id.h"

struct rates;

/* Tokens are added as time passes, up to the burst; each frame takes one. Zeroed: full. */
struct bucket {
    double tokens;
    uint64_t at_ms;
};

/* Takes one token of `per_min` a minute, at most `burst` at once; else the ms to wait. */
int bucket_take(struct bucket *b, int64_t per_min, int64_t burst, uint64_t now_ms);

/* The configuration is borrowed and read anew each time. NULL: no memory. */
struct rates *rates_new(const struct cs_cfg *cfg);
void rates_free(struct rates *l);

/* 0: the user may send a message to the room, or change one somewhere; else the ms to wait. Who finds
 * no place here (no memory, or 65536 buckets in use) is limited by his frames alone. */
int rates_message(struct rates *l, const struct cs_uuid *user, const struct cs_uuid *room,
                   uint64_t now_ms);
int rates_change(struct rates *l, const struct cs_uuid *user, uint64_t now_ms);

/* Forgets whose bucket is full again. */
void rates_tick(struct rates *l, uint64_t now_ms);

#endif
