/* indexing.c - see indexing.h. */
#include "indexing.h"

#include "reader.h"
#include "store_search.h"

/* One room at a time is some milliseconds, for which a read of the log may have to wait. */
enum { SPACING_MS = 1000, ROOMS = 1 };

struct indexing {
    struct gw *gw;
    bool in_flight;
    uint64_t at_ms; /* not before */
};

struct indexing *indexing_new(struct gw *gw)
{
    struct indexing *x = calloc(1, sizeof *x);

    if (x)
        x->gw = gw;
    return x;
}

void indexing_free(struct indexing *x)
{
    free(x);
}

static void done(void *arg, enum cs_rc rc, const struct cs_rows *rows, const struct cs_err *err)
{
    struct indexing *x = arg;

    (void)err;
    x->in_flight = false;
    if (rc == CS_OK && store_index_read(rows) > 0)
        x->at_ms = 0;
}

void indexing_tick(struct indexing *x, uint64_t now_ms)
{
    struct cs_call call;
    struct cs_err err;

    if (x->in_flight || now_ms < x->at_ms || x->gw->drain.on || !reader_is_up(x->gw->reader))
        return;
    store_index_call(&call, &x->gw->arena, ROOMS);
    x->in_flight = reader_submit(x->gw->reader, &call, done, x, &err) == CS_OK;
    x->at_ms = now_ms + SPACING_MS;
}
