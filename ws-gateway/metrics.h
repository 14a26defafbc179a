/* metrics.h - what the gateway counts, printed at GET /metrics for whoever asks on this machine.
 *
 * Whoever has something to count adds a member here, a row in metrics.c, and says
 * gw->count.member++ where it happens: one thread, plain numbers.
 */
#ifndef METRICS_H
#define METRICS_H

#include "cs_err.h"
#include "cs_metrics.h"
#include "hub.h"

struct gw;

/* Room for the tables; the last number is for what is in none. */
enum { GW_OPS = 64, GW_DIALECTS = 12, GW_CLOSES = 24 };

struct gw_counters {
    uint64_t refused[CS_E_COUNT_], opened;
    uint64_t closed[GW_CLOSES];
    uint64_t frames_in[GW_OPS], bytes_in;
    uint64_t frames_out, bytes_out;
    uint64_t errors[CS_E_COUNT_];
    uint64_t auths, auths_refused, auths_failed; /* in this order in metrics.c */
    uint64_t user_events, activities;
    uint64_t posted, reposted, changed;
    struct cs_sizes batch_size;
    struct cs_times commit_time, delivery_time;
    uint64_t bells_sent, rings, rings_merged, rings_dropped, bells_heard;
    uint64_t rooms_polled;
    uint64_t user_resumes[2]; /* not recovered, recovered */
    uint64_t users_polled, users_found;
    uint64_t db_connects, db_losses;
};

/* How things are; looked up when they are printed. */
struct gw_now {
    uint64_t connections[GW_DIALECTS];
    uint64_t authenticated, queued_bytes, held_bytes, waiting_posts;
    uint64_t listings, listening, draining, memory_bytes, info;
};

/* A socket is gone; 0: the client went without being told to. */
void gw_count_closed(struct gw_counters *count, int code);

void gw_metrics_print(struct gw *gw, struct cs_buf *out);

/* The figures, as an object: what the beat carries (presence.c). */
void gw_metrics_figures(struct gw *gw, struct cs_buf *out);

void gw_metrics_list(FILE *out); /* --list-metrics */

#endif
