/* test_metrics.c - the text that Prometheus reads, from a table over plain numbers. */
#include "unit.h"

#include "cs_metrics.h"

struct things {
    uint64_t all, heat_us;
    uint64_t by_kind[3][2];
    struct cs_times time;
    struct cs_sizes size, sizes[3];
    uint64_t all_kinds[3];
};

static const char *kind_value(size_t i)
{
    static const char *const kinds[] = {"plain", NULL, "a \"b\" \\"};

    return kinds[i];
}

static const char *side_value(size_t i)
{
    return i ? "right" : "left";
}

static const struct cs_metric_label kinds = {"kind", 3, kind_value}, sides = {"side", 2, side_value};

#define AT(member) .at = offsetof(struct things, member)

static const struct cs_metric table[] = {
    {"t_all_total", "All.", CS_COUNTER, AT(all)},
    {"t_heat_seconds_total", "Heat.", CS_COUNTER, AT(heat_us), .per_unit = 1000000},
    {"t_kinds", "Kinds.", CS_GAUGE, AT(by_kind), .labels = {&kinds, &sides}, .sparse = true,
     .figure = "sides"},
    {"t_seconds", "Time.", CS_HISTOGRAM, AT(time), .buckets = &cs_times_buckets,
     .per_unit = 1000000},
    {"t_size", "Size.", CS_HISTOGRAM, AT(size), .buckets = &cs_sizes_buckets, .figure = "size"},
    {"t_sizes", "Sizes.", CS_HISTOGRAM, AT(sizes), .labels = {&kinds},
     .buckets = &cs_sizes_buckets, .figure = "sizes"},
    {"t_heat", "Heat.", CS_GAUGE, AT(heat_us), .per_unit = 1000000, .figure = "heatUs"},
    {"t_by_kind", "Kinds.", CS_GAUGE, AT(all_kinds), .labels = {&kinds}, .figure = "kinds"},
};

static void print(struct cs_buf *b, size_t from, size_t n, const struct things *t)
{
    cs_buf_clear(b);
    cs_metrics_print(b, table + from, n, t);
    assert_false(b->failed);
}

static void numbers_are_exact(void **state)
{
    static const struct {
        uint64_t us;
        const char *text;
    } rows[] = {
        {0, "0"},       {1, "0.000001"},    {250, "0.00025"},
        {1000000, "1"}, {10500000, "10.5"}, {UINT64_MAX, "18446744073709.551615"},
    };
    char want[200];
    struct cs_buf b;

    (void)state;
    cs_buf_init(&b, 4096);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct things t = {.heat_us = rows[i].us};
        print(&b, 1, 1, &t);
        (void)snprintf(want, sizeof want, "# HELP t_heat_seconds_total Heat.\n# TYPE t_heat_seconds_total counter\n"
                       "t_heat_seconds_total %s\n", rows[i].text);
        assert_text(cs_buf_view(&b), want);
    }
    cs_buf_release(&b);
}

/* Values that there are not have no series, what is 0 has none where it is sparse, quotes are quoted. */
static void labels_multiply(void **state)
{
    struct things t = {.by_kind = {{1, 0}, {2, 3}, {0, 4}}};
    struct cs_buf b;

    (void)state;
    cs_buf_init(&b, 4096);
    print(&b, 2, 1, &t);
    assert_text(cs_buf_view(&b), "# HELP t_kinds Kinds.\n# TYPE t_kinds gauge\n"
                                 "t_kinds{kind=\"plain\",side=\"left\"} 1\n"
                                 "t_kinds{kind=\"a \\\"b\\\" \\\\\",side=\"right\"} 4\n");
    cs_buf_release(&b);
}

