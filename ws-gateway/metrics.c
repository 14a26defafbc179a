/* metrics.c - see metrics.h. */
#include "metrics.h"

#include "conn.h"
#include "cs_clock.h"
#include "cs_self.h"
#include "dialect.h"
#include "lane.h"
#include "listen.h"
#include "listing.h"
#include "op.h"

enum { US = 1000000 };

/* All that the table reaches. */
struct numbers {
    struct gw_counters count;
    struct hub_counters hub;
    struct gw_now now;
};
_Static_assert(sizeof(struct numbers) % sizeof(uint64_t) == 0, "nothing but numbers");

/* --- labels ----------------------------------------------------------------------------------- */

static const struct {
    int code;
    const char *text;
} closes[] = {
    {0, "client"},  {1001, "1001"}, {1002, "1002"}, {1003, "1003"}, {1007, "1007"},
    {1008, "1008"}, {1009, "1009"}, {1011, "1011"}, {1012, "1012"}, {1013, "1013"},
    {4003, "4003"}, {4008, "4008"}, {4009, "4009"}, {4010, "4010"}, {4401, "4401"},
    {-1, "other"},
};
#define N_CLOSES (sizeof closes / sizeof *closes)
_Static_assert(N_CLOSES <= GW_CLOSES, "metrics.h has no room for them");

void gw_count_closed(struct gw_counters *count, int code)
{
    size_t i = 0;

    while (i < N_CLOSES - 1 && closes[i].code != code)
        i++;
    count->closed[i]++;
}

static const char *close_value(size_t i)
{
    return i < N_CLOSES ? closes[i].text : NULL;
}

static const char *op_value(size_t i)
{
    return i == GW_OPS - 1 ? "unknown" : op_name(i);
}

static size_t index_of(const struct dialect *d)
{
    size_t i = 0;

    while (dialects[i] && dialects[i] != d)
        i++;
    return d && i < GW_DIALECTS ? i : GW_DIALECTS - 1;
}

static const char *dialect_value(size_t i)
{
    if (i == GW_DIALECTS - 1)
        return "undecided";
    for (size_t at = 0; dialects[at]; at++)
        if (at == i)
            return dialects[at]->name;
    return NULL;
}

static const char *code_value(size_t i)
{
    return i == CS_OK ? NULL : cs_err_row((enum cs_rc)i)->code;
}

/* In the order of struct gw_counters. */
static const char *auth_value(size_t i)
{
    static const char *const outcomes[] = {"accepted", "refused", "failed"};

    return outcomes[i];
}

/* The outcomes of joins that resume stand in this order in struct hub_counters. */
static const char *resume_value(size_t i)
{
    static const char *const outcomes[] = {"ring", "table", "not_recovered"};

    return outcomes[i];
}

static const char *recovered_value(size_t i)
{
    return i ? "yes" : "no";
}

static const char *version_value(size_t i)
{
    (void)i;
    return CS_VERSION;
}

static const struct cs_metric_label close_label = {"code", GW_CLOSES, close_value};
static const struct cs_metric_label op_label = {"operation", GW_OPS, op_value};
static const struct cs_metric_label dialect_label = {"dialect", GW_DIALECTS, dialect_value};
static const struct cs_metric_label code_label = {"code", CS_E_COUNT_, code_value};
static const struct cs_metric_label auth_label = {"outcome", 3, auth_value};
static const struct cs_metric_label resume_label = {"outcome", 3, resume_value};
static const struct cs_metric_label recovered_label = {"recovered", 2, recovered_value};
static const struct cs_metric_label version_label = {"version", 1, version_value};

/* --- the table -------------------------------------------------------------------------------- */

#define AT(member) .at = offsetof(struct numbers, member)
#define TIMES .type = CS_HISTOGRAM, .buckets = &cs_times_buckets, .per_unit = US
#define SIZES .type = CS_HISTOGRAM, .buckets = &cs_sizes_buckets

