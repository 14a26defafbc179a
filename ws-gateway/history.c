/* history.c - see history.h. */
#include "history.h"

#include "cs_clock.h"
#include "dialect.h"
#include "fanout.h"
#include "reader.h"
#include "store_access.h"
#include "store_page.h"

enum {
    IN_FLIGHT_MAX = 4,
    WAITING_MAX = 1000,
    /* What one page may hold, as it is stored; escaped it is at most six times that, which a connection
     * takes beside what else may wait for it (CONN_OUT_MAX). */
    PAGE_BYTES = 128 * 1024,
    MESSAGE_BYTES = 512,          /* of all that is not text, about */
    UNSENT_MAX = 128 * 1024,      /* a connection that has more to be sent is not asked for yet */
};

struct history_wait {
    struct history_wait *next;
    struct history *h;
    struct conn_ref from;
    struct cs_uuid user, cred_id;
    struct store_page page;
    uint64_t born_ms;
    char ref[]; /* JSON text */
};

struct history {
    struct gw *gw;
    struct history_wait *first, **end;
    size_t n;
    int in_flight;
};

struct history *history_new(struct gw *gw)
{
    struct history *h = calloc(1, sizeof *h);

    if (!h)
        return NULL;
    h->gw = gw;
    h->end = &h->first;
    return h;
}

void history_free(struct history *h)
{
    if (!h)
        return;
    while (h->first) {
        struct history_wait *next = h->first->next;
        free(h->first);
        h->first = next;
    }
    free(h);
}

enum cs_rc history_ask(struct history *h, struct conn *c, const char *ref,
                       const struct cs_uuid *room, int64_t before, int64_t limit,
                       struct cs_err *err)
{
    size_t len = strlen(ref) + 1;
    struct history_wait *w;

    if (h->n >= WAITING_MAX)
        return cs_fail(err, CS_E_UNAVAILABLE);
    w = calloc(1, sizeof *w + len);
    if (!w)
        return cs_fail(err, CS_E_NO_MEMORY);
    w->h = h;
    w->from = c->ref;
    w->user = c->hub.user;
    w->cred_id = c->cred_id;
    w->page = (struct store_page){.room = *room, .at = before, .limit = limit};
    if (c->person) /* an application reads as nobody, whoever owns its token */
        w->page.user = w->user;
    w->born_ms = cs_clock_mono_ms();
    memcpy(w->ref, ref, len);
    *h->end = w;
    h->end = &w->next;
    h->n++;
    return CS_OK;
}

/* --- the answer ------------------------------------------------------------------------------- */

static enum cs_rc may_read(const struct cs_rows *guard, const struct cs_rows *rows,
                           struct store_page_head *head, struct cs_err *err)
{
    struct store_guarded g;

    if (!store_guard_read_read(guard, &g))
        return cs_fail(err, CS_E_UNAUTHORIZED);
    if (!cs_rights_allow(g.who.rights, CS_MAY_READ))
        return cs_fail(err, CS_E_FORBIDDEN);
    if (!store_page_head(rows, head))
        return cs_fail(err, CS_E_ROOM_NOT_FOUND);
    return store_access_read(&head->access, &g.who, err);
}

/* The newest of the page that fit, in the order of their seqs; one at least. Row 1 is the newest. */
static size_t take_messages(const struct cs_rows *rows, const struct store_page *page, size_t n,
                            struct cs_message *out)
{
    size_t taken = 0, bytes = 0;

    while (taken < n) {
        struct cs_message *m = &out[n - 1 - taken];
        store_page_message(rows, 1 + (int)taken, &page->room, m);
        bytes += MESSAGE_BYTES + m->content.len + m->meta.len + m->reactions.len;
        if (taken && bytes > PAGE_BYTES)
            break;
        taken++;
    }
    return taken;
}

static void put_page(struct conn *c, const struct history_wait *w, const struct cs_rows *rows,
                     const struct store_page_head *head)
{
    struct store_page_rows p = store_page_rows(rows, &w->page);
    struct cs_buf *b = fanout_scratch(c->gw);
    struct cs_message messages[HISTORY_MAX];
    size_t n = take_messages(rows, &w->page, (size_t)p.n, messages);
    struct dialect_page page = {
        .ref = w->ref,
        .room = w->page.room,
        .epoch = c->gw->epoch,
        .seq = (uint64_t)head->last_seq,
        .messages = messages + p.n - n,
        .n = n,
        .more = p.older || n < (size_t)p.n,
    };
    struct cs_err err;

    if (!c->dialect || !c->dialect->page)
        return;
    c->dialect->page(b, &page);
    if (!b->failed) {
        conn_queue(c, cs_buf_view(b));
        return;
    }
    (void)cs_fail(&err, CS_E_NO_MEMORY);
    conn_error(c, w->ref, &err);
}

static void done(void *arg, enum cs_rc rc, const struct cs_rows *rows, const struct cs_err *err)
{
    struct history_wait *w = arg;
    struct gw *gw = w->h->gw;
    struct store_page_head head;
    struct cs_err no;

    w->h->in_flight--;
    if (rc == CS_OK)
        rc = may_read(&rows[0], &rows[1], &head, &no);
    else
        rc = cs_fail_log(&no, CS_E_UNAVAILABLE, "%s", err->log);
    if (rc == CS_OK)
        op_note_epoch(gw, head.epoch);
    struct conn *c = conn_find(gw, w->from); /* after the epoch: it may close connections */
    if (c) {
        c->history_asked = false;
        if (rc == CS_OK)
            put_page(c, w, &rows[1], &head);
        else
            conn_error(c, w->ref, &no);
    }
    free(w);
}

/* --- asking ----------------------------------------------------------------------------------- */

static void send(struct history *h, struct history_wait *w, struct conn *c)
{
    struct cs_call calls[2];
    struct cs_err err;

    store_guard_held_call(&calls[0], &h->gw->arena, &w->cred_id, &w->user);
    store_page_call(&calls[1], &h->gw->arena, &w->page);
    if (reader_submit_all(h->gw->reader, calls, 2, done, w, &err) == CS_OK) {
        h->in_flight++;
        c->history_asked = true;
    } else {
        conn_error(c, w->ref, &err);
        free(w);
    }
    cs_arena_reset(&h->gw->arena);
}

static bool has_room(const struct conn *c)
{
    return !c->history_asked && c->out.len - c->out_sent < UNSENT_MAX;
}

void history_pump(struct history *h)
{
    struct history_wait **at = &h->first;

    while (*at && h->in_flight < IN_FLIGHT_MAX && reader_is_up(h->gw->reader)) {
        struct history_wait *w = *at;
        struct conn *c = conn_find(h->gw, w->from);
        if (c && !has_room(c)) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        if (!*at)
            h->end = at;
        h->n--;
        if (c)
            send(h, w, c);
        else
            free(w);
    }
}

/* What has waited longer than the deadline: for a database that is away, or for its connection to take
 * what it was sent. */
void history_tick(struct history *h, uint64_t now_ms)
{
    uint64_t patience = (uint64_t)h->gw->cfg.db_deadline_ms;
    struct cs_err err;

    while (h->first && now_ms >= h->first->born_ms + patience) {
        struct history_wait *w = h->first;
        struct conn *c = conn_find(h->gw, w->from);
        h->first = w->next;
        if (!h->first)
            h->end = &h->first;
        h->n--;
        (void)cs_fail(&err, CS_E_UNAVAILABLE);
        if (c)
            conn_error(c, w->ref, &err);
        free(w);
    }
}
