/* test_hub_sub.c - what a subscriber is given, how far behind he may be, and when he is none any more. */
#include "hub_recorder.h"

/* --- memberships ------------------------------------------------------------------------------ */

static void member_left_in_a_burst(void **state)
{
    struct hub_conn ann, ben;

    (void)state;
    join_at(&ann, &ANN, 5);
    join_at(&ben, &BEN, 5);
    offer(6, 10);
    offer_effect(7, HUB_MEMBER_LEFT, BEN);
    offer(8, 10);
    assert_pull(&ben, 6, 7);
    assert_int_equal(rec.n_left, 1);
    assert_nothing(&ben);
    assert_pull(&ann, 6, 8);
    offer_effect(9, HUB_ROOM_DELETED, ANN);
    offer(10, 10);
    assert_pull(&ann, 9, 9);
    assert_int_equal(rec.n_left, 2);
    assert_int_equal(hub_counters(hub)->subs, 0);
}

/* --- delivery --------------------------------------------------------------------------------- */

static void spans_are_shared(void **state)
{
    struct hub_conn ann, ben;
    struct hub_span a, b;

    (void)state;
    join_at(&ann, &ANN, 5);
    join_at(&ben, &BEN, 5);
    for (uint64_t seq = 6; seq <= 20; seq++)
        offer(seq, 10);
    assert_int_equal(rec.n_wakes, 2);
    assert_true(hub_pull(hub, &ann, 100, 85, &a));
    assert_true(hub_pull(hub, &ben, 100, 85, &b));
    assert_int_equal(a.from, 6);
    assert_int_equal(a.to, 13);
    assert_int_equal(a.bytes, 80);
    assert_int_equal(a.room_key, b.room_key);
    assert_int_equal(b.to, a.to);
    assert_ptr_equal(hub_span_event(&a, 3), hub_span_event(&b, 3));
    assert_true(hub_pull(hub, &ann, 3, 1000, &a));
    assert_int_equal(a.to, 8);
    assert_true(hub_pull(hub, &ann, 100, 0, &a)); /* one event always goes */
    assert_int_equal(a.to, 6);
    hub_conn_gone(hub, &ann);
    hub_conn_gone(hub, &ben);
}

static void rooms_take_turns(void **state)
{
    struct hub_conn ann;
    struct hub_span span;
    struct hub_event event;

    (void)state;
    join_at(&ann, &ANN, 0);
    join_with(&ann, (struct hub_join){.room = R2});
    for (uint64_t seq = 1; seq <= 2; seq++) {
        offer(seq, 10);
        event = event_of(seq, 10);
        hub_offer(hub, &R2, &event);
    }
    for (int i = 0; i < 4; i++) {
        assert_true(hub_pull(hub, &ann, 1, 100, &span));
        assert_true(cs_uuid_eq(&span.room_id, i % 2 ? &R2 : &R1));
        hub_advance(hub, &span);
    }
    assert_nothing(&ann);
    assert_int_equal(rec.n_wakes, 1);
    hub_conn_gone(hub, &ann);
}

static void slow_reader(void **state)
{
    struct hub_conn ann, ben;

    (void)state;
    join_at(&ann, &ANN, 0);
    join_at(&ben, &BEN, 0);
    for (uint64_t seq = 1; !rec.n_closes; seq++) {
        offer(seq, 100 * 1024);
        hub_tick(hub, 1000);
        assert_pull(&ben, seq, seq);
        assert_true(seq <= 11);
    }
    assert_int_equal(hub_ask(hub, &R1), 11); /* 1 MiB is 10.24 of them */
    assert_int_equal(rec.close_code, HUB_CLOSE_SLOW);
    assert_true(ann.closed && !ben.closed);
    assert_int_equal(hub_counters(hub)->slow_closes, 1);
    offer(12, 2 * 1024 * 1024); /* one event alone is nobody's fault */
    hub_tick(hub, 1000);
    assert_pull(&ben, 12, 12);
    hub_conn_gone(hub, &ben);
}

static void nothing_is_evicted_within_a_tick(void **state)
{
    struct hub_limits limits = HUB_LIMITS_DEFAULT;
    struct hub_conn ann;

    (void)state;
    limits.ring_events = 4;
    use_limits(limits);
    join_at(&ann, &ANN, 0);
    hub_reached(hub, &R1, 6);
    answer(0, 1, 6);
    assert_int_equal(hub_ask(hub, &R1), 4);
    assert_int_equal(rec.n_fetches, 1);
    assert_pull(&ann, 1, 4);
    hub_tick(hub, 1010);
    assert_fetch(1, 4, HUB_SEQ_MAX);
    answer(1, 5, 6);
    assert_pull(&ann, 5, 6);
    hub_conn_gone(hub, &ann);
}

static void short_of_memory(void **state)
{
    struct hub_limits limits = HUB_LIMITS_DEFAULT;
    struct hub_conn ann;

    (void)state;
    limits.total_bytes = 1000;
    limits.ring_bytes = 1600;
    use_limits(limits);
    join_at(&ann, &ANN, 0);
    for (uint64_t seq = 1; seq <= 30; seq++) {
        offer(seq, 50);
        hub_tick(hub, 1000);
        assert_pull(&ann, seq, seq);
        assert_true(hub_counters(hub)->ring_bytes <= 1000);
    }
    hub_conn_gone(hub, &ann);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HUB_TEST(member_left_in_a_burst),
        HUB_TEST(spans_are_shared),
        HUB_TEST(rooms_take_turns),
        HUB_TEST(slow_reader),
        HUB_TEST(nothing_is_evicted_within_a_tick),
        HUB_TEST(short_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
