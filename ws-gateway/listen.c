/* listen.c - see listen.h. */
#include "listen.h"

#include "bell.h"
#include "conn.h"
#include "cs_bus.h"
#include "cs_clock.h"
#include "ephemera.h"
#include "gwdb.h"
#include "listing.h"
#include "userlog.h"

enum { SELF_BELL_MS = 5000, SILENCE_MS = 10000 };

struct listener {
    struct gw *gw;
    struct gwdb db;
    bool listening;
    uint64_t heard_ms, rang_ms, count;
};

static const struct cs_stmt listen_stmt = {
    .name = "listen",
    .sql = "LISTEN chatsphere",
};
static const struct cs_stmt *const listener_stmts[] = {&listen_stmt, NULL};

static void missed_some(struct gw *gw)
{
    hub_poll_all(gw->hub);
    listing_poll_all(gw->listing);
    userlog_poll_all(gw->userlog);
}

static void listening(void *arg, enum cs_rc rc, const struct cs_rows *rows,
                      const struct cs_err *err)
{
    struct listener *ln = arg;

    (void)rows;
    (void)err;
    ln->listening = rc == CS_OK;
    if (ln->listening)
        missed_some(ln->gw);
    else
        ln->heard_ms = 0; /* the next tick connects anew */
}

static void listener_up(void *owner)
{
    struct listener *ln = owner;
    struct cs_call call;
    struct cs_err err;

    ln->listening = false;
    ln->heard_ms = cs_clock_mono_ms();
    cs_call_init(&call, &listen_stmt, &ln->gw->arena);
    if (cs_dbc_submit(ln->db.c, &call, 1, listening, ln, &err) != CS_OK)
        ln->heard_ms = 0;
}

/* `own`: what follows is of this gateway, which has told its sockets itself. */
static void take(struct gw *gw, const struct cs_bus_entry *e, bool *own)
{
    switch (e->kind) {
    case CS_BUS_ROOM:
        hub_reached(gw->hub, &e->id, e->seq);
        listing_reached(gw->listing, &e->id, e->seq);
        break;
    case CS_BUS_USER:
        userlog_reached(gw->userlog, &e->id, e->seq);
        break;
    case CS_BUS_REVOKED:
        conns_revoke(gw, &e->id);
        break;
    case CS_BUS_EPHEMERA:
        if (!*own)
            ephemera_heard(gw, e->body);
        break;
    case CS_BUS_SELF:
        *own = cs_uuid_eq(&e->id, &gw->id);
        break;
    }
}

static void heard(void *owner, struct cs_str payload)
{
    struct listener *ln = owner;
    struct cs_bus_entry e;
    bool own = false;

    ln->heard_ms = cs_clock_mono_ms();
    ln->gw->count.bells_heard++;
    while (cs_bus_next(&payload, &e))
        take(ln->gw, &e, &own);
}

struct listener *listener_new(struct gw *gw)
{
    struct listener *ln = calloc(1, sizeof *ln);

    if (!ln)
        return NULL;
    ln->gw = gw;
    ln->db = (struct gwdb){.up = listener_up, .notify = heard, .owner = ln};
    if (!gwdb_init(&ln->db, gw, "listener", listener_stmts)) {
        listener_free(ln);
        return NULL;
    }
    return ln;
}

void listener_free(struct listener *ln)
{
    if (!ln)
        return;
    gwdb_release(&ln->db);
    free(ln);
}

bool listener_ok(const struct listener *ln)
{
    return ln->listening && cs_dbc_up(ln->db.c);
}

void listener_tick(struct listener *ln, uint64_t now_ms)
{
    cs_dbc_tick(ln->db.c, now_ms);
    if (!cs_dbc_up(ln->db.c))
        return;
    if (now_ms >= ln->heard_ms + SILENCE_MS) {
        ln->listening = false;
        cs_dbc_reconnect(ln->db.c, "the listener has heard nothing for too long");
    } else if (now_ms >= ln->rang_ms + SELF_BELL_MS) {
        ln->rang_ms = now_ms;
        bell_ring_self(ln->gw->bell, ++ln->count);
    }
}
