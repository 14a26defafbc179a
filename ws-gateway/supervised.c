/* supervised.c - see supervised.h. */
#include "supervised.h"

#include "conn.h"
#include "cs_notify.h"
#include "listen.h"
#include "reader.h"

/* What a drain may take beyond the windows that the configuration gives it. */
enum { DRAIN_SPARE_MS = 5000 };

static const char *state_of(const struct gw *gw)
{
    if (gw->drain.stops)
        return "stops";
    if (gw->drain.on)
        return "cut off from the database";
    return listener_ok(gw->listener) ? "hears the database" : "waits for the database";
}

void supervised_tick(struct gw *gw)
{
    static bool heard;
    bool hears = listener_ok(gw->listener) && reader_is_up(gw->reader);

    if (hears != heard)
        cs_notify_soon();
    heard = hears;
    if (cs_notify_wait_ms() == 0)
        cs_notify_turn(hears, "%zu sockets; %s", conns_count(gw->conns), state_of(gw));
}

void supervised_stopping(const struct gw *gw)
{
    cs_notify_stopping((uint64_t)(gw->cfg.drain_ms + gw->cfg.db_deadline_ms) + DRAIN_SPARE_MS);
}
