/* test_hub_log.c - the one entrance: bells, offers, and the rows that are fetched for them. */
#include "hub_recorder.h"

static void bell_fetches_and_rows_deliver(void **state)
{
    struct hub_conn ann;

    (void)state;
    join_at(&ann, &ANN, 5);
    assert_joined(0, false, 5);
    assert_nothing(&ann);
    hub_reached(hub, &R1, 7);
    assert_fetch(0, 5, HUB_SEQ_MAX);
    hub_reached(hub, &R1, 8); /* one fetch in flight is enough */
    assert_int_equal(rec.n_fetches, 1);
    assert_nothing(&ann);
    answer(0, 6, 7); /* its snapshot was older than the second bell */
    assert_fetch(1, 7, HUB_SEQ_MAX);
    answer(1, 8, 8);
    assert_int_equal(rec.n_wakes, 1);
    assert_pull(&ann, 6, 8);
    assert_nothing(&ann);
    hub_reached(hub, &R1, 8);
    hub_reached(hub, &R2, 3); /* nobody listens */
    assert_int_equal(rec.n_fetches, 2);
    offer(9, 10);
    assert_int_equal(rec.n_wakes, 2);
    assert_pull(&ann, 9, 9);
    hub_conn_gone(hub, &ann);
}

static void bell_without_seq_looks(void **state)
{
    struct hub_conn ann;

    (void)state;
    join_at(&ann, &ANN, 5);
    hub_reached(hub, &R1, 0);
    assert_fetch(0, 5, HUB_SEQ_MAX);
    hub_reached(hub, &R1, 0); /* may have been rung after the snapshot */
    answer(0, 1, 0);
    assert_fetch(1, 5, HUB_SEQ_MAX);
    answer(1, 1, 0);
    assert_int_equal(rec.n_fetches, 2);
    assert_int_equal(rec.n_closes, 0);
    hub_conn_gone(hub, &ann);
}

static void offers(void **state)
{
    struct hub_conn ann;

    (void)state;
    offer(1, 10); /* no such room */
    join_at(&ann, &ANN, 5);
    offer(5, 10);
    assert_int_equal(rec.payloads, 0);
    offer(7, 10);
    assert_fetch(0, 5, HUB_SEQ_MAX);
    offer(6, 10); /* taken although a fetch is in flight */
    assert_pull(&ann, 6, 6);
    answer(0, 6, 7);
    assert_pull(&ann, 7, 7);
    assert_int_equal(hub_counters(hub)->offers_taken, 1);
    assert_int_equal(hub_counters(hub)->deliveries, 2);
    hub_conn_gone(hub, &ann);
}

static void hole_resyncs(void **state)
{
    struct hub_conn ann, ben;

    (void)state;
    join_at(&ann, &ANN, 5);
    join_at(&ben, &BEN, 5);
    hub_reached(hub, &R1, 8);
    answer(0, 7, 8);
    assert_int_equal(rec.n_closes, 2);
    assert_int_equal(rec.close_code, HUB_CLOSE_RESYNC);
    assert_int_equal(hub_counters(hub)->gaps, 1);
    assert_int_equal(hub_ask(hub, &R1), 0);
    assert_nothing(&ann);
}

static void missing_rows_resync(void **state)
{
    struct hub_conn ann;

    (void)state;
    join_at(&ann, &ANN, 5);
    hub_reached(hub, &R1, 8);
    answer(0, 1, 0);
    assert_int_equal(rec.close_code, HUB_CLOSE_RESYNC);
    answer(0, 6, 8); /* what a forgotten room asked for is thrown away */
    assert_int_equal(rec.payloads, 0);
}

static void failed_fetch_is_repeated(void **state)
{
    struct hub_conn ann;

    (void)state;
    join_at(&ann, &ANN, 5);
    hub_reached(hub, &R1, 6);
    hub_fetch_failed(hub, &rec.fetches[0]);
    hub_reached(hub, &R1, 7);
    hub_tick(hub, 1050);
    assert_int_equal(rec.n_fetches, 1);
    hub_tick(hub, 1100);
    assert_fetch(1, 5, HUB_SEQ_MAX);
    answer(1, 6, 7);
    assert_pull(&ann, 6, 7);
    hub_conn_gone(hub, &ann);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HUB_TEST(bell_fetches_and_rows_deliver),
        HUB_TEST(bell_without_seq_looks),
        HUB_TEST(offers),
        HUB_TEST(hole_resyncs),
        HUB_TEST(missing_rows_resync),
        HUB_TEST(failed_fetch_is_repeated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
