/* test_rates.c - how fast one may write over sockets: per user, whatever number of sockets he has. */
#include "unit.h"

#include "rates.h"

static struct cs_cfg cfg;
static struct rates *rates;

static struct cs_uuid id_of(uint32_t n)
{
    struct cs_uuid id = {{1}};

    memcpy(id.b + 12, &n, sizeof n);
    return id;
}

static int begin(void **state)
{
    (void)state;
    cfg = (struct cs_cfg){.messages_per_min = 60, .messages_burst = 10, .writes_per_min = 600};
    rates = rates_new(&cfg);
    return rates ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    rates_free(rates);
    return 0;
}

static int message(uint32_t user, uint32_t room, uint64_t now_ms)
{
    struct cs_uuid u = id_of(user), r = id_of(room);

    return rates_message(rates, &u, &r, now_ms);
}

static int change(uint32_t user, uint64_t now_ms)
{
    struct cs_uuid u = id_of(user);

    return rates_change(rates, &u, now_ms);
}

static void a_burst_and_then_one_a_second(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        assert_int_equal(message(1, 1, 5000), 0);
    assert_in_range(message(1, 1, 5000), 1000, 1001);
    assert_in_range(message(1, 1, 5400), 600, 601);
    assert_int_equal(message(1, 1, 6001), 0);
    assert_in_range(message(1, 1, 6001), 900, 1001);
}

static void each_room_and_each_user_by_itself(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        assert_int_equal(message(1, 1, 5000), 0);
    assert_true(message(1, 1, 5000) > 0);
    assert_int_equal(message(1, 2, 5000), 0);
    assert_int_equal(message(2, 1, 5000), 0);
    assert_int_equal(change(1, 5000), 0);
}

static void changes_have_a_minutes_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 600; i++)
        assert_int_equal(change(1, 5000), 0);
    assert_in_range(change(1, 5000), 100, 101);
    assert_int_equal(change(2, 5000), 0);
    cfg.writes_per_min = 0; /* nobody is limited */
    assert_int_equal(change(1, 5000), 0);
}

static void what_is_forgotten_was_full(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        assert_int_equal(message(1, 1, 5000), 0);
    rates_tick(rates, 10000); /* five of ten are there again */
    for (int i = 0; i < 5; i++)
        assert_int_equal(message(1, 1, 10000), 0);
    assert_true(message(1, 1, 10000) > 0);
    rates_tick(rates, 30000);
    for (int i = 0; i < 10; i++)
        assert_int_equal(message(1, 1, 30000), 0);
    assert_true(message(1, 1, 30000) > 0);
}

static void many_come_and_go(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 3; round++) {
        uint64_t now_ms = 5000 + 20000 * (uint64_t)round;
        for (uint32_t n = 0; n < 70000; n++) /* more than it keeps: those are not limited here */
            assert_int_equal(message(n, n % 7, now_ms), 0);
        rates_tick(rates, now_ms + 15000);
    }
    for (int i = 0; i < 10; i++)
        assert_int_equal(message(69999, 1, 100000), 0);
    assert_true(message(69999, 1, 100000) > 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_burst_and_then_one_a_second),  TEST(each_room_and_each_user_by_itself),
        TEST(changes_have_a_minutes_at_once), TEST(what_is_forgotten_was_full),
        TEST(many_come_and_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