static const struct cs_metric table[] = {
    {"chatsphere_gateway_info", "Which version answers.", CS_GAUGE, AT(now.info),
     .labels = {&version_label}},
    {"chatsphere_gateway_draining", "1: it sends its sockets away and takes no more.", CS_GAUGE,
     AT(now.draining), .figure = "draining"},
    {"chatsphere_gateway_memory_bytes", "Memory that it holds.", CS_GAUGE, AT(now.memory_bytes),
     .figure = "memoryBytes"},

    /* sockets */
    {"chatsphere_gateway_connections", "Sockets that are open, by dialect.", CS_GAUGE,
     AT(now.connections), .labels = {&dialect_label}, .figure = "sockets"},
    {"chatsphere_gateway_connections_authenticated", "Of these, with a credential that is good.",
     CS_GAUGE, AT(now.authenticated), .figure = "authenticated"},
    {"chatsphere_gateway_handshakes_refused_total", "Sockets that were not opened, by code.",
     CS_COUNTER, AT(count.refused), .labels = {&code_label}, .sparse = true},
    {"chatsphere_gateway_connections_opened_total", "Sockets that were opened.", CS_COUNTER,
     AT(count.opened)},
    {"chatsphere_gateway_connections_closed_total",
     "Sockets that are gone, by the code they were closed with; client: not by us.", CS_COUNTER,
     AT(count.closed), .labels = {&close_label}},
    {"chatsphere_gateway_authentications_total",
     "Credentials that were looked at; failed: the database could not be asked.", CS_COUNTER,
     AT(count.auths), .labels = {&auth_label}},
    {"chatsphere_gateway_received_frames_total", "Frames of clients, by operation.", CS_COUNTER,
     AT(count.frames_in), .labels = {&op_label}},
    {"chatsphere_gateway_received_bytes_total", "Payload of these.", CS_COUNTER,
     AT(count.bytes_in)},
    {"chatsphere_gateway_sent_frames_total", "Frames written to sockets.", CS_COUNTER,
     AT(count.frames_out)},
    {"chatsphere_gateway_sent_bytes_total", "Payload of these.", CS_COUNTER, AT(count.bytes_out)},
    {"chatsphere_gateway_errors_total", "Errors that clients were told, by code.", CS_COUNTER,
     AT(count.errors), .labels = {&code_label}, .figure = "errors"},
    {"chatsphere_gateway_queued_bytes", "Acks, errors and the like that wait for slow sockets.",
     CS_GAUGE, AT(now.queued_bytes)},
    {"chatsphere_gateway_held_bytes", "Frames of clients that wait for their authentication.",
     CS_GAUGE, AT(now.held_bytes)},

    /* messages */
    {"chatsphere_gateway_messages_posted_total", "Messages committed.", CS_COUNTER,
     AT(count.posted), .figure = "posted"},
    {"chatsphere_gateway_messages_repeated_total", "Messages that had been committed before.",
     CS_COUNTER, AT(count.reposted)},
    {"chatsphere_gateway_messages_changed_total",
     "Edits, deletions and reactions committed.", CS_COUNTER, AT(count.changed)},
    {"chatsphere_gateway_messages_waiting", "Messages and changes that wait for the database, or in it.",
     CS_GAUGE, AT(now.waiting_posts), .figure = "waiting"},
    {"chatsphere_gateway_batch_messages", "Messages, or changes of them, written by one transaction.", SIZES,
     AT(count.batch_size)},
    {"chatsphere_gateway_commit_seconds", "From sending a batch until its commit is known.", TIMES,
     AT(count.commit_time), .figure = "commitTime"},
    {"chatsphere_gateway_deliveries_total", "Events times the sockets that they were written to.",
     CS_COUNTER, AT(hub.deliveries), .figure = "deliveries"},
    {"chatsphere_gateway_delivery_seconds",
     "From the commit of an event, or its arrival from the log, until a socket took it.", TIMES,
     AT(count.delivery_time), .figure = "deliveryTime"},

    {"chatsphere_gateway_activities_total", "Times that a socket was told that a listed room moved.",
     CS_COUNTER, AT(count.activities)},
    {"chatsphere_gateway_user_events_total", "Events of a user's own log, told to a socket.",
     CS_COUNTER, AT(count.user_events)},

    /* rooms */
    {"chatsphere_gateway_rooms", "Rooms that somebody here hears, or did a moment ago.", CS_GAUGE,
     AT(hub.rooms), .figure = "rooms"},
    {"chatsphere_gateway_subscriptions", "Sockets times the rooms that they hear.", CS_GAUGE,
     AT(hub.subs), .figure = "subscriptions"},
    {"chatsphere_gateway_listings", "Sockets times the rooms that they only list.", CS_GAUGE,
     AT(now.listings)},
    {"chatsphere_gateway_ring_bytes", "Recent events of these rooms, in memory.", CS_GAUGE,
     AT(hub.ring_bytes)},
    {"chatsphere_gateway_ring_events", "How many they are.", CS_GAUGE, AT(hub.ring_events)},
    {"chatsphere_gateway_events_total", "Events taken into rings.", CS_COUNTER, AT(hub.events)},
    {"chatsphere_gateway_events_own_total", "Of these, committed here and not read from the log.",
     CS_COUNTER, AT(hub.offers_taken)},
    {"chatsphere_gateway_joins_total", "Joins of rooms.", CS_COUNTER, AT(hub.joins)},
    {"chatsphere_gateway_resumes_total",
     "Of these, from a position on, by where what was missed came from.", CS_COUNTER,
     AT(hub.joins_from_ring), .labels = {&resume_label}},
    {"chatsphere_gateway_fetches_total", "Times that a room's log was read on.", CS_COUNTER,
     AT(hub.fetches)},
    {"chatsphere_gateway_fetch_failures_total", "Times that it could not be, or not yet.", CS_COUNTER,
     AT(hub.fetch_failures)},
    {"chatsphere_gateway_gaps_total", "Holes in a room's log: all who hear it start again.",
     CS_COUNTER, AT(hub.gaps)},

    /* users */
    {"chatsphere_gateway_user_resumes_total", "Sockets that said how far they had heard theirs.",
     CS_COUNTER, AT(count.user_resumes), .labels = {&recovered_label}},
    {"chatsphere_gateway_polled_users_total", "Users whose log was compared with the table.",
     CS_COUNTER, AT(count.users_polled)},
    {"chatsphere_gateway_polled_users_found_total", "Of these, further than any bell had said.",
     CS_COUNTER, AT(count.users_found)},

    /* between gateways, and the database */
    {"chatsphere_gateway_bells_sent_total", "Notifications sent.", CS_COUNTER,
     AT(count.bells_sent)},
    {"chatsphere_gateway_bell_entries_total", "What was to be told by them.", CS_COUNTER,
     AT(count.rings)},
    {"chatsphere_gateway_bell_entries_merged_total", "Of these, told by a later one.", CS_COUNTER,
     AT(count.rings_merged)},
    {"chatsphere_gateway_bell_entries_dropped_total", "Of these, left to the poll.", CS_COUNTER,
     AT(count.rings_dropped)},
    {"chatsphere_gateway_bells_received_total", "Notifications received.", CS_COUNTER,
     AT(count.bells_heard)},
    {"chatsphere_gateway_bells_arrive", "1: it listens; 0: it lives by the poll.", CS_GAUGE,
     AT(now.listening), .figure = "listening"},
    {"chatsphere_gateway_polled_rooms_total", "Rooms that were compared with the table.",
     CS_COUNTER, AT(count.rooms_polled)},
    {"chatsphere_gateway_polled_rooms_found_total", "Of these, further than any bell had said.",
     CS_COUNTER, AT(hub.polls_found)},
    {"chatsphere_gateway_database_connects_total", "Connections to the database that came to be.",
     CS_COUNTER, AT(count.db_connects), .figure = "databaseConnects"},
    {"chatsphere_gateway_database_losses_total", "Connections to the database that were lost.",
     CS_COUNTER, AT(count.db_losses), .figure = "databaseLosses"},
};
enum { ROWS = sizeof table / sizeof *table };

