/* reader_join.c - who may join what, and where its log stands: all that wait in one statement; see reader.h. */
#include "cs_clock.h"
#include "reader_internal.h"

enum { JOINS_MAX = 512 }; /* of one statement */

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

void reader_ask_joins(struct reader *r)
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

void reader_expire_joins(struct reader *r, uint64_t now_ms, const struct cs_err *err)
{
    while (r->joins && reader_gives_up(r, r->joins->born_ms, now_ms)) {
        struct join_wait *w = r->joins;
        r->joins = w->next;
        if (!r->joins)
            r->joins_end = &r->joins;
        op_join_answered(r->gw, w, NULL, err);
    }
}

static void free_all(struct join_wait *w)
{
    while (w) {
        struct join_wait *next = w->next;
        op_join_forget(w);
        w = next;
    }
}

void reader_free_joins(struct reader *r)
{
    free_all(r->joins);
    free_all(r->asked);
}
