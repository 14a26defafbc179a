/* store_read.h - how far people have read in a room (R9).
 *
 * A position moves forward only, and never beyond the room's last; what is unread behind it follows
 * from it (schema/functions/reads.sql). It is not in the room's log: others hear of it by a bell
 * that may be lost, and the reader's other devices by his own log.
 */
#ifndef STORE_READ_H
#define STORE_READ_H

#include "cs_db.h"
#include "store_room.h"

struct store_read {
    bool moved; /* false: it stood there, or further on, already */
    int64_t read_seq, unread, mentions;
};

void store_read_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                     const struct cs_uuid *user, int64_t seq);

/* CS_OK, CS_E_ROOM_NOT_FOUND, CS_E_NOT_MEMBER, CS_E_BANNED. */
enum cs_rc store_read_outcome(const struct cs_rows *rows, struct store_read *out,
                              struct cs_err *err) CS_MUST_CHECK;

/* The positions of a room's members, in the order of their ids; of the lobby's, who ever read or
 * wrote there. */
enum { STORE_READERS_MAX = 1000 };

struct store_readers {
    struct cs_uuid room, user; /* user: whose membership the head tells */
    struct cs_uuid after;      /* only behind this id; nil: from the first */
    int64_t limit;
};

struct store_reader {
    struct cs_uuid id;
    struct cs_str username;
    int64_t read_seq;
};

void store_readers_call(struct cs_call *call, struct cs_arena *arena,
                        const struct store_readers *wanted);

/* False: there is no such room. Whether the user may read it is the caller's to decide. */
bool store_readers_head(const struct cs_rows *rows, struct store_access *out);

/* One more than the limit is asked for, to know whether there are more. */
int store_readers_count(const struct cs_rows *rows, int64_t limit, bool *more);
void store_reader_read(const struct cs_rows *rows, int row, struct store_reader *out);

extern const struct cs_stmt store_read_stmt, store_readers_stmt;

#endif
