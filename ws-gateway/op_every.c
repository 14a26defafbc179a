/* op_every.c - join_all: a socket that hears all rooms of its user without naming them.
 *
 * One statement lists them, the most recently active first. These are joined in full, as by `join`,
 * up to the socket's cap; of the rest the client hears only that something happened (listing.h). A
 * room that is joined already stays as it is, unless the client names the position it has got to.
 *
 *   {type: "join_all", ref?, epoch?, rooms?: [{roomId, after}]}
 *
 * is answered by a `joined` for each room that is joined now (recovered only from a position of this
 * epoch), an `activity` for each that is listed, which says where it stands, and behind the last of
 * them one `ack {ref, joined, listed, more}`. What the user is added to later comes by itself, and what
 * he is removed from goes.
 */
#include "cs_json.h"
#include "dialect.h"
#include "events.h"
#include "every.h"
#include "fanout.h"
#include "listing.h"
#include "op.h"
#include "reader.h"
#include "userlog.h"

#include <stdlib.h>

/* The joins of one operation. */
struct join_group {
    struct conn_ref from;
    int waiting; /* for so many joins, and for the list to be gone through */
    bool quiet; /* no client has asked: no answer, but without its rooms the socket is worth nothing */
    bool failed;
    struct cs_err err;
    struct dialect_every every;
    char ref[]; /* JSON text */
};

/* --- the answer ------------------------------------------------------------------------------- */

static struct join_group *group_new(const struct conn *c, const char *ref)
{
    size_t len = strlen(ref) + 1;
    struct join_group *g = calloc(1, sizeof *g + len);

    if (!g)
        return NULL;
    g->from = c->ref;
    g->waiting = 1;
    memcpy(g->ref, ref, len);
    return g;
}

static void answer(struct conn *c, const struct join_group *g)
{
    struct cs_buf *b = fanout_scratch(c->gw);
    struct dialect_ack ack = {.ref = g->ref, .every = &g->every};

    if (events_all_joined(c, g->failed ? &g->err : NULL))
        return;
    if (g->failed && g->quiet) {
        conn_close(c, cs_err_row(g->err.rc)->close, "try again later");
    } else if (g->failed) {
        conn_error(c, g->ref, &g->err);
    } else if (c->dialect && g->ref[0]) {
        c->dialect->ack(b, &ack);
        conn_queue(c, cs_buf_view(b));
    }
}

void op_group_end(struct gw *gw, struct join_group *g)
{
    if (--g->waiting > 0)
        return;
    struct conn *c = conn_find(gw, g->from);
    if (c)
        answer(c, g);
    free(g);
}

void op_group_joined(struct join_group *g)
{
    g->every.joined++;
}

static void group_failed(struct join_group *g, const struct cs_err *err)
{
    g->failed = true;
    g->err = *err;
}

/* --- asking ----------------------------------------------------------------------------------- */

static int by_room(const void *a, const void *b)
{
    const struct every_place *x = a, *y = b;

    return memcmp(&x->room, &y->room, sizeof x->room);
}

static enum cs_rc bind_places(struct every_wait *w, const struct cs_objects *objs,
                              struct cs_err *err)
{
    struct place {
        struct cs_opt_uuid room;
        struct cs_opt_int after;
    };
    static const struct cs_field fields[] = {
        CS_FIELD_UUID(struct place, room, "roomId", CS_F_REQUIRED),
        CS_FIELD_INT(struct place, after, "after", CS_F_REQUIRED, 0, INT64_MAX),
    };

    for (size_t i = 0; i < objs->n; i++) {
        struct place at = {.room = {.set = false}};
        enum cs_rc rc = cs_json_bind(fields, sizeof fields / sizeof *fields, objs->objs[i], &at,
                                     err);
        if (rc != CS_OK)
            return rc;
        w->places[w->nplaces++] = (struct every_place){at.room.id, (uint64_t)at.after.v};
    }
    qsort(w->places, w->nplaces, sizeof *w->places, by_room);
    return CS_OK;
}

