/* test_hub.c - the documented cases of hub.h, one by one; tests/sim does the rest.
 *
 * A recorder stands behind the ops: it keeps what was asked for, counts the payloads that are
 * alive, and lets a test answer by hand. calloc, by which the hub allocates, is wrapped by the
 * linker (-Wl,--wrap=calloc) so that the N-th call can fail, for every N; failmalloc.h is for units
 * that fail with their allocation, the hub goes on.
 */
#include "unit.h"

#include "hub.h"

#include <stdlib.h>

enum { MAX_NOTES = 64 };

static const struct cs_uuid R1 = {{1, [15] = 1}}, R2 = {{2, [15] = 2}};
static const struct cs_uuid ANN = {{0xa}}, BEN = {{0xb}};

static struct {
    struct hub_fetch fetches[MAX_NOTES];
    struct hub_joined joined[MAX_NOTES];
    size_t n_fetches, n_joined, n_wakes, n_closes, n_dropped, n_left;
    int close_code;
    int payloads; /* alive */
} rec;

static struct hub *hub;
static unsigned long fail_at; /* the calloc that fails, counted down; 0: none */

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_calloc(size_t n, size_t size)
{
    if (fail_at && --fail_at == 0)
        return NULL;
    return __real_calloc(n, size);
}

/* --- the recorder ----------------------------------------------------------------------------- */

static void on_fetch(void *ctx, const struct hub_fetch *fetch)
{
    (void)ctx;
    assert_true(rec.n_fetches < MAX_NOTES);
    rec.fetches[rec.n_fetches++] = *fetch;
}

static void on_wake(void *ctx, struct hub_conn *conn)
{
    (void)ctx;
    (void)conn;
    rec.n_wakes++;
}

static void on_close(void *ctx, struct hub_conn *conn, int code)
{
    (void)ctx;
    assert_true(conn->closed);
    rec.n_closes++;
    rec.close_code = code;
}

static void on_joined(void *ctx, struct hub_conn *conn, const struct hub_joined *joined)
{
    (void)ctx;
    (void)conn;
    assert_true(rec.n_joined < MAX_NOTES);
    rec.joined[rec.n_joined++] = *joined;
}

static void on_dropped(void *ctx, struct hub_conn *conn, const struct cs_uuid *room, void *ref)
{
    (void)ctx;
    (void)conn;
    (void)room;
    (void)ref;
    rec.n_dropped++;
}

static void on_left(void *ctx, struct hub_conn *conn, const struct cs_uuid *room)
{
    (void)ctx;
    (void)conn;
    (void)room;
    rec.n_left++;
}

static void on_free(void *ctx, void *payload)
{
    (void)ctx;
    free(payload);
    rec.payloads--;
}

static const struct hub_ops ops = {
    .fetch = on_fetch,
    .wake = on_wake,
    .close = on_close,
    .joined = on_joined,
    .dropped = on_dropped,
    .left = on_left,
    .event_free = on_free,
};

/* --- helpers ---------------------------------------------------------------------------------- */

static struct hub *hub_with(struct hub_limits limits)
{
    struct hub *h = hub_new(&limits, &ops, NULL);

    if (h)
        hub_tick(h, 1000);
    return h;
}

static int setup(void **state)
{
    (void)state;
    memset(&rec, 0, sizeof rec);
    fail_at = 0;
    hub = hub_with(HUB_LIMITS_DEFAULT);
    return hub ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    hub_free(hub);
    hub = NULL;
    return rec.payloads;
}

static void use_limits(struct hub_limits limits)
{
    hub_free(hub);
    hub = hub_with(limits);
    assert_non_null(hub);
}

static struct hub_event event_of(uint64_t seq, uint32_t bytes)
{
    rec.payloads++;
    return (struct hub_event){.seq = seq, .bytes = bytes, .payload = malloc(1)};
}

static void offer(uint64_t seq, uint32_t bytes)
{
    struct hub_event event = event_of(seq, bytes);

    hub_offer(hub, &R1, &event);
}

