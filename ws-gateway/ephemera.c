/* ephemera.c - see ephemera.h. */
#include "ephemera.h"

#include "conn.h"
#include "cs_bus.h"
#include "dialect.h"
#include "fanout.h"

/* What those hear who speak one dialect. */
struct telling {
    const struct dialect *dialect;
    struct cs_uuid about; /* not he himself: his devices have his own log */
    struct cs_str payload;
};

static bool is_half_full(const struct conn *c)
{
    return c->out.len - c->out_sent > c->out.max / 2;
}

static void tell(struct hub_conn *hub, void *arg)
{
    struct conn *c = (struct conn *)(void *)((char *)hub - offsetof(struct conn, hub));
    const struct telling *t = arg;

    if (c->dialect == t->dialect && !cs_uuid_eq(&hub->user, &t->about) && !is_half_full(c))
        conn_queue(c, t->payload);
}

void ephemera_heard(struct gw *gw, struct cs_str body)
{
    struct cs_bus_read read;

    if (!cs_bus_read(body, &read))
        return;
    for (size_t i = 0; dialects[i]; i++) {
        struct cs_buf *b = fanout_scratch(gw);
        struct telling t = {.dialect = dialects[i], .about = read.user};
        if (!t.dialect->read)
            continue;
        t.dialect->read(b, &read);
        t.payload = cs_buf_view(b);
        hub_each(gw->hub, &read.room, tell, &t);
    }
}