void gw_metrics_list(FILE *out)
{
    cs_metrics_list(out, table, ROWS);
}

/* --- printing --------------------------------------------------------------------------------- */

static void look_at(struct conn *c, void *arg)
{
    struct gw_now *now = arg;

    now->connections[index_of(c->dialect)]++;
    now->authenticated += c->state == CONN_READY;
    now->queued_bytes += c->out.len - c->out_sent;
    now->held_bytes += c->held.len;
}

static struct numbers look(struct gw *gw)
{
    struct numbers n = {.count = gw->count, .hub = *hub_counters(gw->hub)};

    conns_each(gw, look_at, &n.now);
    n.now.waiting_posts = lanes_waiting(gw->lanes);
    n.now.listings = listing_count(gw->listing);
    n.now.listening = listener_ok(gw->listener);
    n.now.draining = gw->drain.on;
    n.now.memory_bytes = cs_self_memory_bytes();
    n.now.info = 1;
    return n;
}

void gw_metrics_print(struct gw *gw, struct cs_buf *out)
{
    struct numbers n = look(gw);

    cs_metrics_print(out, table, ROWS, &n);
}

void gw_metrics_figures(struct gw *gw, struct cs_buf *out)
{
    struct numbers n = look(gw);
    struct cs_jw w = cs_jw_on(out);

    cs_jw_obj_begin(&w);
    cs_jw_kv_cstr(&w, "host", cs_self_host());
    cs_jw_kv_cstr(&w, "listen", gw->cfg.gateway_listen);
    cs_jw_kv_cstr(&w, "version", CS_VERSION);
    cs_jw_kv_u64(&w, "atMs", cs_clock_mono_ms());
    cs_metrics_figures(&w, table, ROWS, &n);
    cs_jw_obj_end(&w);
}
