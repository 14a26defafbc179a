/* cs_id.h - UUIDs: version 7 (RFC 9562 section 5.7) made here, any version read.
 *
 * Ids of one process rise strictly, also within a millisecond: 48 bits of Unix time in ms, 12 bits
 * that start at random in each millisecond and count up, 62 random bits.
 */
#ifndef CS_ID_H
#define CS_ID_H

#include "cs_str.h"

#include <stdbool.h>
#include <stdint.h>

enum { CS_UUID_LEN = 36 };

struct cs_uuid {
    uint8_t b[16];
};

/* The lobby: one room that everybody is in, without rows (architecture, "The log"). */
extern const struct cs_uuid CS_LOBBY_ID;

/* A new version 7 id. Blocks only while the kernel's generator is not seeded (early boot). */
struct cs_uuid cs_uuid_new(void);

/* Canonical text, lower or upper case, 36 characters exactly; false when it is not that. */
bool cs_uuid_parse(struct cs_str text, struct cs_uuid *out);

/* Writes 36 lower-case characters and a NUL. */
void cs_uuid_text(const struct cs_uuid *id, char out[CS_UUID_LEN + 1]);

static inline bool cs_uuid_eq(const struct cs_uuid *a, const struct cs_uuid *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static inline bool cs_uuid_is_nil(const struct cs_uuid *a)
{
    static const struct cs_uuid nil;
    return cs_uuid_eq(a, &nil);
}

/* For hash tables. The random end of a version 7 id is good enough as it stands. */
static inline uint64_t cs_uuid_hash(const struct cs_uuid *a)
{
    uint64_t h;
    memcpy(&h, a->b + 8, sizeof h);
    return h * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio: spreads the lobby's zeros too */
}

void cs_buf_uuid(struct cs_buf *b, const struct cs_uuid *id);

#endif