static void wait_free(struct every_wait *w)
{
    cs_buf_release(&w->left);
    free(w);
}

static struct every_wait *wait_new(const struct conn *c, const char *ref, size_t nplaces)
{
    struct every_wait *w = calloc(1, sizeof *w + nplaces * sizeof *w->places);
    struct join_group *g = w ? group_new(c, ref) : NULL;

    if (!g) {
        free(w);
        return NULL;
    }
    w->group = g;
    w->from = c->ref;
    w->opened_ms = c->opened_ms;
    if (c->person)
        w->user = c->hub.user;
    cs_buf_init(&w->left, CONN_HELD_MAX);
    return w;
}

static enum cs_rc ask(struct conn *c, const struct op_in *in, enum conn_every every, bool quiet,
                      struct cs_err *err)
{
    if (c->listing)
        return cs_fail_detail(err, CS_E_CONFLICT, "Another join_all is under way");
    struct every_wait *w = wait_new(c, in->ref, in->places.n);
    enum cs_rc rc = w ? bind_places(w, &in->places, err) : CS_OK;
    if (!w || (rc == CS_OK && !userlog_hear(c)))
        rc = cs_fail(err, CS_E_NO_MEMORY);
    if (rc != CS_OK) {
        if (w)
            op_every_forget(w);
        return rc;
    }
    (void)snprintf(w->epoch, sizeof w->epoch, CS_STR_FMT, CS_STR_ARG(in->epoch));
    w->group->quiet = quiet;
    w->in_full = every == EVERY_IN_FULL;
    c->every = every;
    c->listing = true;
    if (w->in_full)
        c->awaits |= AWAIT_EVERY;
    every_ask(c->gw->every, w);
    return CS_OK;
}

void op_join_all(struct conn *c, const struct op_in *in)
{
    struct cs_err err;

    if (ask(c, in, EVERY_CAPPED, false, &err) != CS_OK)
        conn_error(c, in->ref, &err);
}

void op_join_every(struct conn *c, const char *ref, bool in_full)
{
    struct cs_err err;
    enum conn_every every = in_full ? EVERY_IN_FULL : EVERY_CAPPED;

    if (ask(c, &(struct op_in){.ref = ref}, every, !ref[0], &err) == CS_OK)
        return;
    if (ref[0])
        conn_error(c, ref, &err);
    else
        conn_close(c, cs_err_row(err.rc)->close, "try again later");
}

void op_every_forget(struct every_wait *w)
{
    free(w->group);
    wait_free(w);
}

/* --- joining ---------------------------------------------------------------------------------- */

static bool was_left(const struct every_wait *w, const struct cs_uuid *room)
{
    for (size_t at = 0; at < w->left.len; at += sizeof *room)
        if (memcmp(w->left.p + at, room, sizeof *room) == 0)
            return true;
    return false;
}

static const struct every_place *place_of(const struct every_wait *w, const struct cs_uuid *room)
{
    struct every_place key = {.room = *room};

    return bsearch(&key, w->places, w->nplaces, sizeof key, by_room);
}

/* A client without a cursor hears a room from the moment at which his socket was open, whatever was
 * said while the database was asked for him. */
static void from_the_opening(const struct conn *c, struct join_wait *j,
                             const struct store_join_row *row)
{
    j->after = row->stood_seq < row->since_seq ? row->since_seq : row->stood_seq;
    j->resume = true; /* also where nothing was missed: it may be asked for again, and later */
    memcpy(j->epoch, c->gw->epoch, sizeof j->epoch);
}

/* Where the hub is ahead of this list, either the log went on meanwhile or a future was lost; the
 * join statement, asked with what was known before it, tells which. */
