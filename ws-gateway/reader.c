/* reader.c - see reader.h. Sessions are asked as they come, pipelined; joins, log and positions
 * have one statement of a kind in flight, and what gathers meanwhile is the next one. */
#include "reader.h"

#include "cs_clock.h"
#include "event.h"
#include "gwdb.h"
#include "listen.h"
#include "store_name.h"
#include "store_page.h"
#include "store_search.h"
#include "store_seen.h"
#include "store_ticket.h"
#include "store_user_events.h"

enum {
    JOINS_MAX = 512,    /* of one statement */
    FETCHES_MAX = 64,
    FETCH_ROWS = 200,    /* of one room; the hub asks on */
    FETCH_ROWS_MIN = 8,  /* … when many rooms share a statement: */
    FETCH_TOTAL = 512,   /* rows of one answer, each up to 32 KB */
    DUE_MAX = 2000,     /* rooms of one poll (architecture, "Catching up") */
    AUTHS_IN_FLIGHT = 256,
};

struct auth_wait {
    struct auth_wait *next;
    struct reader *r;
    struct conn_ref from;
    struct store_cred cred;
    bool ticket; /* cred.hash is of a ticket for a credential, which the answer names */
    struct user_place place;
    uint64_t born_ms;
    char ref[];
};

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
    struct hub_due due[DUE_MAX];
    size_t ndue; /* 0: no poll in flight */
    struct hub_event events[FETCH_ROWS];
};

static const struct cs_stmt *const reader_stmts[] = {
    &store_enter_jwt_stmt, &store_enter_session_stmt, &store_enter_token_stmt,
    &store_user_log_stmt,  &store_user_positions_stmt,
    &store_guard_held_stmt,
    &store_join_stmt,      &store_log_stmt,           &store_positions_stmt,
    &store_log_epoch_stmt, &store_ended_stmt,         &store_ticket_take_stmt,
    &store_seen_stmt,      &store_index_stmt,         &store_page_before_stmt,
    &store_join_every_stmt,
    &store_names_stmt,
    NULL,
};

static void epoch_done(void *arg, enum cs_rc rc, const struct cs_rows *rows,
                       const struct cs_err *err)
{
    struct reader *r = arg;

    (void)err; /* then the next join says it */
    if (rc == CS_OK && cs_rows_count(&rows[0]) == 1)
        op_note_epoch(r->gw, cs_rows_str(&rows[0], 0, 0));
}

/* A new connection may be to a server that was failed over to: its epoch comes before anything
 * else. */
static void reader_up(void *owner)
{
    struct reader *r = owner;
    struct cs_call call;
    struct cs_err err;

    store_epoch_call(&call, &r->gw->arena);
    if (cs_dbc_submit(r->db.c, &call, 1, epoch_done, r, &err) == CS_OK)
        reader_pump(r);
}

struct reader *reader_new(struct gw *gw)
{
    struct reader *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->gw = gw;
    r->auths_end = &r->auths;
    r->joins_end = &r->joins;
    store_log_bufs_init(&r->bufs);
    r->db = (struct gwdb){.up = reader_up, .owner = r};
    if (!gwdb_init(&r->db, gw, "reader", reader_stmts)) {
        reader_free(r);
        return NULL;
    }
    return r;
}

static void free_joins(struct join_wait *w)
{
    while (w) {
        struct join_wait *next = w->next;
        op_join_forget(w);
        w = next;
    }
}

void reader_free(struct reader *r)
{
    if (!r)
        return;
    gwdb_release(&r->db);
    store_log_bufs_release(&r->bufs);
    while (r->auths) {
        struct auth_wait *next = r->auths->next;
        free(r->auths);
        r->auths = next;
    }
    free_joins(r->joins);
    free_joins(r->asked);
    free(r->fetches);
    free(r);
}

enum cs_rc reader_submit_all(struct reader *r, const struct cs_call *calls, int n,
                             cs_dbc_done *done, void *arg, struct cs_err *err)
{
    return cs_dbc_submit(r->db.c, calls, n, done, arg, err);
}

enum cs_rc reader_submit(struct reader *r, const struct cs_call *call, cs_dbc_done *done, void *arg,
                         struct cs_err *err)
{
    return reader_submit_all(r, call, 1, done, arg, err);
}

bool reader_is_up(const struct reader *r)
{
    return cs_dbc_up(r->db.c);
}

const char *reader_epoch_base(const struct reader *r)
{
    return cs_dbc_facts(r->db.c)->epoch_base;
}

/* --- sessions --------------------------------------------------------------------------------- */

