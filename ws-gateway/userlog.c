/* userlog.c - see userlog.h. A user stands in the order of the poll, who was looked at longest ago
 * first, and, when there may be news, among the marked. */
#include "userlog.h"

#include "cs_clock.h"
#include "dialect.h"
#include "events.h"
#include "fanout.h"
#include "hub_link.h"
#include "listen.h"
#include "op.h"
#include "reader.h"
#include "store_user_events.h"

enum {
    POLL_MS = 5000,      /* while bells arrive; … */
    DEAF_POLL_MS = 1000, /* … when they do not */
    POLL_SLICE = 2000,   /* users of one poll (architecture, "Catching up") */
    FETCH_USERS = 256,   /* of one fetch */
    FETCH_ROWS = 1024,   /* of one fetch, … */
    USER_ROWS = 256,     /* … and of one user in it, at most */
    RETRY_MS = 100,
};

struct user {
    struct idx_node by_id;
    struct hub_link polls, marks;
    size_t sockets;
    uint64_t pos;     /* none of the sockets lacks anything up to here */
    uint64_t reached; /* as bells and polls say */
    bool look;        /* there may be news, but it is not known how far */
    uint64_t polled_ms; /* 0: due */
};

struct asked {
    struct cs_uuid id;
    uint64_t pos;
};

struct userlog {
    struct gw *gw;
    struct idx users;
    struct hub_link polls, marks;
    struct store_user_bufs bufs;
    struct asked fetching[FETCH_USERS], polling[POLL_SLICE];
    size_t nfetching, npolling; /* 0: none in flight */
    int limit;                  /* rows of each user in the fetch */
    uint64_t retry_ms;          /* nothing is asked before */
    uint64_t missed_ms;         /* who was polled before then is due */
};

struct userlog *userlog_new(struct gw *gw)
{
    struct userlog *ul = calloc(1, sizeof *ul);

    if (!ul)
        return NULL;
    ul->gw = gw;
    link_init(&ul->polls);
    link_init(&ul->marks);
    store_user_bufs_init(&ul->bufs, POLL_SLICE);
    if (!idx_init(&ul->users)) {
        userlog_free(ul);
        return NULL;
    }
    return ul;
}

void userlog_free(struct userlog *ul)
{
    if (!ul)
        return;
    idx_release(&ul->users);
    store_user_bufs_release(&ul->bufs);
    free(ul);
}

/* --- users ------------------------------------------------------------------------------------ */

static struct user *find(const struct userlog *ul, const struct cs_uuid *id)
{
    struct idx_node *at = idx_first(&ul->users, id);

    return at ? LINK_OF(at, struct user, by_id) : NULL;
}

/* There may be news: as far as that (0: it is not known how far). */
static void mark(struct userlog *ul, struct user *u, uint64_t useq)
{
    if (useq && useq <= u->pos)
        return;
    u->look |= !useq;
    if (useq > u->reached)
        u->reached = useq;
    if (link_empty(&u->marks))
        link_move_before(&u->marks, &ul->marks);
}

/* Due at once: a bell of after the position was read may have found nobody to tell. */
static struct user *make(struct userlog *ul, const struct cs_uuid *id, uint64_t pos)
{
    struct user *u = calloc(1, sizeof *u);

    if (!u)
        return NULL;
    u->pos = u->reached = pos;
    link_init(&u->marks);
    link_init(&u->polls);
    link_move_before(&u->polls, ul->polls.next);
    idx_put(&ul->users, &u->by_id, id);
    return u;
}

void userlog_enter(struct conn *c, uint64_t last_useq)
{
    c->user_log = (struct conn_user_log){.pos = last_useq, .last = last_useq};
}

/* The user's position is the least of his sockets'. */
static void lower(struct conn *c, struct user *u)
{
    if (c->user_log.pos < u->pos)
        u->pos = c->user_log.pos;
    mark(c->gw->userlog, u, c->user_log.last > u->reached ? c->user_log.last : u->reached);
}