static void join(struct conn *c, struct every_wait *w, const struct cs_uuid *room,
                 const struct store_join_row *row)
{
    const struct every_place *at = place_of(w, room);
    struct join_wait *j = op_join_wait_new(c, "", room);
    struct cs_err err;

    if (!j) {
        (void)cs_fail(&err, CS_E_NO_MEMORY);
        group_failed(w->group, &err);
        return;
    }
    j->group = w->group;
    j->group->waiting++;
    j->resume = at != NULL;
    j->after = at ? at->after : 0;
    memcpy(j->epoch, w->epoch, sizeof j->epoch);
    if (!at && w->in_full)
        from_the_opening(c, j, row);
    if (events_place(c, room, &j->after)) {
        j->resume = true;
        memcpy(j->epoch, c->gw->epoch, sizeof j->epoch);
    }
    if (hub_ask(c->gw->hub, room) > row->last_seq)
        reader_join(c->gw->reader, j);
    else
        op_join_by_row(c, j, row);
}

static void list(struct conn *c, struct every_wait *w, const struct cs_uuid *room,
                 const struct store_join_row *row)
{
    struct cs_err err;

    if (listing_add(c, room, row->last_seq)) {
        w->group->every.listed++;
    } else {
        (void)cs_fail(&err, CS_E_NO_MEMORY);
        group_failed(w->group, &err);
    }
}

static void take_room(struct conn *c, struct every_wait *w, const struct cs_uuid *room,
                      const struct store_join_row *row)
{
    bool had = conn_room_find(c, room) != NULL;
    struct cs_err err;

    if (was_left(w, room) || (w->in_full && !row->conversation))
        return;
    if (had && !place_of(w, room))
        w->group->every.joined++;
    else if (had || w->in_full || op_join_place(c, room, &err) == CS_OK)
        join(c, w, room, row);
    else
        list(c, w, room, row);
}

void op_every_answered(struct gw *gw, struct every_wait *w, const struct cs_rows *rows,
                       const struct cs_err *err)
{
    struct join_group *g = w->group;
    struct conn *asker = conn_find(gw, w->from);
    int n = rows ? cs_rows_count(rows) : 0;
    struct store_join_row row;

    if (asker)
        asker->listing = false;
    if (!rows)
        group_failed(g, err);
    g->every.more = n > EVERY_ROOMS_MAX;
    for (int i = 0; i < n && i < EVERY_ROOMS_MAX && !g->failed; i++) {
        struct cs_uuid room = store_join_every_read(rows, i, &row);
        if (i == 0)
            op_note_epoch(gw, row.epoch);
        struct conn *c = conn_find(gw, w->from); /* in each: joining may close it */
        if (!c)
            break;
        take_room(c, w, &room, &row);
    }
    struct conn *c = w->in_full ? conn_find(gw, w->from) : NULL;
    if (c && !g->failed) { /* else it is closed */
        c->every_cut = g->every.more;
        conn_awaited(c, AWAIT_EVERY);
    }
    wait_free(w);
    op_group_end(gw, g);
}

/* --- afterwards ------------------------------------------------------------------------------- */

/* Where there is a subscription, it is of a membership that has ended (and ends when that event has
 * been read), or the client was faster. */
void op_room_added(struct conn *c, const struct cs_uuid *room)
{
    struct conn_room *r = conn_room_find(c, room);

    if (c->every == EVERY_NO)
        return;
    if (r) {
        r->again = true;
        return;
    }
    struct join_wait *w = op_join_wait_new(c, "", room);
    if (!w) {
        conn_close(c, cs_err_row(CS_E_NO_MEMORY)->close, "out of memory");
        return;
    }
    w->quiet = true;
    reader_join(c->gw->reader, w);
}

void op_room_removed(struct conn *c, const struct cs_uuid *room)
{
    struct conn_room *r = conn_room_find(c, room);

    if (c->every == EVERY_NO)
        return;
    if (r)
        r->again = false;
    every_leave(c->gw->every, c->ref, room);
    reader_cancel_join(c->gw->reader, c->ref, room, true);
    (void)listing_remove(c, room);
}

void op_left(struct conn *c, const struct cs_uuid *room)
{
    struct conn_room *r = conn_room_find(c, room);
    bool again = r && r->again;

    conn_room_remove(c, room);
    if (again)
        op_room_added(c, room);
}