/* A bound is within its bucket; the buckets are summed up. */
static void a_histogram_is_summed_up(void **state)
{
    struct things t = {.all = 0};
    struct cs_buf b;

    (void)state;
    cs_buf_init(&b, 4096);
    cs_sizes_add(&t.size, 1);
    cs_sizes_add(&t.size, 2);
    cs_sizes_add(&t.size, 3);
    cs_sizes_add(&t.size, 128);
    cs_sizes_add(&t.size, 129);
    print(&b, 4, 1, &t);
    assert_text(cs_buf_view(&b),
                "# HELP t_size Size.\n# TYPE t_size histogram\n"
                "t_size_bucket{le=\"1\"} 1\nt_size_bucket{le=\"2\"} 2\nt_size_bucket{le=\"4\"} 3\n"
                "t_size_bucket{le=\"8\"} 3\nt_size_bucket{le=\"16\"} 3\nt_size_bucket{le=\"32\"} 3\n"
                "t_size_bucket{le=\"64\"} 3\nt_size_bucket{le=\"128\"} 4\n"
                "t_size_bucket{le=\"+Inf\"} 5\nt_size_sum 263\nt_size_count 5\n");
    cs_times_add(&t.time, 100);
    cs_times_add(&t.time, 20000000);
    assert_int_equal(t.time.in[0], 1);
    assert_int_equal(t.time.in[CS_TIMES], 1);
    assert_int_equal(t.time.sum, 20000100);
    cs_buf_release(&b);
}

/* Of the last label only what is not 0 and has a name, over the others; of a histogram each bucket. */
static void figures_are_summed_up(void **state)
{
    struct things t = {.by_kind = {{1, 0}, {2, 3}, {4, 0}}, .all_kinds = {0, 7, 8}, .heat_us = 9};
    struct cs_buf b;

    (void)state;
    cs_buf_init(&b, 4096);
    cs_sizes_add(&t.size, 2);
    cs_sizes_add(&t.size, 129);
    cs_sizes_add(&t.sizes[0], 1);
    cs_sizes_add(&t.sizes[2], 1);
    cs_sizes_add(&t.sizes[2], 200);
    struct cs_jw w = cs_jw_on(&b);
    cs_jw_obj_begin(&w);
    cs_metrics_figures(&w, table, COUNT(table), &t);
    cs_jw_obj_end(&w);
    assert_text(cs_buf_view(&b),
                "{\"sides\":{\"left\":7,\"right\":3},"
                "\"size\":{\"in\":[0,1,0,0,0,0,0,0,1],\"sum\":131},"
                "\"sizes\":{\"in\":[2,0,0,0,0,0,0,0,1],\"sum\":202},"
                "\"heatUs\":9,\"kinds\":{\"a \\\"b\\\" \\\\\":8}}");
    cs_buf_release(&b);
}

/* Another meaning at the same place is another layout. */
static void a_layout_tells_tables_apart(void **state)
{
    struct cs_metric other[COUNT(table)];
    uint64_t first = cs_metrics_layout(table, COUNT(table));

    (void)state;
    memcpy(other, table, sizeof table);
    assert_true(cs_metrics_layout(other, COUNT(other)) == first);
    assert_true(cs_metrics_layout(other, COUNT(other) - 1) != first);
    other[1].at = offsetof(struct things, all);
    assert_true(cs_metrics_layout(other, COUNT(other)) != first);
    memcpy(other, table, sizeof table);
    other[2].labels[0] = &sides;
    assert_true(cs_metrics_layout(other, COUNT(other)) != first);
    memcpy(other, table, sizeof table);
    other[3].buckets = &cs_sizes_buckets;
    assert_true(cs_metrics_layout(other, COUNT(other)) != first);
}

static void what_does_not_fit_fails_stickily(void **state)
{
    struct things t = {.all = 1};
    struct cs_buf b;

    (void)state;
    cs_buf_init(&b, 100);
    cs_metrics_print(&b, table, COUNT(table), &t);
    assert_true(b.failed);
    cs_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_exact),
        cmocka_unit_test(labels_multiply),
        cmocka_unit_test(a_histogram_is_summed_up),
        cmocka_unit_test(figures_are_summed_up),
        cmocka_unit_test(a_layout_tells_tables_apart),
        cmocka_unit_test(what_does_not_fit_fails_stickily),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
