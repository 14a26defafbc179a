/* cs_metrics.c - see cs_metrics.h; the format: prometheus.io, "Exposition formats". */
#include "cs_metrics.h"

#include "cs_hash.h"

static const uint64_t times_us[CS_TIMES] = {
    100,   250,    500,    1000,   2500,    5000,    10000,   25000,
    50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000,
};
static const uint64_t sizes[CS_SIZES] = {1, 2, 4, 8, 16, 32, 64, 128};

const struct cs_buckets cs_times_buckets = {times_us, CS_TIMES};
const struct cs_buckets cs_sizes_buckets = {sizes, CS_SIZES};

static size_t bucket_of(const struct cs_buckets *b, uint64_t value)
{
    size_t i = 0;

    while (i < b->n && value > b->bounds[i])
        i++;
    return i;
}

void cs_times_add(struct cs_times *h, uint64_t us)
{
    cs_times_add_n(h, us, 1);
}

void cs_times_add_n(struct cs_times *h, uint64_t us, uint64_t n)
{
    cs_count_add(&h->in[bucket_of(&cs_times_buckets, us)], n);
    cs_count_add(&h->sum, us * n);
}

void cs_sizes_add(struct cs_sizes *h, uint64_t size)
{
    cs_count(&h->in[bucket_of(&cs_sizes_buckets, size)]);
    cs_count_add(&h->sum, size);
}

/* --- samples ---------------------------------------------------------------------------------- */

static const char *const type_names[] = {"counter", "gauge", "histogram"};

/* What is being printed: a metric, the values of its labels, its numbers. */
struct series {
    struct cs_buf *out;
    const struct cs_metric *metric;
    const char *values[CS_METRIC_LABELS];
    const uint64_t *numbers;
};

/* Exact, in units that are powers of ten: 250 of 1000000 is 0.00025. */
static void put_number(struct cs_buf *b, uint64_t value, uint64_t per_unit)
{
    uint64_t digit = per_unit ? per_unit / 10 : 0, rest = digit ? value % per_unit : 0;

    cs_buf_u64(b, digit ? value / per_unit : value);
    if (rest)
        cs_buf_putc(b, '.');
    for (; rest; digit /= 10) {
        cs_buf_putc(b, (char)('0' + rest / digit));
        rest %= digit;
    }
}

static void put_label(struct cs_buf *b, char before, const char *name, const char *value)
{
    cs_buf_printf(b, "%c%s=\"", before, name);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            cs_buf_putc(b, '\\');
        cs_buf_putc(b, *value);
    }
    cs_buf_putc(b, '"');
}

/* name suffix {labels,le} and the blank before the value. `le`: a bound, or NULL. */
static void put_name(const struct series *s, const char *suffix, const char *le)
{
    struct cs_buf *b = s->out;
    size_t i = 0;

    cs_buf_cstr(b, s->metric->name);
    cs_buf_cstr(b, suffix);
    for (; i < CS_METRIC_LABELS && s->metric->labels[i]; i++)
        put_label(b, i ? ',' : '{', s->metric->labels[i]->name, s->values[i]);
    if (le)
        put_label(b, i ? ',' : '{', "le", le);
    cs_buf_cstr(b, i || le ? "} " : " ");
}

static void put_sample(const struct series *s, const char *suffix, const char *le, uint64_t value,
                       uint64_t per_unit)
{
    put_name(s, suffix, le);
    put_number(s->out, value, per_unit);
    cs_buf_putc(s->out, '\n');
}

static void put_histogram(const struct series *s)
{
    const struct cs_metric *m = s->metric;
    size_t n = m->buckets->n;
    struct cs_buf bound;
    uint64_t count = 0;

    cs_buf_init(&bound, 32);
    for (size_t i = 0; i < n; i++) {
        cs_buf_clear(&bound);
        put_number(&bound, m->buckets->bounds[i], m->per_unit);
        count += s->numbers[i];
        put_sample(s, "_bucket", cs_buf_cview(&bound), count, 0);
    }
    cs_buf_release(&bound);
    count += s->numbers[n];
    put_sample(s, "_bucket", "+Inf", count, 0);
    put_sample(s, "_sum", NULL, s->numbers[n + 1], m->per_unit);
    put_sample(s, "_count", NULL, count, 0);
}

static void put_series(const struct series *s)
{
    if (s->metric->type == CS_HISTOGRAM)
        put_histogram(s);
    else if (*s->numbers || !s->metric->sparse)
        put_sample(s, "", NULL, *s->numbers, s->metric->per_unit);
}

/* How many numbers a series has. */
static size_t width(const struct cs_metric *m)
{
    return m->type == CS_HISTOGRAM ? m->buckets->n + 2 : 1;
}

