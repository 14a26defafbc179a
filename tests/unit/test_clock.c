/* test_clock.c - the clocks run, and times are written as the contract has them. */
#include "unit.h"

#include "cs_clock.h"

static void clocks_agree_and_do_not_run_back(void **state)
{
    uint64_t last = cs_clock_mono_us();

    (void)state;
    for (int i = 0; i < 1000; i++) {
        uint64_t now = cs_clock_mono_us();
        assert_true(now >= last);
        last = now;
    }
    assert_true(cs_clock_mono_ms() - last / 1000 < 1000);
    assert_true((uint64_t)cs_clock_wall_s() - cs_clock_wall_ms() / 1000 <= 1);
    assert_true(cs_clock_wall_s() > 1700000000); /* after 2023: the machine's clock is set */
}

static void wall_times_are_rfc3339(void **state)
{
    struct cs_buf b;

    (void)state;
    cs_buf_init(&b, 100);
    cs_buf_time(&b, 0);
    cs_buf_time(&b, 1795176000007u);
    assert_text(cs_buf_view(&b), "1970-01-01T00:00:00.000Z2026-11-20T12:00:00.007Z");
    cs_buf_release(&b);
}

static void postgresql_times_get_three_digits(void **state)
{
    static const struct {
        const char *pg, *want;
    } cases[] = {
        {"2026-11-20 12:00:00+00", "2026-11-20T12:00:00.000Z"},
        {"2026-11-20 12:00:00.1+00", "2026-11-20T12:00:00.100Z"},
        {"2026-11-20 12:00:00.12+00", "2026-11-20T12:00:00.120Z"},
        {"2026-11-20 12:00:00.123456+00", "2026-11-20T12:00:00.123Z"},
    };
    struct cs_buf b;

    (void)state;
    cs_buf_init(&b, 100);
    for (size_t i = 0; i < COUNT(cases); i++) {
        cs_buf_clear(&b);
        assert_true(cs_buf_pg_time(&b, cs_str_c(cases[i].pg)));
        assert_text(cs_buf_view(&b), cases[i].want);
    }
    cs_buf_release(&b);
}

static void other_texts_are_refused_and_write_nothing(void **state)
{
    static const char *const bad[] = {
        "",
        "infinity",
        "-infinity",
        "2026-11-20 12:00:00+01",
        "2026-11-20",
        "10000-01-01 00:00:00+00",
        "0044-03-15 12:00:00+00 BC",
    };
    struct cs_buf b;

    (void)state;
    cs_buf_init(&b, 100);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(cs_buf_pg_time(&b, cs_str_c(bad[i])));
    assert_false(cs_buf_pg_time(&b, cs_str_n(NULL, 0)));
    assert_int_equal(b.len, 0);
    cs_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_agree_and_do_not_run_back),
        cmocka_unit_test(wall_times_are_rfc3339),
        cmocka_unit_test(postgresql_times_get_three_digits),
        cmocka_unit_test(other_texts_are_refused_and_write_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
