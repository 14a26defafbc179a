/* op_room.c - joining and leaving. A join asks the database for membership and position in one
 * statement and starts at that position, wherever the hub stands (architecture, "Joining"). */
#include "cs_log.h"
#include "dialect.h"
#include "events.h"
#include "every.h"
#include "fanout.h"
#include "listing.h"
#include "op.h"
#include "reader.h"
#include "userlog.h"
#include "watch.h"

#define REPLACED "Replaced by a later operation on this room"

struct join_wait *op_join_wait_new(struct conn *c, const char *ref, const struct cs_uuid *room)
{
    size_t len = strlen(ref) + 1;
    struct join_wait *w = calloc(1, sizeof *w + len);

    if (!w)
        return NULL;
    w->gw = c->gw;
    w->from = c->ref;
    if (c->person) /* an application joins as nobody, whoever owns its token */
        w->user = c->hub.user;
    w->room = *room;
    memcpy(w->ref, ref, len);
    return w;
}

static void refuse(struct conn *c, const char *ref, const struct cs_uuid *room,
                   const struct cs_err *err)
{
    if (!events_refused(c, room, err))
        conn_error(c, ref, err);
}

void op_join_forget(struct join_wait *w)
{
    struct conn *c = w->page.len ? conn_find(w->gw, w->from) : NULL;

    if (c)
        op_paged_done(c);
    if (w->group)
        op_group_end(w->gw, w->group);
    free(w);
}

enum cs_rc op_join_place(struct conn *c, const struct cs_uuid *room, struct cs_err *err)
{
    int64_t max = c->gw->cfg.rooms_per_socket;

    if (c->events && max > CURSOR_ROOMS_MAX)
        max = CURSOR_ROOMS_MAX;
    if (conn_room_find(c, room) || c->every == EVERY_IN_FULL || c->nrooms < max)
        return CS_OK;
    return cs_fail_detail(err, CS_E_LIMIT, "At most %lld rooms may be joined on one socket",
                          (long long)max);
}

void op_join_room(struct conn *c, const char *ref, const struct cs_uuid *room, int64_t after,
                  struct cs_str epoch)
{
    struct cs_err err;

    if (op_join_place(c, room, &err) != CS_OK) {
        refuse(c, ref, room, &err);
        return;
    }
    struct join_wait *w = op_join_wait_new(c, ref, room);
    if (!w) {
        (void)cs_fail(&err, CS_E_NO_MEMORY);
        refuse(c, ref, room, &err);
        return;
    }
    w->resume = after >= 0;
    w->after = w->resume ? (uint64_t)after : 0;
    (void)snprintf(w->epoch, sizeof w->epoch, CS_STR_FMT, CS_STR_ARG(epoch));
    reader_join(c->gw->reader, w);
}

bool op_join_awaited(struct conn *c, const struct cs_uuid *room, enum conn_awaits what)
{
    struct join_wait *w = op_join_wait_new(c, "", room);

    if (!w)
        return false;
    w->awaited = what;
    w->quiet = what == AWAIT_ROOM; /* the message is answered */
    c->awaits |= what;
    reader_join(c->gw->reader, w);
    return true;
}

void op_join(struct conn *c, const struct op_in *in)
{
    op_join_room(c, in->ref, &in->room.id, in->after.set ? in->after.v : -1, in->epoch);
}

void op_leave(struct conn *c, const struct op_in *in)
{
    op_paged_cancel(c, &in->room.id);
    reader_cancel_join(c->gw->reader, c->ref, &in->room.id, false);
    every_leave(c->gw->every, c->ref, &in->room.id);
    (void)listing_remove(c, &in->room.id);
    (void)hub_leave(c->gw->hub, &c->hub, &in->room.id);
    conn_room_remove(c, &in->room.id);
    conn_ack(c, in->ref);
}

void op_note_epoch(struct gw *gw, struct cs_str value)
{
    char epoch[GW_EPOCH_MAX];

    (void)snprintf(epoch, sizeof epoch, "%s-" CS_STR_FMT, reader_epoch_base(gw->reader),
                   CS_STR_ARG(value));
    if (strcmp(epoch, gw->epoch) == 0)
        return;
    if (gw->epoch[0]) {
        cs_log(CS_LOG_WARN, "epoch_changed", "epoch", epoch);
        hub_resync(gw->hub);
        userlog_resync(gw->userlog);
    }
    (void)snprintf(gw->epoch, sizeof gw->epoch, "%s", epoch);
}

/* Who hears all conversations in full hears nothing but conversations. */
static bool fits(const struct conn *c, const struct store_join_row *row)
{
    return row->conversation || c->every != EVERY_IN_FULL;
}

/* In the lobby he may be as long as he has not said a word. */
static enum cs_rc may_join(const struct conn *c, const struct join_wait *w,
                           const struct store_join_row *row, struct cs_err *err)
{
    bool lobby = w->awaited == AWAIT_LOBBY;

    if (!row->exists || (!fits(c, row) && !lobby))
        return cs_fail(err, CS_E_ROOM_NOT_FOUND);
    return row->allowed ? CS_OK : cs_fail(err, CS_E_NOT_MEMBER);
}

