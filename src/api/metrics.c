/* metrics.c - see metrics.h. */
#include "metrics.h"

#include "cs_clock.h"
#include "cs_log.h"
#include "cs_self.h"
#include "req.h"

enum { US = 1000000, WEIGH_MS = 1000 };

static const char file_name[] = "workers.metrics";

/* --- the table -------------------------------------------------------------------------------- */

_Static_assert(sizeof(struct api_counters) % sizeof(uint64_t) == 0, "nothing but numbers");

static const char *route_value(size_t i)
{
    static char text[METRIC_ROUTES][96];

    if (i > routes_n)
        return NULL;
    if (i == routes_n)
        return "none";
    if (!text[i][0])
        (void)snprintf(text[i], sizeof text[i], "%s %s", method_name(routes[i].method),
                       routes[i].pattern);
    return text[i];
}

static const char *class_value(size_t i)
{
    static const char *const classes[METRIC_CLASSES] = {"1xx", "2xx", "3xx", "4xx", "5xx"};

    return classes[i];
}

static const char *pool_value(size_t i)
{
    static const char *const pools[METRIC_POOLS] = {[POOL_API] = "api", [POOL_AUTH] = "auth"};

    return pools[i];
}

static const char *code_value(size_t i)
{
    return i == CS_OK ? NULL : cs_err_row((enum cs_rc)i)->code;
}

static const char *throttle_value(size_t i)
{
    static const char *const kinds[THROTTLES_] = {
        [THROTTLE_WRITES] = "writes",
        [THROTTLE_LOGINS] = "logins",
        [THROTTLE_HASHES] = "hashes",
        [THROTTLE_SLOW_MODE] = "slow_mode",
    };

    return kinds[i];
}

static const char *page_value(size_t i)
{
    static const char *const sources[PAGES_] = {
        [PAGE_CLIENTS] = "client", /* it has it already */
        [PAGE_REMEMBERED] = "memory",
        [PAGE_READ] = "table",
    };

    return sources[i];
}

static const char *version_value(size_t i)
{
    (void)i;
    return CS_VERSION;
}

static const struct cs_metric_label route_label = {"route", METRIC_ROUTES, route_value};
static const struct cs_metric_label class_label = {"status", METRIC_CLASSES, class_value};
static const struct cs_metric_label pool_label = {"pool", METRIC_POOLS, pool_value};
static const struct cs_metric_label code_label = {"code", CS_E_COUNT_, code_value};
static const struct cs_metric_label throttle_label = {"kind", THROTTLES_, throttle_value};
static const struct cs_metric_label page_label = {"source", PAGES_, page_value};
static const struct cs_metric_label version_label = {"version", 1, version_value};

#define AT(member) .at = offsetof(struct api_counters, member)
#define TIMES .type = CS_HISTOGRAM, .buckets = &cs_times_buckets, .per_unit = US

static const struct cs_metric table[] = {
    {"chatsphere_api_info", "Which version answers.", CS_GAUGE, AT(info),
     .labels = {&version_label}},
    {"chatsphere_api_workers", "Workers that are running, of all pools.", CS_GAUGE, AT(workers),
     .figure = "count"},
    {"chatsphere_api_workers_busy", "Workers that have a request in hand.", CS_GAUGE, AT(busy),
     .figure = "busy"},
    {"chatsphere_api_requests_total", "Requests answered, by route and class of status.",
     CS_COUNTER, AT(requests), .labels = {&route_label, &class_label}, .sparse = true, .figure = "requests"},
    {"chatsphere_api_request_seconds", "From the acceptance of a request until its answer has left.",
     TIMES, AT(request_time), .labels = {&pool_label}, .figure = "requestTime"},
    {"chatsphere_api_database_seconds", "Of that, spent waiting for the database.", TIMES,
     AT(db_time), .labels = {&pool_label}, .figure = "databaseTime"},
    {"chatsphere_api_database_connects_total", "Connections to the database that came to be.",
     CS_COUNTER, AT(db_connects), .figure = "databaseConnects"},
    {"chatsphere_api_messages_posted_total", "Messages committed.", CS_COUNTER, AT(posted),
     .figure = "posted"},
    {"chatsphere_api_retries_total", "Requests that were tried again, the database having gone.",
     CS_COUNTER, AT(retries)},
    {"chatsphere_api_pages_total",
     "Pages of history, by where they were: with the client, in a worker's memory, in the table.",
     CS_COUNTER, AT(pages), .labels = {&page_label}},
    {"chatsphere_api_errors_total", "Requests that were refused or failed, by the code they got.",
     CS_COUNTER, AT(errors), .labels = {&code_label}, .figure = "errors"},
    {"chatsphere_api_throttled_total", "Requests that were told 429, by the limit they ran into.",
     CS_COUNTER, AT(throttled), .labels = {&throttle_label}, .figure = "throttled"},
    {"chatsphere_api_hashes_total", "Password hashes made or verified.", CS_COUNTER, AT(hashes)},
    {"chatsphere_api_hash_wait_seconds", "Waiting for one of the slots for password hashes.", TIMES,
     AT(hash_wait_time)},
    {"chatsphere_api_hashing", "Slots for password hashes in use.", CS_GAUGE, AT(hashing)},
    {"chatsphere_api_hash_waiting", "Requests that wait for a slot for a password hash.", CS_GAUGE,
     AT(hash_waiting)},
    {"chatsphere_api_memory_bytes",
     "Memory of all workers together; what they share is counted for each.", CS_GAUGE,
     AT(memory_bytes), .figure = "memoryBytes"},
};
enum { ROWS = sizeof table / sizeof *table };

