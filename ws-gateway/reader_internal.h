/* reader_internal.h - what the files of the reading connection share.
 *
 * reader.c has the connection and its time, reader_auth.c asks whom a credential is of, reader_join.c who may
 * join what, and reader_log.c for rows and positions of the log. Sessions are asked as they come,
 * pipelined; joins, log and positions have one statement of a kind in flight, and what gathers
 * meanwhile is the next one.
 */
#ifndef READER_INTERNAL_H
#define READER_INTERNAL_H

#include "gwdb.h"
#include "reader.h"

enum {
    FETCHES_MAX = 64,
    FETCH_ROWS = 200, /* of one room; the hub asks on */
    DUE_MAX = 2000,   /* rooms of one poll (architecture, "Catching up") */
};

struct auth_wait;

struct reader {
    struct gw *gw;
    struct gwdb db;
    struct store_log_bufs bufs;
    struct auth_wait *auths, **auths_end;
    int auths_in_flight;
    struct join_wait *joins, **joins_end; /* noted */
    struct join_wait *asked;              /* in the statement that is in flight, in its order */
    bool joining;
    struct hub_fetch *fetches; /* noted; a growing array */
    size_t nfetches, cap_fetches;
    struct hub_fetch fetching[FETCHES_MAX];
    size_t nfetching; /* 0: none in flight */
    int limit;        /* rows of each, at most */
    struct hub_due due[DUE_MAX];
    size_t ndue; /* 0: no poll in flight */
    struct hub_event events[FETCH_ROWS];
};

/* Ask what has been noted; the database is there. */
void reader_ask_auths(struct reader *r);
void reader_ask_joins(struct reader *r);
void reader_ask_log(struct reader *r);
void reader_ask_positions(struct reader *r);

/* The database is away: what has waited longer than the deadline is refused with this error. */
void reader_expire_auths(struct reader *r, uint64_t now_ms, const struct cs_err *err);
void reader_expire_joins(struct reader *r, uint64_t now_ms, const struct cs_err *err);
static inline bool reader_gives_up(const struct reader *r, uint64_t born_ms, uint64_t now_ms)
{
    return now_ms >= born_ms + (uint64_t)r->gw->cfg.db_deadline_ms;
}

/* … and whatever rows were wanted; the hub asks again when it is time. */
void reader_fail_fetches(struct reader *r);

/* Nobody is told any more. */
void reader_free_auths(struct reader *r);
void reader_free_joins(struct reader *r);

#endif
