/* store_events.h - the durable log of one room, a page at a time, with what deciding about it
 * needs.
 *
 * ONE statement, so one snapshot, like a page of history (store_page.h): the head, then the events.
 * It gives everything behind a position without a hole, or nothing (R8): a position of another
 * epoch, above the room's last, or below what is kept or may be seen of its past, is void.
 */
#ifndef STORE_EVENTS_H
#define STORE_EVENTS_H

#include "cs_db.h"
#include "cs_model.h"
#include "store_room.h"

struct store_events {
    struct cs_uuid room, user;
    bool has_after; /* else from the first event that the user may see */
    int64_t after, limit;
    struct cs_str epoch; /* the changing part of the one that `after` counts in; absent: not told */
    struct cs_str known; /* the tag of what the caller has; absent: nothing */
};

struct store_events_head {
    struct store_access access;
    int64_t last_seq;
    struct cs_str epoch; /* the changing part */
    struct cs_str tag;   /* of the room's state: the same tag, the same answer */
    bool is_void;        /* the position; no events then */
    bool is_known;       /* the tag is the one that the caller has; no events then */
};

void store_events_call(struct cs_call *call, struct cs_arena *arena,
                       const struct store_events *wanted);

/* False: there is no such room. */
bool store_events_head(const struct cs_rows *rows, struct store_events_head *out);

/* How many there are, ascending from row 1 on; one more than the limit is asked for. */
int store_events_count(const struct cs_rows *rows, int64_t limit, bool *more);
void store_event_read(const struct cs_rows *rows, int row, struct cs_event *out);

extern const struct cs_stmt store_events_stmt;

#endif