void metrics_list(FILE *out)
{
    cs_metrics_list(out, table, ROWS);
}

/* --- the file --------------------------------------------------------------------------------- */

void metrics_open(struct app *app)
{
    struct cs_tally_layout layout = {
        .id = cs_metrics_layout(table, ROWS),
        .counters = offsetof(struct api_counters, busy) / sizeof(uint64_t),
        .numbers = sizeof(struct api_counters) / sizeof(uint64_t),
    };
    char path[1100]; /* RUN_DIR has at most 1024 bytes */
    struct cs_err err;

    (void)snprintf(path, sizeof path, "%s/%s", app->cfg.run_dir, file_name);
    if (cs_tally_open(&app->metrics.tally, path, &layout, &err) != CS_OK)
        cs_log_msg(CS_LOG_WARN, "metrics", "%s", cs_err_detail(&err));
    uint64_t *own = app->metrics.tally.own;
    app->count = own ? (struct api_counters *)(void *)own : &app->metrics.alone;
}

void metrics_close(struct app *app)
{
    if (app->count) /* it has been opened */
        cs_tally_close(&app->metrics.tally);
    app->count = &app->metrics.alone;
}

static bool sum_up(const struct app *app, struct api_counters *sum)
{
    *sum = (struct api_counters){.info = 0};
    if (!app->metrics.tally.own)
        return false;
    sum->workers = cs_tally_sum(&app->metrics.tally, (uint64_t *)(void *)sum);
    sum->info = 1;
    return true;
}

enum cs_rc metrics_print(struct app *app, struct cs_buf *out, struct cs_err *err)
{
    struct api_counters sum;

    if (!sum_up(app, &sum))
        return cs_fail_log(err, CS_E_UNAVAILABLE, "there is no file of counters in RUN_DIR");
    cs_metrics_print(out, table, ROWS, &sum);
    return CS_OK;
}

void metrics_figures(struct app *app, struct cs_jw *w)
{
    struct api_counters sum;

    if (!sum_up(app, &sum)) {
        cs_jw_null(w);
        return;
    }
    cs_jw_obj_begin(w);
    cs_jw_kv_cstr(w, "host", cs_self_host());
    cs_jw_kv_cstr(w, "version", CS_VERSION);
    cs_jw_kv_u64(w, "atMs", cs_clock_mono_ms());
    cs_metrics_figures(w, table, ROWS, &sum);
    cs_jw_obj_end(w);
}

uint64_t metrics_heard_ms(const void *ctx)
{
    const struct app *app = ctx;

    if (!app->metrics.tally.own)
        return 0;
    return cs_tally_largest(&app->metrics.tally,
                            offsetof(struct api_counters, heard_ms) / sizeof(uint64_t));
}

/* --- a request -------------------------------------------------------------------------------- */

struct metrics_mark metrics_begin(struct app *app)
{
    cs_gauge(&app->count->busy, 1);
    return (struct metrics_mark){cs_clock_mono_us(), cs_db_counts(app->db)->waited_us};
}

void metrics_served(struct req *r, const struct metrics_mark *mark)
{
    const struct cs_db_counts *db = cs_db_counts(r->app->db);
    struct api_counters *count = r->app->count;
    size_t route = r->route ? (size_t)(r->route - routes) : routes_n;
    enum pool pool = r->route ? r->route->pool : POOL_API;
    int class = r->resp.status / 100 - 1;

    if (class >= 0 && class < METRIC_CLASSES && route < METRIC_ROUTES)
        cs_count(&count->requests[route][class]);
    cs_times_add(&count->request_time[pool], cs_clock_mono_us() - mark->since_us);
    cs_times_add(&count->db_time[pool], db->waited_us - mark->db_us);
}

static void weigh(struct app *app)
{
    uint64_t now_ms = cs_clock_mono_ms();

    if (app->metrics.weighed_ms && now_ms < app->metrics.weighed_ms + WEIGH_MS)
        return;
    app->metrics.weighed_ms = now_ms;
    cs_gauge(&app->count->memory_bytes, cs_self_memory_bytes());
}

void metrics_end(struct app *app)
{
    uint64_t connects = cs_db_counts(app->db)->connects;

    cs_count_add(&app->count->db_connects, connects - app->metrics.connects);
    app->metrics.connects = connects;
    weigh(app);
    cs_gauge(&app->count->busy, 0);
}