static struct auth_wait *auth_push(struct reader *r, const struct conn *c, const char *ref,
                                   const struct store_cred *cred)
{
    size_t len = strlen(ref) + 1;
    struct auth_wait *w = calloc(1, sizeof *w + len);

    if (!w)
        return NULL;
    w->r = r;
    w->from = c->ref;
    w->cred = *cred;
    w->born_ms = cs_clock_mono_ms();
    memcpy(w->ref, ref, len);
    *r->auths_end = w;
    r->auths_end = &w->next;
    return w;
}

enum cs_rc reader_authenticate(struct reader *r, const struct conn *c, const char *ref,
                               const struct store_cred *cred, const struct user_place *place,
                               struct cs_err *err)
{
    struct auth_wait *w = auth_push(r, c, ref, cred);

    if (!w)
        return cs_fail(err, CS_E_NO_MEMORY);
    if (place)
        w->place = *place;
    return CS_OK;
}

enum cs_rc reader_take_ticket(struct reader *r, const struct conn *c,
                              const uint8_t hash[CS_SHA256_BYTES], struct cs_err *err)
{
    struct store_cred cred = {.expires_s = 0};

    memcpy(cred.hash, hash, sizeof cred.hash);
    struct auth_wait *w = auth_push(r, c, "", &cred);
    if (!w)
        return cs_fail(err, CS_E_NO_MEMORY);
    w->ticket = true;
    return CS_OK;
}

static void auth_answer(struct auth_wait *w, const struct store_entered *entered,
                        const struct cs_err *err)
{
    struct auth_answer a = {.ref = w->ref, .entered = entered, .expires_s = w->cred.expires_s,
                            .place = &w->place, .err = err};

    if (entered)
        op_note_epoch(w->r->gw, entered->epoch);
    struct conn *c = conn_find(w->r->gw, w->from); /* after the epoch: it may close connections */
    if (c)
        op_authenticated(c, &a);
    free(w);
}

static bool auth_read(struct auth_wait *w, const struct cs_rows *rows, struct store_entered *out)
{
    return w->ticket ? store_ticket_take_read(rows, out, &w->cred.expires_s)
                     : store_enter_read(rows, out);
}

static void auth_done(void *arg, enum cs_rc rc, const struct cs_rows *rows,
                      const struct cs_err *err)
{
    struct auth_wait *w = arg;
    struct store_entered entered;
    struct cs_err no;

    w->r->auths_in_flight--;
    if (rc != CS_OK) {
        (void)cs_fail_log(&no, CS_E_UNAVAILABLE, "%s", err->log);
        auth_answer(w, NULL, &no);
    } else if (!auth_read(w, &rows[0], &entered)) {
        (void)cs_fail(&no, CS_E_UNAUTHORIZED);
        auth_answer(w, NULL, &no);
    } else {
        auth_answer(w, &entered, NULL);
    }
}

static struct auth_wait *auths_pop(struct reader *r)
{
    struct auth_wait *w = r->auths;

    r->auths = w->next;
    if (!r->auths)
        r->auths_end = &r->auths;
    return w;
}

static void ask_auths(struct reader *r)
{
    struct cs_call call;
    struct cs_err err;

    while (r->auths && r->auths_in_flight < AUTHS_IN_FLIGHT) {
        struct auth_wait *w = auths_pop(r);
        if (w->ticket)
            store_ticket_take_call(&call, &r->gw->arena, w->cred.hash);
        else
            store_enter_call(&call, &r->gw->arena, &w->cred);
        r->auths_in_flight++;
        if (cs_dbc_submit(r->db.c, &call, 1, auth_done, w, &err) != CS_OK) {
            r->auths_in_flight--;
            auth_answer(w, NULL, &err);
        }
        cs_arena_reset(&r->gw->arena);
    }
}

/* --- joins ------------------------------------------------------------------------------------ */

void reader_join(struct reader *r, struct join_wait *w)
{
    w->next = NULL;
    w->born_ms = cs_clock_mono_ms();
    *r->joins_end = w;
    r->joins_end = &w->next;
}

static void cancel_in(struct join_wait *w, struct conn_ref from, const struct cs_uuid *room,
                      bool quiet)
{
    for (; w; w = w->next)
        if (w->quiet >= quiet && w->from.slot == from.slot && w->from.generation == from.generation &&
            cs_uuid_eq(&w->room, room))
            w->cancelled = true;
}

