/* test_hub_join.c - who starts where: joins, resumes, and what these have to wait for. */
#include "hub_recorder.h"

static void statement_newer_than_hub(void **state)
{
    struct hub_conn ann, ben;

    (void)state;
    join_at(&ann, &ANN, 5);
    join_at(&ben, &BEN, 7);
    assert_joined(1, false, 7);
    assert_fetch(0, 5, HUB_SEQ_MAX);
    answer(0, 6, 8);
    assert_pull(&ann, 6, 8);
    assert_pull(&ben, 8, 8);
    hub_conn_gone(hub, &ann);
    hub_conn_gone(hub, &ben);
}

static void statement_older_than_hub(void **state)
{
    struct hub_conn ann, ben, again;

    (void)state;
    join_at(&ann, &ANN, 5);
    offer(6, 10);
    offer_effect(7, HUB_MEMBER_LEFT, BEN);
    offer(8, 10);
    join_at(&ben, &BEN, 5);
    assert_joined(1, false, 5);
    assert_pull(&ben, 6, 7); /* he was removed since, and gets nothing above that */
    assert_int_equal(rec.n_left, 1);
    assert_nothing(&ben);
    join_at(&again, &BEN, 7); /* added again: the statement has seen what was before */
    assert_pull(&again, 8, 8);
    assert_int_equal(rec.n_left, 1);
    hub_conn_gone(hub, &ann);
    hub_conn_gone(hub, &again);
}

static void resume_from_ring(void **state)
{
    struct hub_conn ann, ben;

    (void)state;
    join_at(&ben, &BEN, 5);
    offer(6, 10);
    offer(7, 10);
    resume_at(&ann, 5, 7);
    assert_joined(1, true, 5);
    assert_pull(&ann, 6, 7);
    assert_int_equal(rec.n_fetches, 0);
    hub_conn_gone(hub, &ann);
    hub_conn_gone(hub, &ben);
}

static void backfill_is_shared(void **state)
{
    struct hub_conn conns[3];
    struct hub_limits limits = HUB_LIMITS_DEFAULT;

    (void)state;
    limits.backfill_events = 10;
    use_limits(limits);
    resume_at(&conns[0], 97, 100);
    assert_fetch(0, 90, 100);
    resume_at(&conns[1], 92, 100);
    resume_at(&conns[2], 80, 100); /* below what is on its way */
    assert_int_equal(rec.n_joined, 0);
    answer(0, 91, 95);
    assert_fetch(1, 95, 100); /* a prefix: the rest is asked for */
    answer(1, 96, 100);
    assert_int_equal(rec.n_joined, 2);
    assert_true(rec.joined[0].recovered && rec.joined[1].recovered);
    assert_pull(&conns[0], 98, 100);
    assert_pull(&conns[1], 93, 100);
    assert_fetch(2, 80, 90);
    answer(2, 81, 90);
    assert_joined(2, true, 80);
    assert_pull(&conns[2], 81, 100);
    for (int i = 0; i < 3; i++)
        hub_conn_gone(hub, &conns[i]);
}

static void events_during_backfill(void **state)
{
    struct hub_conn ann;

    (void)state;
    resume_at(&ann, 3, 5);
    offer(6, 10);
    assert_nothing(&ann);
    answer(0, 1, 5);
    assert_joined(0, true, 3);
    assert_pull(&ann, 4, 6);
    hub_conn_gone(hub, &ann);
}

static void backfill_that_does_not_reach(void **state)
{
    struct hub_conn ann;

    (void)state;
    resume_at(&ann, 3, 9);
    answer(0, 6, 9); /* 4 and 5 were retired meanwhile */
    assert_joined(0, false, 9);
    assert_int_equal(hub_counters(hub)->joins_not_recovered, 1);
    hub_conn_gone(hub, &ann);
}

static void backfill_fails_once(void **state)
{
    struct hub_conn ann;

    (void)state;
    resume_at(&ann, 3, 5);
    hub_fetch_failed(hub, &rec.fetches[0]);
    hub_tick(hub, 1100);
    assert_fetch(1, 0, 5);
    answer(1, 1, 5);
    assert_joined(0, true, 3);
    hub_conn_gone(hub, &ann);
}

static void resume_waits_for_last_seq(void **state)
{
    struct hub_conn ann, ben;

    (void)state;
    join_at(&ben, &BEN, 5);
    resume_at(&ann, 5, 7);
    assert_int_equal(rec.n_joined, 1);
    assert_fetch(0, 5, HUB_SEQ_MAX);
    answer(0, 6, 6);
    assert_int_equal(rec.n_joined, 1);
    answer(1, 7, 7);
    assert_joined(1, true, 5);
    assert_pull(&ann, 6, 7);
    hub_conn_gone(hub, &ann);
    hub_conn_gone(hub, &ben);
}

static void resume_refused(void **state)
{
    const struct hub_join joins[] = {
        {.last_seq = 2000, .epoch_ok = false, .after = 2000},
        {.last_seq = 2000, .epoch_ok = true, .after = 2001},
        {.last_seq = 2000, .epoch_ok = true, .after = HUB_SEQ_MAX},
        {.last_seq = 2000, .epoch_ok = true, .after = 1990, .first_seq = 1992},
        {.last_seq = 2000, .epoch_ok = true, .after = 1990, .visible_from = 1992},
        {.last_seq = 2000, .epoch_ok = true, .after = 999},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(joins); i++) {
        struct hub_conn ann;
        struct hub_join join = joins[i];
        join.resume = true;
        hub_conn_init(&ann, &ANN);
        join_with(&ann, join);
        assert_joined(i, false, 2000);
        hub_conn_gone(hub, &ann);
    }
    assert_int_equal(rec.n_fetches, 0);
}

