/* metrics.h - what the workers count. All of a machine count together, in a file in RUN_DIR
 * (cs_tally.h), and any of them prints the sum at GET /metrics.
 *
 * A new metric is a member here and a row in metrics.c.
 */
#ifndef METRICS_H
#define METRICS_H

#include "cs_err.h"
#include "cs_metrics.h"
#include "cs_tally.h"

struct app;
struct req;

enum {
    METRIC_ROUTES = 192, /* room for the table of routes, and one for what matched none of them */
    METRIC_CLASSES = 5,  /* 1xx to 5xx */
    METRIC_POOLS = 2,
};

/* Why a request was told 429. */
enum throttle { THROTTLE_WRITES, THROTTLE_LOGINS, THROTTLE_HASHES, THROTTLE_SLOW_MODE, THROTTLES_ };

/* What a page of history came from. */
enum page_source { PAGE_CLIENTS, PAGE_REMEMBERED, PAGE_READ, PAGES_ };

struct api_counters {
    uint64_t requests[METRIC_ROUTES][METRIC_CLASSES];
    struct cs_times request_time[METRIC_POOLS], db_time[METRIC_POOLS];
    uint64_t db_connects, posted;
    uint64_t errors[CS_E_COUNT_];
    uint64_t throttled[THROTTLES_];
    uint64_t pages[PAGES_];
    uint64_t retries;
    struct cs_times hash_wait_time;
    uint64_t hashes;
    /* gauges: from `busy` on */
    uint64_t busy, hashing, hash_waiting, memory_bytes;
    uint64_t heard_ms; /* shown nowhere: cs_db_conf */
    /* known when it is printed */
    uint64_t workers, info;
};

struct metrics {
    struct cs_tally tally;
    struct api_counters alone; /* counts when there is no file */
    uint64_t connects;         /* of the database, counted already */
    uint64_t weighed_ms;       /* when it looked at its memory */
};

/* Opens the file. When that fails the worker goes on, unseen: a warning in the log, and its /metrics
 * is 503. */
void metrics_open(struct app *app);
void metrics_close(struct app *app);

/* When any worker last heard from the database; ctx: the app (struct cs_db_conf). */
uint64_t metrics_heard_ms(const void *ctx);

struct metrics_mark {
    uint64_t since_us, db_us;
};

/* A request has come. */
struct metrics_mark metrics_begin(struct app *app);
/* Its answer has left. */
void metrics_served(struct req *r, const struct metrics_mark *mark);
/* And what waited for that is done. */
void metrics_end(struct app *app);

/* The text. CS_E_UNAVAILABLE: there is no file. */
enum cs_rc metrics_print(struct app *app, struct cs_buf *out, struct cs_err *err) CS_MUST_CHECK;

/* The figures of this machine's workers, as an object; null: there is no file. */
void metrics_figures(struct app *app, struct cs_jw *w);

void metrics_list(FILE *out); /* --list-metrics */

#endif