static void offer_effect(uint64_t seq, enum hub_effect effect, struct cs_uuid subject)
{
    struct hub_event event = event_of(seq, 10);

    event.effect = effect;
    event.subject = subject;
    hub_offer(hub, &R1, &event);
}

/* Answers fetch i with the rows from..to; none when from > to. */
static void answer(size_t i, uint64_t from, uint64_t to)
{
    struct hub_event rows[MAX_NOTES];
    size_t n = 0;

    assert_true(i < rec.n_fetches);
    for (uint64_t seq = from; seq <= to; seq++)
        rows[n++] = event_of(seq, 10);
    hub_rows(hub, &rec.fetches[i], rows, n);
}

static void assert_fetch(size_t i, uint64_t after, uint64_t upto)
{
    assert_int_equal(rec.n_fetches, i + 1);
    assert_int_equal(rec.fetches[i].after, after);
    assert_int_equal(rec.fetches[i].upto, upto);
}

static void join_with(struct hub_conn *conn, struct hub_join join)
{
    if (cs_uuid_is_nil(&join.room))
        join.room = R1;
    if (!join.first_seq)
        join.first_seq = 1;
    assert_int_equal(hub_join(hub, conn, &join), CS_OK);
}

static void join_at(struct hub_conn *conn, const struct cs_uuid *user, uint64_t last_seq)
{
    hub_conn_init(conn, user);
    join_with(conn, (struct hub_join){.last_seq = last_seq});
}

static void resume_at(struct hub_conn *conn, uint64_t after, uint64_t last_seq)
{
    hub_conn_init(conn, &ANN);
    join_with(conn, (struct hub_join){
                        .last_seq = last_seq, .resume = true, .epoch_ok = true, .after = after});
}

static void assert_joined(size_t i, bool recovered, uint64_t start)
{
    assert_int_equal(rec.n_joined, i + 1);
    assert_int_equal(rec.joined[i].recovered, recovered);
    assert_int_equal(rec.joined[i].start, start);
}

/* Pulls one span and checks it. */
static void assert_pull(struct hub_conn *conn, uint64_t from, uint64_t to)
{
    struct hub_span span;

    assert_true(hub_pull(hub, conn, 100, 1 << 20, &span));
    assert_int_equal(span.from, from);
    assert_int_equal(span.to, to);
    for (uint64_t i = 0; i <= to - from; i++)
        assert_int_equal(hub_span_event(&span, i)->seq, from + i);
    hub_advance(hub, &span);
}

static void assert_nothing(struct hub_conn *conn)
{
    assert_false(hub_pull(hub, conn, 100, 1 << 20, &(struct hub_span){0}));
}

/* --- the entrance ----------------------------------------------------------------------------- */

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

/* --- joining ---------------------------------------------------------------------------------- */

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

/* --- lost futures ----------------------------------------------------------------------------- */

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
    assert_int_equal(setup(state), 0);
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
        assert_int_equal(teardown(state), 0);
    }
    assert_true(n > 6);
    assert_int_equal(setup(state), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(bell_fetches_and_rows_deliver),
        TEST(bell_without_seq_looks),
        TEST(offers),
        TEST(hole_resyncs),
        TEST(missing_rows_resync),
        TEST(failed_fetch_is_repeated),
        TEST(statement_newer_than_hub),
        TEST(statement_older_than_hub),
        TEST(resume_from_ring),
        TEST(backfill_is_shared),
        TEST(events_during_backfill),
        TEST(backfill_that_does_not_reach),
        TEST(backfill_fails_once),
        TEST(resume_waits_for_last_seq),
        TEST(resume_refused),
        TEST(resume_limit_of_bytes),
        TEST(second_join_replaces),
        TEST(join_of_the_closed),
        TEST(waiting_join_is_dropped),
        TEST(out_of_reach),
        TEST(lost_future_at_join),
        TEST(lost_future_at_poll),
        TEST(member_left_in_a_burst),
        TEST(spans_are_shared),
        TEST(rooms_take_turns),
        TEST(slow_reader),
        TEST(nothing_is_evicted_within_a_tick),
        TEST(short_of_memory),
        TEST(poll),
        TEST(empty_rooms_linger),
        TEST(many_rooms),
        TEST(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
