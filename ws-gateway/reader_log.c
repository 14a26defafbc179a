/* reader_log.c - rows that the hub wants, and where the rooms stand that it wants to know of; see reader.h. */
#include "event.h"
#include "lane.h"
#include "listen.h"
#include "reader_internal.h"

enum {
    FETCH_ROWS_MIN = 8, /* of one room, when many share a statement: */
    FETCH_TOTAL = 512,  /* rows of one answer, each up to 32 KB */
};

/* --- rows ------------------------------------------------------------------------------------- */

void reader_fetch(struct reader *r, const struct hub_fetch *fetch)
{
    if (r->nfetches == r->cap_fetches) {
        size_t cap = r->cap_fetches ? r->cap_fetches * 2 : 64;
        struct hub_fetch *more = realloc(r->fetches, cap * sizeof *more);
        if (!more)
            abort(); /* the hub would wait for ever: better to start again than to fall silent */
        r->fetches = more;
        r->cap_fetches = cap;
    }
    r->fetches[r->nfetches++] = *fetch;
}

/* It is new here, and its answer is on the way to us on another connection: the ack comes first, and the
 * message with it. */
static bool is_being_posted(const struct reader *r, const struct cs_event *e)
{
    return cs_str_is(e->kind, "new_message") && e->seq > hub_ask(r->gw->hub, &e->room_id) &&
           lanes_posting(r->gw->lanes, &e->room_id, &e->msg.sender_id, e->msg.client_id);
}

/* Gives the hub the rows of one range: those from *row on that belong to it. */
static void give_rows(struct reader *r, const struct cs_rows *rows, size_t range, int *row)
{
    struct hub_fetch fetch = r->fetching[range];
    size_t n = 0, of;
    struct cs_event e;
    bool made = true; /* once one was not, the rest of the range is asked for again */

    for (; *row < cs_rows_count(rows); ++*row) {
        store_log_read(rows, *row, &of, &e);
        if (of != range)
            break;
        made = made && n < FETCH_ROWS && !is_being_posted(r, &e) && gw_event_make(&e, &r->events[n]);
        n += made;
    }
    /* There may be more, and the bell that told of it has been used up. */
    if (!made || n == (size_t)r->limit)
        hub_reached(r->gw->hub, &fetch.room, 0);
    if (!made && n == 0) /* an empty answer would mean a lost future */
        hub_fetch_failed(r->gw->hub, &fetch);
    else
        hub_rows(r->gw->hub, &fetch, r->events, n);
}

static void fetch_done(void *arg, enum cs_rc rc, const struct cs_rows *rows,
                       const struct cs_err *err)
{
    struct reader *r = arg;
    size_t n = r->nfetching;
    int row = 0;

    (void)err;
    r->nfetching = 0;
    for (size_t i = 0; i < n; i++) {
        if (rc == CS_OK)
            give_rows(r, &rows[0], i, &row);
        else
            hub_fetch_failed(r->gw->hub, &r->fetching[i]);
    }
}

void reader_ask_log(struct reader *r)
{
    struct store_range ranges[FETCHES_MAX];
    struct cs_call call;
    struct cs_err err;
    size_t n = r->nfetches < FETCHES_MAX ? r->nfetches : FETCHES_MAX;

    if (r->nfetching || !n)
        return;
    for (size_t i = 0; i < n; i++) {
        r->fetching[i] = r->fetches[i];
        ranges[i] = (struct store_range){r->fetches[i].room, r->fetches[i].after, r->fetches[i].upto};
    }
    r->nfetches -= n;
    memmove(r->fetches, r->fetches + n, r->nfetches * sizeof *r->fetches);
    r->limit = (int)(FETCH_TOTAL / n);
    r->limit = r->limit > FETCH_ROWS ? FETCH_ROWS : r->limit < FETCH_ROWS_MIN ? FETCH_ROWS_MIN : r->limit;
    store_log_call(&call, &r->gw->arena, &r->bufs, ranges, n, r->limit);
    r->nfetching = n;
    if (cs_dbc_submit(r->db.c, &call, 1, fetch_done, r, &err) != CS_OK)
        fetch_done(r, err.rc, NULL, &err);
}

void reader_fail_fetches(struct reader *r)
{
    for (size_t n = r->nfetches; n > 0; n--) {
        struct hub_fetch f = r->fetches[--r->nfetches];
        hub_fetch_failed(r->gw->hub, &f);
    }
}

/* --- positions -------------------------------------------------------------------------------- */

static void poll_done(void *arg, enum cs_rc rc, const struct cs_rows *rows,
                      const struct cs_err *err)
{
    struct reader *r = arg;
    struct cs_str epoch;
    size_t n = r->ndue;

    (void)err; /* the next poll asks again */
    r->ndue = 0;
    if (rc != CS_OK || (size_t)cs_rows_count(&rows[0]) != n)
        return;
    r->gw->count.rooms_polled += n;
    for (size_t i = 0; i < n; i++) {
        uint64_t last_seq = store_position_read(&rows[0], (int)i, &epoch);
        if (i == 0)
            op_note_epoch(r->gw, epoch);
        hub_polled(r->gw->hub, &r->due[i], last_seq);
    }
}

void reader_ask_positions(struct reader *r)
{
    struct cs_buf *rooms = &r->bufs.col[0];
    struct cs_call call;
    struct cs_err err;

    if (r->ndue)
        return;
    r->ndue = hub_rooms_due(r->gw->hub, listener_ok(r->gw->listener), r->due, DUE_MAX);
    if (!r->ndue)
        return;
    cs_array_begin(rooms);
    for (size_t i = 0; i < r->ndue; i++)
        cs_array_uuid(rooms, &r->due[i].room);
    store_positions_call(&call, &r->gw->arena, rooms);
    if (cs_dbc_submit(r->db.c, &call, 1, poll_done, r, &err) != CS_OK)
        poll_done(r, err.rc, NULL, &err);
}
