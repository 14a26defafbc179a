/* store_page.h - a page of a room's history, with what deciding about it needs.
 *
 * ONE statement, so one snapshot: row 0 is the head (the room's position and epoch, the caller's
 * membership), the rows behind it are messages. A client that joins with the head's position gets
 * exactly what the page does not have. Planned by keys: no OFFSET, no scan, no sort.
 *
 * What the caller may not see of a room's past (history_visibility since_join) does not leave the
 * database; whether he may read the room at all is decided by the caller from head.access.
 */
#ifndef STORE_PAGE_H
#define STORE_PAGE_H

#include "cs_db.h"
#include "cs_model.h"
#include "store_room.h"

enum store_page_where {
    STORE_PAGE_BEFORE, /* seq < at, nearest first; at INT64_MAX: the newest */
    STORE_PAGE_AFTER,  /* seq > at, ascending */
    STORE_PAGE_AROUND, /* half before, the rest from `at` on; ascending */
    STORE_PAGE_AT,     /* as that, `at` a time in ms since 1970: the first message said then or later */
};

struct store_page {
    struct cs_uuid room, user;
    enum store_page_where where;
    int64_t at, limit;
    struct cs_str known; /* the tag of what the caller has; absent: nothing */
};

struct store_page_head {
    struct store_access access;
    int64_t last_seq;
    struct cs_str epoch; /* chat.epoch.value: the changing part */
    struct cs_str tag;   /* of the room's state: the same tag, the same page */
    bool is_known;       /* the tag is the one that the caller has; no messages then */
};

void store_page_call(struct cs_call *call, struct cs_arena *arena, const struct store_page *page);

/* False: there is no such room. */
bool store_page_head(const struct cs_rows *rows, struct store_page_head *out);

/* Which rows are the page: a statement asks for one message more than the limit on each open side,
 * to know whether there is more. Walk `row = first; n times; row += step`: that is ascending by
 * seq. */
struct store_page_rows {
    int first, n, step;
    bool older, newer; /* there is more on this side */
};
struct store_page_rows store_page_rows(const struct cs_rows *rows, const struct store_page *page);

void store_page_message(const struct cs_rows *rows, int row, const struct cs_uuid *room,
                        struct cs_message *out);

/* One message by its key, as row 0 for store_page_message: what a repeated post answers with. */
void store_message_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                        uint64_t seq);

extern const struct cs_stmt store_page_before_stmt, store_page_after_stmt, store_page_around_stmt,
    store_page_at_stmt, store_message_stmt;

#endif
