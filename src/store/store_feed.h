/* store_feed.h - messages over many rooms, newest first: all of them, one room's, one person's.
 *
 * A page goes on before the id of a message, whatever it names: ids are in the order of time. Among
 * all messages, and those of a room, are tombstones, as in a room's history; of one person there are
 * none. Rooms that were deleted are left out. Each asks for one message more than the limit, to know
 * whether there is more.
 */
#ifndef STORE_FEED_H
#define STORE_FEED_H

#include "store_page.h"

enum { STORE_FEED_MAX = 100 };

struct store_feed {
    struct cs_uuid before; /* nil: from the newest */
    struct cs_uuid room;   /* nil: of all rooms */
    struct cs_uuid user;   /* of _of: whose; of _room: who reads */
    bool as_self;          /* of _of: he asks himself, so of the rooms that he reads, pairs too */
    bool pairs;            /* messages of two are among them */
    int64_t limit;
};

/* Of all rooms. */
void store_feed_all_call(struct cs_call *call, struct cs_arena *arena, const struct store_feed *f);
/* Of one room: the rows begin with a page's head (store_page_head). A message of another room is
 * before nothing. */
void store_feed_room_call(struct cs_call *call, struct cs_arena *arena, const struct store_feed *f);
/* What somebody said. */
void store_feed_of_call(struct cs_call *call, struct cs_arena *arena, const struct store_feed *f);

/* A row of _all and _of. Those of _room are store_page_message's. */
void store_feed_read(const struct cs_rows *rows, int row, struct cs_message *out);

extern const struct cs_stmt store_feed_all_stmt, store_feed_room_stmt, store_feed_of_stmt;

#endif
