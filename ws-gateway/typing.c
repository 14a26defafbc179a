/* typing.c - see typing.h. What comes from elsewhere waits for the name, if that is not known: one
 * question at a time, and what gathers meanwhile is the next. Both are bounded; what does not fit is
 * lost, as anything that waits longer than it is worth telling. */
#include "typing.h"

#include "bell.h"
#include "cs_clock.h"
#include "ephemera.h"
#include "reader.h"
#include "store_name.h"

enum {
    KNOWN_SLOTS = 256,   /* a name has one place, found by its user's id */
    KNOWN_MS = 60 * 1000, /* then somebody may be called otherwise */
    WAITING_MAX = 128,
    STALE_MS = 2 * TYPING_SPACING_MS,
};

struct known {
    struct cs_uuid user;
    uint64_t at_ms; /* 0: empty */
    char name[CONN_NAME_MAX + 1];
};

struct waiting {
    struct cs_bus_typing what;
    uint64_t at_ms;
};

struct typing {
    struct gw *gw;
    struct known known[KNOWN_SLOTS];
    struct waiting waiting[WAITING_MAX];
    size_t nwaiting, nasked; /* the first of them are in the question that is on its way */
    struct cs_buf users; /* an array under construction */
};

struct typing *typing_new(struct gw *gw)
{
    struct typing *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->gw = gw;
    cs_buf_init(&t->users, (WAITING_MAX + 1) * (CS_UUID_LEN + 1));
    return t;
}

void typing_free(struct typing *t)
{
    if (!t)
        return;
    cs_buf_release(&t->users);
    free(t);
}

/* --- here ------------------------------------------------------------------------------------- */

struct last_told {
    const struct cs_uuid *room;
    uint64_t at_ms;
};

static void find_last(struct conn *c, void *arg)
{
    struct last_told *last = arg;
    const struct conn_room *r = conn_room_find(c, last->room);

    if (r && r->typed_ms > last->at_ms)
        last->at_ms = r->typed_ms;
}

/* False: he has been told of within the time, by this socket or another of his. */
static bool is_due(struct conn *c, const struct cs_uuid *room, uint64_t now_ms)
{
    struct last_told last = {.room = room};

    conns_of_user_each(c->gw, &c->hub.user, find_last, &last);
    return !last.at_ms || now_ms >= last.at_ms + TYPING_SPACING_MS;
}

void typing_here(struct conn *c, const struct cs_uuid *room)
{
    struct cs_bus_typing what = {.room = *room, .user = c->hub.user};
    uint64_t now_ms = cs_clock_mono_ms();
    struct cs_buf body;

    if (!is_due(c, room, now_ms))
        return;
    conn_room_find(c, room)->typed_ms = now_ms;
    ephemera_typing(c->gw, &what, cs_str_c(c->username));
    cs_buf_init(&body, CS_BUS_BODY_MAX);
    cs_bus_put_typing(&body, &what);
    bell_tell(c->gw->bell, cs_buf_view(&body), body.len);
    cs_buf_release(&body);
}

/* --- elsewhere -------------------------------------------------------------------------------- */

static struct known *place_of(struct typing *t, const struct cs_uuid *user)
{
    return &t->known[cs_uuid_hash(user) % KNOWN_SLOTS];
}

static bool is_known(const struct known *k, const struct cs_uuid *user, uint64_t now_ms)
{
    return k->at_ms && cs_uuid_eq(&k->user, user) && now_ms < k->at_ms + KNOWN_MS;
}

static void remember(struct typing *t, const struct store_name *named, uint64_t now_ms)
{
    struct known *k = place_of(t, &named->user);

    k->user = named->user;
    k->at_ms = now_ms;
    (void)snprintf(k->name, sizeof k->name, CS_STR_FMT, CS_STR_ARG(named->name));
}

/* Tells of this user in all rooms that wait for his name. */
static void tell_waiting(struct typing *t, const struct store_name *named, uint64_t now_ms)
{
    for (size_t i = 0; i < t->nwaiting; i++) {
        struct waiting *w = &t->waiting[i];
        if (cs_uuid_eq(&w->what.user, &named->user) && now_ms < w->at_ms + STALE_MS)
            ephemera_typing(t->gw, &w->what, named->name);
    }
}

static void ask(struct typing *t);

static void done(void *arg, enum cs_rc rc, const struct cs_rows *rows, const struct cs_err *err)
{
    struct typing *t = arg;
    uint64_t now_ms = cs_clock_mono_ms();
    struct store_name named;

    (void)err; /* then nobody hears of it */
    for (int i = 0; rc == CS_OK && i < cs_rows_count(&rows[0]); i++) {
        store_name_read(&rows[0], i, &named);
        remember(t, &named, now_ms);
        tell_waiting(t, &named, now_ms);
    }
    t->nwaiting -= t->nasked;
    memmove(t->waiting, t->waiting + t->nasked, t->nwaiting * sizeof *t->waiting);
    t->nasked = 0;
    ask(t);
}

static void ask(struct typing *t)
{
    struct cs_call call;
    struct cs_err err;

    if (t->nasked || !t->nwaiting)
        return;
    cs_array_begin(&t->users);
    for (size_t i = 0; i < t->nwaiting; i++)
        cs_array_uuid(&t->users, &t->waiting[i].what.user);
    store_names_call(&call, &t->gw->arena, &t->users);
    if (reader_submit(t->gw->reader, &call, done, t, &err) == CS_OK)
        t->nasked = t->nwaiting;
    else
        t->nwaiting = 0;
}

void typing_heard(struct typing *t, const struct cs_bus_typing *what)
{
    uint64_t now_ms = cs_clock_mono_ms();
    const struct known *k = place_of(t, &what->user);

    if (!ephemera_heeded(t->gw, &what->room, &what->user))
        return;
    if (is_known(k, &what->user, now_ms)) {
        ephemera_typing(t->gw, what, cs_str_c(k->name));
        return;
    }
    if (t->nwaiting == WAITING_MAX)
        return;
    t->waiting[t->nwaiting++] = (struct waiting){.what = *what, .at_ms = now_ms};
    ask(t);
}