bool userlog_resume(struct conn *c, uint64_t after, const char *epoch)
{
    struct conn_user_log *log = &c->user_log;
    struct user *u = log->heard ? find(c->gw->userlog, &c->hub.user) : NULL;

    log->recovered = c->person && strcmp(epoch, c->gw->epoch) == 0 && after <= log->last &&
                     log->last - after <= USERLOG_RESUME_MAX;
    c->gw->count.user_resumes[log->recovered]++;
    if (log->recovered)
        log->pos = after;
    if (log->recovered && u)
        lower(c, u);
    return log->recovered;
}

bool userlog_hear(struct conn *c)
{
    struct userlog *ul = c->gw->userlog;

    if (!c->person || c->user_log.heard)
        return true;
    struct user *u = find(ul, &c->hub.user);
    if (!u)
        u = make(ul, &c->hub.user, c->user_log.last);
    if (!u)
        return false;
    c->user_log.heard = true;
    u->sockets++;
    lower(c, u);
    return true;
}

void userlog_gone(struct conn *c)
{
    struct userlog *ul = c->gw->userlog;

    if (!c->user_log.heard)
        return;
    struct user *u = find(ul, &c->hub.user);
    if (--u->sockets)
        return;
    idx_take(&ul->users, &u->by_id);
    link_remove(&u->polls);
    link_remove(&u->marks);
    free(u);
}

void userlog_reached(struct userlog *ul, const struct cs_uuid *user, uint64_t useq)
{
    struct user *u = find(ul, user);

    if (u)
        mark(ul, u, useq);
}

void userlog_poll_all(struct userlog *ul)
{
    ul->missed_ms = cs_clock_mono_ms();
}

static void void_position(struct conn *c, void *arg)
{
    (void)arg;
    if (c->user_log.heard)
        conn_close(c, HUB_CLOSE_RESYNC, "resync");
}

void userlog_resync(struct userlog *ul)
{
    conns_each(ul->gw, void_position, NULL);
}

/* --- telling ---------------------------------------------------------------------------------- */

/* A room comes or goes for those who hear all rooms of the user. */
static void follow(struct conn *c, const struct store_user_event *e)
{
    if (cs_str_is(e->kind, "room_added"))
        op_room_added(c, &e->room);
    else if (cs_str_is(e->kind, "room_removed"))
        op_room_removed(c, &e->room);
}

static void tell(struct conn *c, void *arg)
{
    const struct store_user_event *e = arg;
    struct cs_buf *b = fanout_scratch(c->gw);

    if (!c->user_log.heard || e->useq != c->user_log.pos + 1)
        return; /* it has it already, or lacks something before it, which is fetched for it */
    c->user_log.pos = e->useq;
    if (c->dialect && c->dialect->user_event) {
        events_user(c, e->useq);
        c->dialect->user_event(b, c, e);
        conn_queue(c, cs_buf_view(b));
        c->gw->count.user_events++;
    }
    if (c->every != EVERY_NO)
        follow(c, e);
}

/* --- fetching --------------------------------------------------------------------------------- */

/* The events of one of those who were asked for, from *row on. A hole is a future that was lost. */
static void give(struct userlog *ul, const struct cs_rows *rows, size_t which, int *row)
{
    const struct asked *a = &ul->fetching[which];
    struct user *u = find(ul, &a->id);
    struct store_user_event e;
    uint64_t pos = a->pos;
    size_t of;

    for (; *row < cs_rows_count(rows); ++*row) {
        store_user_log_read(rows, *row, &of, &e);
        if (of != which)
            break;
        if (e.useq == pos + 1)
            conns_of_user_each(ul->gw, &a->id, tell, &e);
        else if (pos < e.useq)
            conns_of_user_each(ul->gw, &a->id, void_position, NULL);
        pos += e.useq == pos + 1;
    }
    if (!u)
        return;
    if (u->pos == a->pos)
        u->pos = pos;
    if (u->pos < pos || pos - a->pos == (uint64_t)ul->limit)
        mark(ul, u, 0);
}

static void fetch_done(void *arg, enum cs_rc rc, const struct cs_rows *rows,
                       const struct cs_err *err)
{
    struct userlog *ul = arg;
    size_t n = ul->nfetching;
    int row = 0;

    (void)err;
    ul->nfetching = 0;
    if (rc != CS_OK)
        ul->retry_ms = cs_clock_mono_ms() + RETRY_MS;
    for (size_t i = 0; i < n; i++) {
        if (rc == CS_OK)
            give(ul, &rows[0], i, &row);
        else
            userlog_reached(ul, &ul->fetching[i].id, 0);
    }
}

