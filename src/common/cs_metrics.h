/* cs_metrics.h - a table of metrics over plain numbers, printed for Prometheus (text format 0.0.4).
 *
 * A program counts into a struct that holds nothing but uint64_t, arrays of them and the histograms
 * below; an increment costs an increment. Each row of its table names a place in that struct, so a
 * metric more is a member and a row. Names, help and labels are constants of ours: nothing that a
 * client typed is ever a label.
 */
#ifndef CS_METRICS_H
#define CS_METRICS_H

#include "cs_jsonw.h"
#include "cs_str.h"

#include <stdio.h>

#define CS_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum cs_metric_type { CS_COUNTER, CS_GAUGE, CS_HISTOGRAM };

/* A dimension of a metric: numbers for the values 0 … n-1 stand side by side. */
struct cs_metric_label {
    const char *name;
    size_t n;
    const char *(*value)(size_t i); /* NULL: there is none, it is not printed */
};

/* Upper bounds, each included, ascending; above the last is +Inf. */
struct cs_buckets {
    const uint64_t *bounds;
    size_t n;
};

enum { CS_METRIC_LABELS = 2 };

struct cs_metric {
    const char *name, *help; /* help: one line, without a backslash */
    enum cs_metric_type type;
    size_t at; /* offset in bytes of its first number */
    const struct cs_metric_label *labels[CS_METRIC_LABELS]; /* the last one's values are adjacent */
    const struct cs_buckets *buckets;
    uint64_t per_unit; /* 1000000: counted in microseconds, shown in seconds; 0: as it is */
    bool sparse;       /* what is 0 is not printed: most of its series never come to be */
    const char *figure; /* its name among the figures; NULL: it is none of them */
};

/* --- counting --------------------------------------------------------------------------------- */

/* One thread writes a number; others, and other processes, may read it meanwhile. */
static inline void cs_count_add(uint64_t *at, uint64_t n)
{
    __atomic_store_n(at, __atomic_load_n(at, __ATOMIC_RELAXED) + n, __ATOMIC_RELAXED);
}

static inline void cs_count(uint64_t *at)
{
    cs_count_add(at, 1);
}

static inline void cs_gauge(uint64_t *at, uint64_t value)
{
    __atomic_store_n(at, value, __ATOMIC_RELAXED);
}

enum { CS_TIMES = 16, CS_SIZES = 8 };

/* Durations in microseconds, 100 us to 10 s; sizes, 1 to 128. A histogram is its buckets, not yet
 * summed up, and the sum of what was seen. */
struct cs_times {
    uint64_t in[CS_TIMES + 1], sum;
};
struct cs_sizes {
    uint64_t in[CS_SIZES + 1], sum;
};
extern const struct cs_buckets cs_times_buckets, cs_sizes_buckets;

void cs_times_add(struct cs_times *h, uint64_t us);
void cs_times_add_n(struct cs_times *h, uint64_t us, uint64_t n); /* n took so long each */
void cs_sizes_add(struct cs_sizes *h, uint64_t size);

/* --- printing --------------------------------------------------------------------------------- */

/* Every metric of the table, from the struct that `numbers` points to. */
void cs_metrics_print(struct cs_buf *out, const struct cs_metric *table, size_t n,
                      const void *numbers);

/* Those that are figures, into an open object: a few numbers for people. In the unit that is counted in;
 * summed up over all labels but the last, of which the values that are not 0 stand under their names; a
 * histogram, over all of them, as {"in":[in each bucket, and above],"sum":n}. */
void cs_metrics_figures(struct cs_jw *w, const struct cs_metric *table, size_t n,
                        const void *numbers);

/* One line a metric: name, type, labels, help, between tabs (--list-metrics). */
void cs_metrics_list(FILE *out, const struct cs_metric *table, size_t n);

/* Differs between tables whose numbers do not mean the same at the same places. */
uint64_t cs_metrics_layout(const struct cs_metric *table, size_t n);

#endif
