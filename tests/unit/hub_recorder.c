/* hub_recorder.c - see hub_recorder.h. */
#include "hub_recorder.h"

struct hub *hub;
struct hub_recorder rec;
const struct cs_uuid R1 = {{1, [15] = 1}}, R2 = {{2, [15] = 2}}, ANN = {{0xa}}, BEN = {{0xb}};

/* --- the recorder ------------------------------------------------------------------------------- */

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

/* --- the hub ------------------------------------------------------------------------------------ */

struct hub *hub_with(struct hub_limits limits)
{
    struct hub *h = hub_new(&limits, &ops, NULL);

    if (h)
        hub_tick(h, 1000);
    return h;
}

int hub_setup(void **state)
{
    (void)state;
    memset(&rec, 0, sizeof rec);
    hub = hub_with(HUB_LIMITS_DEFAULT);
    return hub ? 0 : -1;
}

int hub_teardown(void **state)
{
    (void)state;
    hub_free(hub);
    hub = NULL;
    return rec.payloads;
}

void use_limits(struct hub_limits limits)
{
    hub_free(hub);
    hub = hub_with(limits);
    assert_non_null(hub);
}

/* --- the log ------------------------------------------------------------------------------------ */

struct hub_event event_of(uint64_t seq, uint32_t bytes)
{
    rec.payloads++;
    return (struct hub_event){.seq = seq, .bytes = bytes, .payload = malloc(1)};
}

void offer(uint64_t seq, uint32_t bytes)
{
    struct hub_event event = event_of(seq, bytes);

    hub_offer(hub, &R1, &event);
}

void answer(size_t i, uint64_t from, uint64_t to)
{
    struct hub_event rows[MAX_NOTES];
    size_t n = 0;

    assert_true(i < rec.n_fetches);
    for (uint64_t seq = from; seq <= to; seq++)
        rows[n++] = event_of(seq, 10);
    hub_rows(hub, &rec.fetches[i], rows, n);
}

void assert_fetch(size_t i, uint64_t after, uint64_t upto)
{
    assert_int_equal(rec.n_fetches, i + 1);
    assert_int_equal(rec.fetches[i].after, after);
    assert_int_equal(rec.fetches[i].upto, upto);
}

void offer_effect(uint64_t seq, enum hub_effect effect, struct cs_uuid subject)
{
    struct hub_event event = event_of(seq, 10);

    event.effect = effect;
    event.subject = subject;
    hub_offer(hub, &R1, &event);
}

/* --- subscribers -------------------------------------------------------------------------------- */

void join_with(struct hub_conn *conn, struct hub_join join)
{
    if (cs_uuid_is_nil(&join.room))
        join.room = R1;
    if (!join.first_seq)
        join.first_seq = 1;
    assert_int_equal(hub_join(hub, conn, &join), CS_OK);
}

void join_at(struct hub_conn *conn, const struct cs_uuid *user, uint64_t last_seq)
{
    hub_conn_init(conn, user);
    join_with(conn, (struct hub_join){.last_seq = last_seq});
}

void resume_at(struct hub_conn *conn, uint64_t after, uint64_t last_seq)
{
    hub_conn_init(conn, &ANN);
    join_with(conn, (struct hub_join){
                        .last_seq = last_seq, .resume = true, .epoch_ok = true, .after = after});
}

void assert_joined(size_t i, bool recovered, uint64_t start)
{
    assert_int_equal(rec.n_joined, i + 1);
    assert_int_equal(rec.joined[i].recovered, recovered);
    assert_int_equal(rec.joined[i].start, start);
}

void assert_pull(struct hub_conn *conn, uint64_t from, uint64_t to)
{
    struct hub_span span;

    assert_true(hub_pull(hub, conn, 100, 1 << 20, &span));
    assert_int_equal(span.from, from);
    assert_int_equal(span.to, to);
    for (uint64_t i = 0; i <= to - from; i++)
        assert_int_equal(hub_span_event(&span, i)->seq, from + i);
    hub_advance(hub, &span);
}

void assert_nothing(struct hub_conn *conn)
{
    assert_false(hub_pull(hub, conn, 100, 1 << 20, &(struct hub_span){0}));
}