static void resume_limit_of_bytes(void **state)
{
    struct hub_conn ann, ben, cid;

    (void)state;
    join_at(&ben, &BEN, 5);
    offer(6, 10);
    offer(7, 256 * 1024);
    resume_at(&ann, 6, 7);
    assert_joined(1, true, 6);
    resume_at(&cid, 5, 7);
    assert_joined(2, false, 7);
    hub_conn_gone(hub, &ann);
    hub_conn_gone(hub, &ben);
    hub_conn_gone(hub, &cid);
}

static void second_join_replaces(void **state)
{
    struct hub_conn ann;

    (void)state;
    join_at(&ann, &ANN, 5);
    offer(6, 10);
    offer(7, 10);
    assert_pull(&ann, 6, 7);
    join_with(&ann, (struct hub_join){
                        .last_seq = 7, .resume = true, .epoch_ok = true, .after = 6});
    assert_pull(&ann, 7, 7);
    join_with(&ann, (struct hub_join){
                        .last_seq = 7, .resume = true, .epoch_ok = true, .after = 2});
    assert_int_equal(rec.n_dropped, 0);
    join_with(&ann, (struct hub_join){.last_seq = 7}); /* while the one before waits */
    assert_int_equal(rec.n_dropped, 1);
    assert_joined(2, false, 7);
    assert_int_equal(hub_counters(hub)->subs, 1);
    assert_true(hub_leave(hub, &ann, &R1));
    assert_false(hub_leave(hub, &ann, &R1));
    assert_int_equal(rec.n_left, 0);
}

static void join_of_the_closed(void **state)
{
    struct hub_conn ann;

    (void)state;
    join_at(&ann, &ANN, 5);
    hub_resync(hub);
    assert_int_equal(rec.n_closes, 1);
    join_with(&ann, (struct hub_join){.last_seq = 5});
    assert_int_equal(rec.n_dropped, 1);
    assert_int_equal(hub_counters(hub)->rooms, 0);
    hub_conn_gone(hub, &ann);
}

static void waiting_join_is_dropped(void **state)
{
    struct hub_conn ann;

    (void)state;
    resume_at(&ann, 3, 5);
    hub_conn_gone(hub, &ann);
    hub_conn_gone(hub, &ann);
    assert_int_equal(rec.n_dropped, 1);
    answer(0, 1, 5);
    assert_int_equal(rec.n_joined, 0);
}

static void out_of_reach(void **state)
{
    struct hub_limits limits = HUB_LIMITS_DEFAULT;
    struct hub_conn ann, ben;

    (void)state;
    limits.ring_events = 2;
    use_limits(limits);
    join_at(&ben, &BEN, 5);
    for (uint64_t seq = 6; seq < 10; seq++) {
        offer(seq, 10);
        hub_tick(hub, 1000);
        assert_pull(&ben, seq, seq);
    }
    resume_at(&ann, 5, 9); /* a resume may fail */
    assert_joined(1, false, 9);
    hub_conn_gone(hub, &ann);
    join_at(&ann, &ANN, 6); /* but 7 cannot be had, so it must not go on from 8 */
    assert_int_equal(rec.close_code, HUB_CLOSE_RESYNC);
    assert_int_equal(rec.n_dropped, 1);
    hub_conn_gone(hub, &ben);
}

static void lost_future_at_join(void **state)
{
    struct hub_conn ann, ben;

    (void)state;
    join_at(&ann, &ANN, 9);
    uint64_t asked = hub_ask(hub, &R1);
    assert_int_equal(asked, 9);
    hub_conn_init(&ben, &BEN);
    join_with(&ben, (struct hub_join){.last_seq = 7,
                                      .asked_delivered = asked,
                                      .resume = true,
                                      .epoch_ok = true,
                                      .after = 7});
    assert_int_equal(rec.n_closes, 1);
    assert_int_equal(rec.close_code, HUB_CLOSE_RESYNC);
    assert_joined(1, false, 7);
    assert_int_equal(hub_ask(hub, &R1), 7);
    offer(8, 10);
    assert_pull(&ben, 8, 8);
    hub_conn_gone(hub, &ben);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HUB_TEST(statement_newer_than_hub),
        HUB_TEST(statement_older_than_hub),
        HUB_TEST(resume_from_ring),
        HUB_TEST(backfill_is_shared),
        HUB_TEST(events_during_backfill),
        HUB_TEST(backfill_that_does_not_reach),
        HUB_TEST(backfill_fails_once),
        HUB_TEST(resume_waits_for_last_seq),
        HUB_TEST(resume_refused),
        HUB_TEST(resume_limit_of_bytes),
        HUB_TEST(second_join_replaces),
        HUB_TEST(join_of_the_closed),
        HUB_TEST(waiting_join_is_dropped),
        HUB_TEST(out_of_reach),
        HUB_TEST(lost_future_at_join),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