static void join_failed(struct conn *c, struct join_wait *w, const struct cs_err *err)
{
    if (!w->group && !w->quiet && (!w->cancelled || w->ref[0]))
        refuse(c, w->ref, &w->room, err);
    op_join_forget(w);
}

static enum cs_rc subscribe(struct conn *c, struct join_wait *w, const struct store_join_row *row,
                            struct cs_err *err)
{
    struct hub_join join = {
        .room = w->room,
        .last_seq = row->last_seq,
        .first_seq = row->first_seq,
        .visible_from = row->visible_from,
        .asked_delivered = w->asked_delivered,
        .resume = w->resume,
        .epoch_ok = strcmp(w->epoch, c->gw->epoch) == 0,
        .after = w->after,
        .ref = w,
    };
    bool had = conn_room_find(c, &w->room) != NULL;

    if (!had && !conn_room_add(c, &w->room))
        return cs_fail(err, CS_E_NO_MEMORY);
    w->read_seq = row->read_seq;
    w->members = row->members;
    enum cs_rc rc = hub_join(c->gw->hub, &c->hub, &join);
    if (rc == CS_OK) {
        (void)listing_remove(c, &join.room);
        return CS_OK;
    }
    if (!had)
        conn_room_remove(c, &w->room);
    return cs_fail(err, rc);
}

/* A room that was not in the list has come since, and its client reads no past: so it hears all that
 * was said there since he is a member. */
static void from_the_beginning(const struct conn *c, struct join_wait *w,
                               const struct store_join_row *row)
{
    w->resume = c->every == EVERY_IN_FULL && !c->every_cut;
    w->after = row->since_seq;
    (void)snprintf(w->epoch, sizeof w->epoch, "%s", c->gw->epoch);
}

/* Where there is no place, the room is listed. Who no longer wants all rooms has decided otherwise
 * meanwhile. */
static void join_quietly(struct conn *c, struct join_wait *w, const struct store_join_row *row)
{
    struct cs_err err;
    bool wanted = c->every != EVERY_NO && fits(c, row);
    bool idle = w->cancelled || !wanted || !row->allowed || conn_room_find(c, &w->room);
    bool in_full = c->every == EVERY_IN_FULL || op_join_place(c, &w->room, &err) == CS_OK;
    enum cs_rc rc = CS_OK;

    if (!idle && in_full) {
        from_the_beginning(c, w, row);
        rc = subscribe(c, w, row, &err);
        if (rc == CS_OK)
            return; /* the hub has it */
    } else if (!idle && !listing_add(c, &w->room, row->last_seq)) {
        rc = cs_fail(&err, CS_E_NO_MEMORY);
    }
    if (rc != CS_OK)
        join_failed(c, w, &err);
    else
        op_join_forget(w);
}

void op_join_by_row(struct conn *c, struct join_wait *w, const struct store_join_row *row)
{
    struct cs_err err;

    if (w->quiet) {
        join_quietly(c, w, row);
        return;
    }
    enum cs_rc rc = w->cancelled ? cs_fail_detail(&err, CS_E_CONFLICT, REPLACED)
                                 : may_join(c, w, row, &err);

    if (rc == CS_OK && !w->group) /* while it was asked for, others have been joined */
        rc = op_join_place(c, &w->room, &err);
    if (rc == CS_OK)
        rc = subscribe(c, w, row, &err);
    if (rc != CS_OK)
        join_failed(c, w, &err);
}

void op_join_answered(struct gw *gw, struct join_wait *w, const struct store_join_row *row,
                      const struct cs_err *err)
{
    if (row)
        op_note_epoch(gw, row->epoch);
    struct conn *c = conn_find(gw, w->from); /* after the epoch: it may close connections */
    if (!c) {
        op_join_forget(w);
        return;
    }
    unsigned awaited = w->awaited;
    if (row)
        op_join_by_row(c, w, row);
    else
        join_failed(c, w, err);
    if (awaited) /* it has its position, even when the ring is still being filled */
        conn_awaited(c, awaited);
}

/* From inside the hub: takes notes only. */
void op_joined(struct conn *c, const struct hub_joined *j)
{
    struct join_wait *w = j->ref;
    struct cs_buf *b = fanout_scratch(c->gw);
    struct dialect_joined dj = {
        .room = j->room,
        .epoch = c->gw->epoch,
        .last_seq = j->last_seq,
        .read_seq = w->read_seq,
        .members = w->members,
        .recovered = j->recovered,
        .conn = c,
    };

    events_joined(c, j);
    conn_ack(c, w->ref);
    if (c->dialect && c->dialect->joined) {
        cs_buf_clear(b);
        c->dialect->joined(b, &dj);
        conn_queue(c, cs_buf_view(b));
        watch_joined(c, &j->room, w->members);
    }
    conn_queue(c, w->page);
    if (w->page.len && !j->recovered) /* what came after the page is lost to it */
        conn_close(c, HUB_CLOSE_RESYNC, "resync");
    if (w->group)
        op_group_joined(w->group);
    op_join_forget(w);
}

void op_join_dropped(struct conn *c, void *ref)
{
    struct join_wait *w = ref;
    struct cs_err err;

    if (c->state != CONN_CLOSING && w->ref[0]) {
        (void)cs_fail_detail(&err, CS_E_CONFLICT, REPLACED);
        conn_error(c, w->ref, &err);
    }
    op_join_forget(w);
}