void reader_cancel_join(struct reader *r, struct conn_ref from, const struct cs_uuid *room,
                        bool quiet)
{
    cancel_in(r->joins, from, room, quiet);
    cancel_in(r->asked, from, room, quiet);
}

static void joins_done(void *arg, enum cs_rc rc, const struct cs_rows *rows,
                       const struct cs_err *err)
{
    struct reader *r = arg;
    struct join_wait *w = r->asked;
    struct store_join_row row;
    struct cs_err no;

    r->asked = NULL;
    r->joining = false;
    if (rc != CS_OK)
        (void)cs_fail_log(&no, CS_E_UNAVAILABLE, "%s", err->log);
    for (int i = 0; w; i++) {
        struct join_wait *next = w->next;
        if (rc == CS_OK)
            store_join_read(&rows[0], i, &row);
        op_join_answered(r->gw, w, rc == CS_OK ? &row : NULL, &no);
        w = next;
    }
}

static void ask_joins(struct reader *r)
{
    struct store_joining joins[JOINS_MAX];
    struct join_wait **at = &r->joins;
    struct cs_call call;
    struct cs_err err;
    size_t n = 0;

    if (r->joining || !r->joins)
        return;
    for (; *at && n < JOINS_MAX; at = &(*at)->next) {
        joins[n++] = (struct store_joining){(*at)->user, (*at)->room};
        /* before the statement's snapshot, so that a position behind it proves a lost future */
        (*at)->asked_delivered = hub_ask(r->gw->hub, &(*at)->room);
    }
    r->asked = r->joins;
    r->joins = *at;
    *at = NULL;
    if (!r->joins)
        r->joins_end = &r->joins;
    store_join_call(&call, &r->gw->arena, &r->bufs, joins, n);
    r->joining = true;
    if (cs_dbc_submit(r->db.c, &call, 1, joins_done, r, &err) != CS_OK)
        joins_done(r, err.rc, NULL, &err);
}

/* --- the log ---------------------------------------------------------------------------------- */

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

/* Gives the hub the rows of one range: those from *row on that belong to it. */
static void give_rows(struct reader *r, const struct cs_rows *rows, size_t range, int *row)
{
    struct hub_fetch fetch = r->fetching[range];
    size_t n = 0, of;
    struct cs_event e;

    bool made = true; /* once an allocation failed, the rest of the range is asked for again */

    for (; *row < cs_rows_count(rows); ++*row) {
        store_log_read(rows, *row, &of, &e);
        if (of != range)
            break;
        made = made && n < FETCH_ROWS && gw_event_make(&e, &r->events[n]);
        n += made;
    }
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

static void ask_log(struct reader *r)
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
    int limit = (int)(FETCH_TOTAL / n);
    limit = limit > FETCH_ROWS ? FETCH_ROWS : limit < FETCH_ROWS_MIN ? FETCH_ROWS_MIN : limit;
    store_log_call(&call, &r->gw->arena, &r->bufs, ranges, n, limit);
    r->nfetching = n;
    if (cs_dbc_submit(r->db.c, &call, 1, fetch_done, r, &err) != CS_OK)
        fetch_done(r, err.rc, NULL, &err);
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

static void ask_positions(struct reader *r)
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

/* --- time ------------------------------------------------------------------------------------- */

void reader_pump(struct reader *r)
{
    if (!cs_dbc_up(r->db.c))
        return;
    ask_auths(r);
    ask_joins(r);
    ask_log(r);
}

/* What has waited longer than the deadline for a database that is away. */
static void expire(struct reader *r, uint64_t now_ms)
{
    uint64_t patience = (uint64_t)r->gw->cfg.db_deadline_ms;
    struct cs_err err;

    (void)cs_fail(&err, CS_E_UNAVAILABLE);
    while (r->auths && now_ms >= r->auths->born_ms + patience)
        auth_answer(auths_pop(r), NULL, &err);
    while (r->joins && now_ms >= r->joins->born_ms + patience) {
        struct join_wait *w = r->joins;
        r->joins = w->next;
        if (!r->joins)
            r->joins_end = &r->joins;
        op_join_answered(r->gw, w, NULL, &err);
    }
}

void reader_tick(struct reader *r, uint64_t now_ms)
{
    cs_dbc_tick(r->db.c, now_ms);
    if (cs_dbc_up(r->db.c)) {
        ask_positions(r);
        return;
    }
    expire(r, now_ms);
    for (size_t n = r->nfetches; n > 0; n--) { /* the hub asks again when it is time */
        struct hub_fetch f = r->fetches[--r->nfetches];
        hub_fetch_failed(r->gw->hub, &f);
    }
}
