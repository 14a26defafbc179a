/* op_paged.c - joining a room with its newest messages, for dialects whose clients read no REST.
 *
 * The page is read first, with the position of its own snapshot, and the room is then joined from
 * that position: so history and events meet without a hole and without repetition. One page at a
 * time and connection, the next when what was queued has left: a client that joins a hundred rooms
 * at once does not fill its queue with their pasts.
 */
#include "dialect.h"
#include "fanout.h"
#include "op.h"
#include "reader.h"
#include "store_page.h"

enum {
    PAGE_MESSAGES = 50,          /* contract, "WebSocket" */
    PAGE_MAX_BYTES = 512 * 1024, /* half of what may wait for a connection; older ones are left out */
};

static const struct cs_field paged_fields[] = {
    CS_FIELD_UUID(struct op_in, room, "roomId", CS_F_REQUIRED),
};
const struct op_row op_paged_row = {"join", OP_NEEDS_USER, paged_fields, 1, op_join_paged, ""};

/* --- waiting ---------------------------------------------------------------------------------- */

static size_t count(const struct join_wait *w)
{
    size_t n = 0;

    for (; w; w = w->next)
        n++;
    return n;
}

static void push(struct join_wait **at, struct join_wait *w)
{
    while (*at)
        at = &(*at)->next;
    *at = w;
}

void op_join_paged(struct conn *c, const struct op_in *in)
{
    struct cs_err err;

    if (count(c->pages) >= (size_t)c->gw->cfg.rooms_per_socket) {
        (void)cs_fail_detail(&err, CS_E_LIMIT, "Too many joins at once");
        conn_error(c, in->ref, &err);
        return;
    }
    struct join_wait *w = op_join_wait_new(c, in->ref, &in->room.id);
    if (!w) {
        (void)cs_fail(&err, CS_E_NO_MEMORY);
        conn_error(c, in->ref, &err);
        return;
    }
    push(&c->pages, w);
    conn_mark(c);
}

void op_paged_cancel(struct conn *c, const struct cs_uuid *room)
{
    struct join_wait **at = &c->pages;

    if (c->paging && cs_uuid_eq(&c->paging->room, room))
        c->paging->cancelled = true;
    while (*at) {
        struct join_wait *w = *at;
        if (cs_uuid_eq(&w->room, room)) {
            *at = w->next;
            free(w);
        } else {
            at = &w->next;
        }
    }
}

void op_paged_gone(struct conn *c)
{
    while (c->pages) {
        struct join_wait *w = c->pages;
        c->pages = w->next;
        free(w);
    }
}

void op_paged_done(struct conn *c)
{
    c->page_held = false;
    if (c->pages)
        conn_mark(c);
}

/* --- the page --------------------------------------------------------------------------------- */

/* What is said about a room is decided by the join, which has the same rules; here only whether
 * its past may be read. */
static enum cs_rc may_read(const struct conn *c, const struct store_page_head *head,
                           struct cs_err *err)
{
    bool hears = !c->person && !cs_str_is(head->access.kind, "p2p");

    if (head->access.is_lobby || hears || cs_str_is(head->access.state, "member"))
        return CS_OK;
    return cs_fail(err, head->access.is_private ? CS_E_ROOM_NOT_FOUND : CS_E_NOT_MEMBER);
}

static bool encode(struct conn *c, const struct cs_message *messages, size_t n, struct cs_buf *b)
{
    do {
        cs_buf_clear(b);
        c->dialect->history(b, messages, n);
        if (!b->failed && b->len <= PAGE_MAX_BYTES)
            return true;
        messages += n - n / 2; /* the newest of them */
        n /= 2;
    } while (n);
    return false;
}

/* The page as a payload; it goes behind the wait, with which it is freed. NULL: no memory. */
static struct join_wait *attach(struct conn *c, struct join_wait *w, const struct cs_rows *rows,
                                const struct store_page *page)
{
    struct store_page_rows at = store_page_rows(rows, page);
    struct cs_message messages[PAGE_MESSAGES];
    struct cs_buf *b = fanout_scratch(c->gw);
    size_t head = sizeof *w + strlen(w->ref) + 1;
    int row = at.first;

    for (int i = 0; i < at.n; i++, row += at.step)
        store_page_message(rows, row, &page->room, &messages[i]);
    if (!encode(c, messages, (size_t)at.n, b))
        return NULL;
    struct join_wait *more = realloc(w, head + b->len);
    if (!more)
        return NULL;
    memcpy((char *)more + head, b->p, b->len);
    more->page = cs_str_n((char *)more + head, b->len);
    return more;
}

static struct store_page wanted(const struct join_wait *w)
{
    return (struct store_page){
        .room = w->room, .user = w->user, .at = INT64_MAX, .limit = PAGE_MESSAGES};
}

static enum cs_rc take_page(struct conn *c, struct join_wait **w, const struct cs_rows *rows,
                            const struct store_page_head *head, struct cs_err *err)
{
    struct store_page page = wanted(*w);
    enum cs_rc rc = may_read(c, head, err);

    if (rc == CS_OK)
        rc = op_join_place(c, &page.room, err);
    if (rc != CS_OK)
        return rc;
    struct join_wait *more = attach(c, *w, rows, &page);
    if (!more)
        return cs_fail(err, CS_E_NO_MEMORY);
    *w = more;
    more->resume = true;
    more->after = (uint64_t)head->last_seq;
    (void)snprintf(more->epoch, sizeof more->epoch, "%s", c->gw->epoch);
    return CS_OK;
}

static void page_done(void *arg, enum cs_rc rc, const struct cs_rows *rows,
                      const struct cs_err *err)
{
    struct join_wait *w = arg;
    struct gw *gw = w->gw;
    struct store_page_head head;
    struct cs_err no;

    if (rc != CS_OK)
        rc = cs_fail_log(&no, CS_E_UNAVAILABLE, "%s", err->log);
    else if (!store_page_head(&rows[0], &head))
        rc = cs_fail(&no, CS_E_ROOM_NOT_FOUND);
    else
        op_note_epoch(gw, head.epoch);
    struct conn *c = conn_find(gw, w->from); /* after the epoch: it may close connections */
    if (!c) {
        free(w);
        return;
    }
    c->paging = NULL;
    if (rc == CS_OK && !w->cancelled)
        rc = take_page(c, &w, &rows[0], &head, &no);
    if (rc == CS_OK && !w->cancelled) {
        reader_join(gw->reader, w);
        return;
    }
    if (rc != CS_OK && !w->cancelled)
        conn_error(c, w->ref, &no);
    free(w);
    op_paged_done(c);
}

void op_paged_next(struct conn *c)
{
    struct join_wait *w = c->pages;
    struct store_page page;
    struct cs_call call;
    struct cs_err err;

    if (!w || c->page_held || c->out.len || c->state != CONN_READY)
        return;
    c->pages = w->next;
    w->next = NULL;
    c->paging = w;
    c->page_held = true;
    page = wanted(w);
    store_page_call(&call, &c->gw->arena, &page);
    if (reader_submit(c->gw->reader, &call, page_done, w, &err) != CS_OK)
        page_done(w, err.rc, NULL, &err);
}
