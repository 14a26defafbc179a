/* test_hub.c - what time brings, many rooms, and a hub that is short of memory.
 *
 * calloc, by which the hub allocates, is wrapped by the linker (-Wl,--wrap=calloc) so that the N-th
 * call can fail, for every N; failmalloc.h is for units that fail with their allocation, the hub goes on.
 */
#include "hub_recorder.h"

static unsigned long fail_at; /* the calloc that fails, counted down; 0: none */

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_calloc(size_t n, size_t size)
{
    if (fail_at && --fail_at == 0)
        return NULL;
    return __real_calloc(n, size);
}

/* --- time ------------------------------------------------------------------------------------- */

static void poll(void **state)
{
    struct hub_conn ann;
    struct hub_due due[4];

    (void)state;
    join_at(&ann, &ANN, 5);
    join_with(&ann, (struct hub_join){.room = R2, .last_seq = 3});
    assert_int_equal(hub_rooms_due(hub, true, due, 1), 1); /* the first subscriber's bell may have come */
    assert_int_equal(hub_rooms_due(hub, true, due, 4), 1); /* before he did */
    assert_int_equal(hub_rooms_due(hub, false, due, 4), 0);
    hub_tick(hub, 2000);
    assert_int_equal(hub_rooms_due(hub, true, due, 4), 0);
    assert_int_equal(hub_rooms_due(hub, false, due, 1), 1); /* slices */
    assert_int_equal(hub_rooms_due(hub, false, due, 4), 1);
    offer(6, 10);
    hub_tick(hub, 3000);
    assert_int_equal(hub_rooms_due(hub, true, due, 4), 1); /* the one with traffic */
    assert_int_equal(due[0].asked_delivered, 6);
    assert_true(cs_uuid_eq(&due[0].room, &R1));
    hub_polled(hub, &due[0], 7);
    assert_fetch(0, 6, HUB_SEQ_MAX);
    hub_poll_all(hub);
    assert_int_equal(hub_rooms_due(hub, true, due, 4), 2);
    assert_int_equal(hub_rooms_due(hub, true, due, 4), 0);
    hub_tick(hub, 64000);
    assert_int_equal(hub_rooms_due(hub, true, due, 4), 2);
    hub_tick(hub, 66000); /* both are quiet now */
    assert_int_equal(hub_rooms_due(hub, true, due, 4), 0);
    hub_tick(hub, 74000);
    assert_int_equal(hub_rooms_due(hub, true, due, 4), 2);
    hub_conn_gone(hub, &ann);
}

static void lost_future_at_poll(void **state)
{
    struct hub_conn ann;
    struct hub_due due = {R1, 5};

    (void)state;
    join_at(&ann, &ANN, 9);
    hub_polled(hub, &due, 7); /* asked before the room stood at 9: just old */
    assert_int_equal(rec.n_closes, 0);
    due.asked_delivered = 9;
    hub_polled(hub, &due, 7);
    assert_int_equal(rec.n_closes, 1);
    assert_int_equal(hub_counters(hub)->gaps, 1);
}

static void empty_rooms_linger(void **state)
{
    struct hub_conn ann;
    struct hub_due due[4];

    (void)state;
    join_at(&ann, &ANN, 5);
    offer(6, 10);
    hub_conn_gone(hub, &ann);
    hub_reached(hub, &R1, 7); /* nobody is there who wants it */
    hub_tick(hub, 60999);
    assert_int_equal(hub_rooms_due(hub, false, due, 4), 0);
    resume_at(&ann, 5, 7); /* finds the ring */
    assert_fetch(0, 6, HUB_SEQ_MAX);
    answer(0, 7, 7);
    assert_joined(1, true, 5);
    hub_conn_gone(hub, &ann);
    join_at(&ann, &ANN, 5000); /* what lies between is nobody's */
    assert_int_equal(rec.n_fetches, 1);
    assert_int_equal(hub_ask(hub, &R1), 5000);
    hub_conn_gone(hub, &ann);
    hub_tick(hub, 60999 + 60000);
    assert_int_equal(hub_counters(hub)->rooms, 0);
    assert_int_equal(rec.payloads, 0);
}

static void many_rooms(void **state)
{
    struct hub_conn ann;
    struct cs_uuid room = R1;

    (void)state;
    hub_conn_init(&ann, &ANN);
    for (unsigned i = 0; i < 1000; i++) {
        room.b[8] = (uint8_t)i;
        room.b[9] = (uint8_t)(i >> 8);
        join_with(&ann, (struct hub_join){.room = room, .last_seq = i + 1});
        rec.n_joined = 0;
    }
    assert_int_equal(hub_counters(hub)->rooms, 1000);
    for (unsigned i = 0; i < 1000; i++) {
        room.b[8] = (uint8_t)i;
        room.b[9] = (uint8_t)(i >> 8);
        assert_int_equal(hub_ask(hub, &room), i + 1);
    }
    hub_free(hub); /* with the subscriber still there */
    assert_true(ann.subs.next == &ann.subs);
    assert_int_equal(hub_setup(state), 0);
}

/* --- memory ----------------------------------------------------------------------------------- */

/* A session that must end well whichever allocation fails: refused joins are repeated, and what
 * could not be taken comes by a later fetch. */
static void survive(void)
{
    struct hub_conn ann;
    struct hub_join join = {
        .room = R1, .last_seq = 20, .first_seq = 1, .resume = true, .epoch_ok = true, .after = 5};
    size_t answered = 0;

    hub_conn_init(&ann, &ANN);
    if (hub_join(hub, &ann, &join) != CS_OK)
        assert_int_equal(hub_join(hub, &ann, &join), CS_OK);
    for (uint64_t now_ms = 2000; hub_ask(hub, &R1) < 50 || answered < rec.n_fetches;
         now_ms += 200) {
        for (; answered < rec.n_fetches; answered++) {
            const struct hub_fetch *f = &rec.fetches[answered];
            answer(answered, f->after + 1, f->upto < 50 ? f->upto : 50);
        }
        if (hub_ask(hub, &R1) == 20)
            offer(21, 10);
        hub_reached(hub, &R1, 50);
        hub_tick(hub, now_ms);
    }
    assert_joined(0, true, 5);
    assert_pull(&ann, 6, 50);
    assert_nothing(&ann);
    assert_int_equal(rec.n_closes, 0);
    hub_conn_gone(hub, &ann);
}

static void every_allocation_may_fail(void **state)
{
    bool failed = true;
    unsigned long n;

    hub_free(hub);
    for (n = 1; failed; n++) {
        memset(&rec, 0, sizeof rec);
        fail_at = n;
        hub = hub_with(HUB_LIMITS_DEFAULT);
        if (!hub)
            continue;
        survive();
        failed = fail_at == 0;
        fail_at = 0;
        assert_int_equal(hub_teardown(state), 0);
    }
    assert_true(n > 6);
    assert_int_equal(hub_setup(state), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HUB_TEST(poll),
        HUB_TEST(lost_future_at_poll),
        HUB_TEST(empty_rooms_linger),
        HUB_TEST(many_rooms),
        HUB_TEST(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
