/* ephemera.c - see ephemera.h. */
#include "ephemera.h"

#include "conn.h"
#include "dialect.h"
#include "fanout.h"
#include "typing.h"
#include "watch.h"

/* What those hear who speak one dialect. */
struct telling {
    const struct dialect *dialect;
    struct cs_uuid about;
    struct cs_str payload;
};

bool ephemera_may_go_to(const struct conn *c)
{
    return c->out.len - c->out_sent <= c->out.max / 2;
}

static void tell(struct conn *c, void *arg)
{
    const struct telling *t = arg;

    if (c->dialect == t->dialect && !cs_uuid_eq(&c->hub.user, &t->about) && ephemera_may_go_to(c))
        conn_queue(c, t->payload);
}

static void tell_hub(struct hub_conn *hub, void *arg)
{
    tell((struct conn *)(void *)((char *)hub - offsetof(struct conn, hub)), arg);
}

void ephemera_read(struct gw *gw, const struct cs_bus_read *read)
{
    for (const struct dialect *const *d = dialects; *d; d++) {
        struct cs_buf *b = fanout_scratch(gw);
        if (!(*d)->read)
            continue;
        (*d)->read(b, read);
        struct telling t = {.dialect = *d, .about = read->user, .payload = cs_buf_view(b)};
        watch_each(gw->watch, &read->room, tell, &t);
    }
}

void ephemera_typing(struct gw *gw, const struct cs_bus_typing *typing, struct cs_str username)
{
    for (const struct dialect *const *d = dialects; *d; d++) {
        struct cs_buf *b = fanout_scratch(gw);
        if (!(*d)->typing)
            continue;
        (*d)->typing(b, typing, username);
        struct telling t = {.dialect = *d, .about = typing->user, .payload = cs_buf_view(b)};
        hub_each(gw->hub, &typing->room, tell_hub, &t);
    }
}

struct heed {
    const struct cs_uuid *about;
    bool found;
};

static void heed(struct hub_conn *hub, void *arg)
{
    struct heed *h = arg;

    h->found = h->found || !cs_uuid_eq(&hub->user, h->about);
}

bool ephemera_heeded(struct gw *gw, const struct cs_uuid *room, const struct cs_uuid *about)
{
    struct heed h = {.about = about};

    hub_each(gw->hub, room, heed, &h);
    return h.found;
}

void ephemera_heard(struct gw *gw, struct cs_str body)
{
    struct cs_bus_read read;
    struct cs_bus_typing typing;
    struct cs_uuid user;

    if (cs_bus_read(body, &read))
        ephemera_read(gw, &read);
    else if (cs_bus_typing(body, &typing))
        typing_heard(gw->typing, &typing);
    else if (cs_bus_presence(body, &user))
        watch_changed(gw->watch, &user, false);
}