static void take_marked(struct userlog *ul)
{
    store_user_begin(&ul->bufs);
    while (ul->nfetching < FETCH_USERS && !link_empty(&ul->marks)) {
        struct user *u = LINK_OF(ul->marks.next, struct user, marks);
        link_remove(&u->marks);
        if (!u->look && u->reached <= u->pos)
            continue; /* the fetch that was on its way has brought it */
        u->look = false;
        ul->fetching[ul->nfetching++] = (struct asked){u->by_id.id, u->pos};
        store_user_add(&ul->bufs, &u->by_id.id, u->pos);
    }
}

void userlog_pump(struct userlog *ul)
{
    struct cs_call call;
    struct cs_err err;

    if (ul->nfetching || link_empty(&ul->marks) || !reader_is_up(ul->gw->reader) ||
        cs_clock_mono_ms() < ul->retry_ms)
        return;
    take_marked(ul);
    if (!ul->nfetching)
        return;
    ul->limit = FETCH_ROWS / (int)ul->nfetching;
    if (ul->limit > USER_ROWS)
        ul->limit = USER_ROWS;
    store_user_log_call(&call, &ul->gw->arena, &ul->bufs, ul->limit);
    if (reader_submit(ul->gw->reader, &call, fetch_done, ul, &err) != CS_OK)
        fetch_done(ul, err.rc, NULL, &err);
}

/* --- the poll --------------------------------------------------------------------------------- */

static void compare(struct userlog *ul, const struct asked *a, uint64_t last_useq)
{
    struct user *u = find(ul, &a->id);

    if (!u || !last_useq) /* no counter: nothing yet, or the account is gone */
        return;
    ul->gw->count.users_found += last_useq > u->pos && last_useq > u->reached;
    if (last_useq < a->pos)
        conns_of_user_each(ul->gw, &a->id, void_position, NULL);
    else
        mark(ul, u, last_useq);
}

static void poll_done(void *arg, enum cs_rc rc, const struct cs_rows *rows,
                      const struct cs_err *err)
{
    struct userlog *ul = arg;
    struct cs_str epoch;
    size_t n = ul->npolling;

    (void)err;
    ul->npolling = 0;
    if (rc != CS_OK || (size_t)cs_rows_count(&rows[0]) != n) {
        userlog_poll_all(ul);
        ul->retry_ms = ul->missed_ms + RETRY_MS;
        return;
    }
    ul->gw->count.users_polled += n;
    for (size_t i = 0; i < n; i++) {
        uint64_t last_useq = store_user_position_read(&rows[0], (int)i, &epoch);
        if (i == 0)
            op_note_epoch(ul->gw, epoch);
        compare(ul, &ul->polling[i], last_useq);
    }
}

static void take_due(struct userlog *ul, uint64_t now_ms)
{
    uint64_t every_ms = listener_ok(ul->gw->listener) ? POLL_MS : DEAF_POLL_MS;

    store_user_begin(&ul->bufs);
    while (ul->npolling < POLL_SLICE && !link_empty(&ul->polls)) {
        struct user *u = LINK_OF(ul->polls.next, struct user, polls);
        bool due = u->polled_ms <= ul->missed_ms || now_ms >= u->polled_ms + every_ms;
        if (!due || u->polled_ms == now_ms)
            return;
        u->polled_ms = now_ms;
        link_move_before(&u->polls, &ul->polls);
        ul->polling[ul->npolling++] = (struct asked){u->by_id.id, u->pos};
        store_user_add(&ul->bufs, &u->by_id.id, u->pos);
    }
}

void userlog_tick(struct userlog *ul, uint64_t now_ms)
{
    struct cs_call call;
    struct cs_err err;

    if (ul->npolling || link_empty(&ul->polls) || !reader_is_up(ul->gw->reader) ||
        now_ms < ul->retry_ms)
        return;
    take_due(ul, now_ms);
    if (!ul->npolling)
        return;
    store_user_positions_call(&call, &ul->gw->arena, &ul->bufs);
    if (reader_submit(ul->gw->reader, &call, poll_done, ul, &err) != CS_OK)
        ul->npolling = 0;
}
