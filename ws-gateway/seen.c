/* seen.c - see seen.h. */
#include "seen.h"

#include "reader.h"
#include "store_seen.h"

enum { SPACING_MS = 1000 };

struct seen {
    struct gw *gw;
    struct cs_buf users; /* an array under construction */
    size_t n;            /* in it */
    bool in_flight;
    uint64_t told_ms;
};

struct seen *seen_new(struct gw *gw)
{
    struct seen *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->gw = gw;
    cs_buf_init(&s->users, (SEEN_MAX + 1) * (CS_UUID_LEN + 1));
    return s;
}

void seen_free(struct seen *s)
{
    if (!s)
        return;
    cs_buf_release(&s->users);
    free(s);
}

void seen_note(struct seen *s, const struct cs_uuid *user)
{
    if (!s->n)
        cs_array_begin(&s->users);
    if (s->n == SEEN_MAX)
        return;
    cs_array_uuid(&s->users, user);
    s->n++;
}

static void done(void *arg, enum cs_rc rc, const struct cs_rows *rows, const struct cs_err *err)
{
    struct seen *s = arg;

    (void)rc;
    (void)rows;
    (void)err;
    s->in_flight = false;
}

void seen_tick(struct seen *s, uint64_t now_ms)
{
    struct cs_call call;
    struct cs_err err;

    if (!s->n || s->in_flight || (now_ms < s->told_ms + SPACING_MS && !s->gw->drain.on))
        return;
    if (!reader_is_up(s->gw->reader))
        return;
    store_seen_call(&call, &s->gw->arena, &s->users);
    s->in_flight = reader_submit(s->gw->reader, &call, done, s, &err) == CS_OK;
    s->told_ms = now_ms;
    s->n = 0;
    cs_buf_shrink(&s->users, 4096);
}

bool seen_idle(const struct seen *s)
{
    return !s->in_flight && (!s->n || !reader_is_up(s->gw->reader));
}