/* The values of label `at` and of those behind it. */
static void put_all(struct series *s, size_t at, const uint64_t *numbers, size_t n)
{
    const struct cs_metric_label *label = at < CS_METRIC_LABELS ? s->metric->labels[at] : NULL;

    if (!label) {
        s->numbers = numbers;
        put_series(s);
        return;
    }
    n /= label->n;
    for (size_t i = 0; i < label->n; i++) {
        s->values[at] = label->value(i);
        if (s->values[at])
            put_all(s, at + 1, numbers + i * n, n);
    }
}

/* How many numbers a metric has. */
static size_t extent(const struct cs_metric *m)
{
    size_t n = width(m);

    for (size_t i = 0; i < CS_METRIC_LABELS && m->labels[i]; i++)
        n *= m->labels[i]->n;
    return n;
}

void cs_metrics_print(struct cs_buf *out, const struct cs_metric *table, size_t n,
                      const void *numbers)
{
    for (const struct cs_metric *m = table; m < table + n; m++) {
        struct series s = {.out = out, .metric = m};
        cs_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name,
                      type_names[m->type]);
        put_all(&s, 0, (const uint64_t *)(const void *)((const char *)numbers + m->at), extent(m));
    }
}

/* --- figures ---------------------------------------------------------------------------------- */

/* Every step-th of `n` numbers. */
static uint64_t sum_of(const uint64_t *numbers, size_t n, size_t step)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i += step)
        sum += numbers[i];
    return sum;
}

static void put_times(struct cs_jw *w, const struct cs_metric *m, const uint64_t *numbers, size_t n)
{
    size_t step = width(m);

    cs_jw_obj_begin(w);
    cs_jw_key(w, "in");
    cs_jw_arr_begin(w);
    for (size_t i = 0; i + 1 < step; i++)
        cs_jw_u64(w, sum_of(numbers + i, n - i, step));
    cs_jw_arr_end(w);
    cs_jw_key(w, "sum");
    cs_jw_u64(w, sum_of(numbers + step - 1, n - step + 1, step));
    cs_jw_obj_end(w);
}

static void put_values(struct cs_jw *w, const struct cs_metric_label *label, const uint64_t *numbers,
                       size_t n)
{
    cs_jw_obj_begin(w);
    for (size_t i = 0; i < label->n; i++) {
        const char *value = label->value(i);
        uint64_t sum = sum_of(numbers + i, n - i, label->n);
        if (!value || !sum)
            continue;
        cs_jw_key_str(w, cs_str_c(value));
        cs_jw_u64(w, sum);
    }
    cs_jw_obj_end(w);
}

static const struct cs_metric_label *last_label(const struct cs_metric *m)
{
    const struct cs_metric_label *label = NULL;

    for (size_t i = 0; i < CS_METRIC_LABELS && m->labels[i]; i++)
        label = m->labels[i];
    return label;
}

void cs_metrics_figures(struct cs_jw *w, const struct cs_metric *table, size_t n,
                        const void *numbers)
{
    for (const struct cs_metric *m = table; m < table + n; m++) {
        const uint64_t *own = (const uint64_t *)(const void *)((const char *)numbers + m->at);
        const struct cs_metric_label *label = last_label(m);
        if (!m->figure)
            continue;
        cs_jw_key(w, m->figure);
        if (m->type == CS_HISTOGRAM)
            put_times(w, m, own, extent(m));
        else if (label)
            put_values(w, label, own, extent(m));
        else
            cs_jw_u64(w, *own);
    }
}

/* --- the table -------------------------------------------------------------------------------- */

void cs_metrics_list(FILE *out, const struct cs_metric *table, size_t n)
{
    for (const struct cs_metric *m = table; m < table + n; m++) {
        fprintf(out, "%s\t%s\t", m->name, type_names[m->type]);
        for (size_t i = 0; i < CS_METRIC_LABELS && m->labels[i]; i++)
            fprintf(out, "%s%s", i ? "," : "", m->labels[i]->name);
        fprintf(out, "%s\t%s\n", m->labels[0] ? "" : "-", m->help);
    }
}

static void mix(uint64_t *h, const void *bytes, size_t len)
{
    *h = *h * 1099511628211u + cs_hash_crc32(cs_str_n(bytes, len));
}

static void mix_label(uint64_t *h, const struct cs_metric_label *label)
{
    mix(h, label->name, strlen(label->name));
    for (size_t i = 0; i < label->n; i++) {
        const char *value = label->value(i);
        mix(h, value ? value : "", value ? strlen(value) : 0);
    }
}

uint64_t cs_metrics_layout(const struct cs_metric *table, size_t n)
{
    uint64_t h = n;

    for (const struct cs_metric *m = table; m < table + n; m++) {
        mix(&h, m->name, strlen(m->name));
        mix(&h, &m->at, sizeof m->at);
        for (size_t i = 0; i < CS_METRIC_LABELS && m->labels[i]; i++)
            mix_label(&h, m->labels[i]);
        if (m->buckets)
            mix(&h, m->buckets->bounds, m->buckets->n * sizeof *m->buckets->bounds);
    }
    return h;
}
