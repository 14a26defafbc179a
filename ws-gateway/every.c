/* every.c - see every.h. */
#include "every.h"

#include "cs_clock.h"
#include "reader.h"

enum { IN_FLIGHT_MAX = 8 };

struct every {
    struct gw *gw;
    struct every_wait *waits, **waits_end; /* noted */
    struct every_wait *asked[IN_FLIGHT_MAX]; /* NULL: free */
};

struct every *every_new(struct gw *gw)
{
    struct every *e = calloc(1, sizeof *e);

    if (!e)
        return NULL;
    e->gw = gw;
    e->waits_end = &e->waits;
    return e;
}

static struct every_wait *pop(struct every *e)
{
    struct every_wait *w = e->waits;

    e->waits = w->next;
    if (!e->waits)
        e->waits_end = &e->waits;
    return w;
}

void every_free(struct every *e)
{
    if (!e)
        return;
    while (e->waits)
        op_every_forget(pop(e));
    for (size_t i = 0; i < IN_FLIGHT_MAX; i++)
        if (e->asked[i])
            op_every_forget(e->asked[i]);
    free(e);
}

void every_ask(struct every *e, struct every_wait *w)
{
    w->every = e;
    w->next = NULL;
    w->born_ms = cs_clock_mono_ms();
    *e->waits_end = w;
    e->waits_end = &w->next;
}

static void note_left(struct every_wait *w, struct conn_ref from, const struct cs_uuid *room)
{
    if (w->from.slot == from.slot && w->from.generation == from.generation)
        cs_buf_add(&w->left, room, sizeof *room);
}

void every_leave(struct every *e, struct conn_ref from, const struct cs_uuid *room)
{
    for (struct every_wait *w = e->waits; w; w = w->next)
        note_left(w, from, room);
    for (size_t i = 0; i < IN_FLIGHT_MAX; i++)
        if (e->asked[i])
            note_left(e->asked[i], from, room);
}

static void done(void *arg, enum cs_rc rc, const struct cs_rows *rows, const struct cs_err *err)
{
    struct every_wait *w = arg;
    struct every *e = w->every;
    struct cs_err no;

    for (size_t i = 0; i < IN_FLIGHT_MAX; i++)
        if (e->asked[i] == w)
            e->asked[i] = NULL;
    if (rc != CS_OK)
        (void)cs_fail_log(&no, CS_E_UNAVAILABLE, "%s", err->log);
    op_every_answered(e->gw, w, rc == CS_OK ? &rows[0] : NULL, &no);
}

/* Not how long ago: the statement may wait behind others. A clock of ours that is ahead of the
 * database's shortens what is heard of the moments before the list, and nothing else. */
static int64_t opened_at(const struct every_wait *w)
{
    return (int64_t)(cs_clock_wall_ms() - (cs_clock_mono_ms() - w->opened_ms)) - 1;
}

static void ask(struct every *e, size_t place)
{
    struct every_wait *w = pop(e);
    struct cs_call call;
    struct cs_err err;

    e->asked[place] = w;
    /* one more than are taken, to know whether there are more */
    store_join_every_call(&call, &e->gw->arena, &w->user, EVERY_ROOMS_MAX + 1, opened_at(w));
    if (reader_submit(e->gw->reader, &call, done, w, &err) != CS_OK)
        done(w, err.rc, NULL, &err);
    cs_arena_reset(&e->gw->arena);
}

void every_pump(struct every *e)
{
    for (size_t i = 0; i < IN_FLIGHT_MAX && e->waits && reader_is_up(e->gw->reader); i++)
        if (!e->asked[i])
            ask(e, i);
}

void every_tick(struct every *e, uint64_t now_ms)
{
    uint64_t patience_ms = (uint64_t)e->gw->cfg.db_deadline_ms;
    struct cs_err err;

    (void)cs_fail(&err, CS_E_UNAVAILABLE);
    while (e->waits && now_ms >= e->waits->born_ms + patience_ms)
        op_every_answered(e->gw, pop(e), NULL, &err);
}
