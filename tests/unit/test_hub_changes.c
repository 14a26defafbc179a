/* test_hub_changes.c - what a ring still shows and the table does not: messages that were changed.
 *
 * A payload is the text that the event shows, as somebody would read it.
 */
#include "hub_recorder.h"

enum { BYTES = 10, BYTES_TOLD = 1000 };

static const char secret[] = "secret", harmless[] = "harmless", gone[] = "", other[] = "other";

static struct hub_conn ann, ben;

/* --- helpers ---------------------------------------------------------------------------------- */

/* `text` is that of `message`, as it was after `rev`. */
static struct hub_event showing(uint64_t seq, uint64_t message, uint64_t rev, const char *text)
{
    rec.payloads++;
    return (struct hub_event){.seq = seq,
                              .bytes = text == gone ? BYTES_TOLD : BYTES,
                              .shows = message,
                              .rev = rev,
                              .payload = strdup(text)};
}

static void post(uint64_t seq, const char *text)
{
    struct hub_event event = showing(seq, seq, seq, text);

    hub_offer(hub, &R1, &event);
}

static struct hub_event deletion(uint64_t seq, uint64_t message)
{
    struct hub_event event = showing(seq, message, seq, gone);

    event.changes = message;
    return event;
}

static void delete_message(uint64_t seq, uint64_t message)
{
    struct hub_event event = deletion(seq, message);

    hub_offer(hub, &R1, &event);
}

static void react(uint64_t seq, uint64_t message, const char *text)
{
    struct hub_event event = showing(seq, message, seq, text);

    hub_offer(hub, &R1, &event);
}

static void answer_with(size_t i, struct hub_event *rows, size_t n)
{
    assert_true(i < rec.n_fetches);
    hub_rows(hub, &rec.fetches[i], rows, n);
}

/* What `conn` has to hear, in one span; its key. */
static uint64_t assert_hears(struct hub_conn *conn, uint64_t from, const char *const *texts, size_t n)
{
    struct hub_span span;
    uint64_t bytes = 0;

    assert_true(hub_pull(hub, conn, 100, 1 << 20, &span));
    assert_int_equal(span.from, from);
    assert_int_equal(span.to, from + n - 1);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(hub_span_event(&span, i)->payload, texts[i]);
        bytes += hub_span_event(&span, i)->bytes;
    }
    assert_int_equal(span.bytes, bytes);
    hub_advance(hub, &span);
    return span.room_key;
}
#define HEARS(conn, from, ...)                                                                     \
    assert_hears(conn, from, (const char *const[]){__VA_ARGS__},                                   \
                 COUNT(((const char *const[]){__VA_ARGS__})))

/* The first who joined is Ben. */
static void assert_recovered(bool recovered)
{
    assert_int_equal(rec.n_joined, 2);
    assert_int_equal(rec.joined[1].recovered, recovered);
}

/* Ben stands at 5 and stays: the ring has what comes. */
static int setup(void **state)
{
    int rc = hub_setup(state);

    if (rc == 0)
        join_at(&ben, &BEN, 5);
    return rc;
}

static int teardown(void **state)
{
    hub_conn_gone(hub, &ann);
    hub_conn_gone(hub, &ben);
    return hub_teardown(state) || rec.n_closes;
}

/* --- the tests -------------------------------------------------------------------------------- */

static void who_resumes_does_not_hear_it(void **state)
{
    (void)state;
    post(6, secret);
    react(7, 6, secret);
    post(8, harmless);
    delete_message(9, 6);
    post(10, harmless);
    uint64_t key = HEARS(&ben, 6, "secret", "secret", "harmless", "", "harmless");
    resume_at(&ann, 5, 10);
    assert_fetch(0, 5, 7); /* of the events, up to the last that is stale */
    assert_int_equal(rec.n_joined, 1);
    answer_with(0, (struct hub_event[]){showing(6, 6, 9, gone), showing(7, 6, 9, gone)}, 2);
    assert_recovered(true);
    /* what was encoded under the old key must not be sent */
    assert_int_not_equal(HEARS(&ann, 6, "", "", "harmless", "", "harmless"), key);
    assert_int_equal(hub_counters(hub)->renewals, 1);
    assert_int_equal(hub_counters(hub)->ring_bytes, 3 * BYTES_TOLD + 2 * BYTES);
    hub_conn_gone(hub, &ann);
    resume_at(&ann, 5, 10); /* from the ring again */
    assert_int_equal(rec.n_fetches, 1);
    HEARS(&ann, 6, "", "", "harmless", "", "harmless");
}

static void who_missed_nothing_of_it_does_not_wait(void **state)
{
    (void)state;
    post(6, secret);
    post(7, harmless);
    delete_message(8, 6);
    delete_message(9, 3); /* not in the ring */
    resume_at(&ann, 6, 9);
    assert_recovered(true);
    HEARS(&ann, 7, "harmless", "", "");
    assert_int_equal(rec.n_fetches, 0);
}

static void what_was_read_behind_the_change_is_fresh(void **state)
{
    (void)state;
    hub_reached(hub, &R1, 7);
    answer_with(0, (struct hub_event[]){showing(6, 6, 7, gone), deletion(7, 6)}, 2);
    resume_at(&ann, 5, 7);
    assert_recovered(true);
    HEARS(&ann, 6, "", "");
    assert_int_equal(rec.n_fetches, 1);
}

/* Message 6 is edited while 7, which is deleted, is read again: before or behind the snapshot. */
static void edit_while_it_is_read(bool is_behind)
{
    post(6, secret);
    post(7, other);
    delete_message(8, 7);
    resume_at(&ann, 5, 8);
    assert_fetch(0, 5, 7);
    struct hub_event rows[] = {showing(6, 6, is_behind ? 6 : 9, is_behind ? secret : harmless),
                               showing(7, 7, 8, gone)};
    struct hub_event edited = showing(9, 6, 9, harmless);
    edited.changes = 6;
    hub_offer(hub, &R1, &edited);
    answer_with(0, rows, 2);
}

static void changed_while_it_is_read(void **state)
{
    (void)state;
    edit_while_it_is_read(true);
    assert_fetch(1, 5, 6);
    answer_with(1, (struct hub_event[]){showing(6, 6, 9, harmless)}, 1);
    assert_recovered(true);
    HEARS(&ann, 6, "harmless", "", "", "harmless");
}

static void changed_before_it_is_read(void **state)
{
    (void)state;
    edit_while_it_is_read(false);
    assert_recovered(true);
    assert_int_equal(rec.n_fetches, 1);
    HEARS(&ann, 6, "harmless", "", "", "harmless");
}

/* By somebody who edits it faster than it can be read: each edit outdates the one before. */
static void changed_again_and_again(void **state)
{
    struct hub_event rows[MAX_NOTES];

    (void)state;
    post(6, secret);
    delete_message(7, 6);
    resume_at(&ann, 5, 7);
    for (size_t i = 0; rec.n_joined == 1; i++) {
        uint64_t last = 7 + i;
        assert_fetch(i, 5, last - 1);
        for (uint64_t seq = 6; seq < last; seq++)
            rows[seq - 6] = showing(seq, 6, last, gone);
        delete_message(last + 1, 6);
        answer_with(i, rows, last - 6);
    }
    assert_recovered(false);
    assert_int_equal(rec.n_fetches, 3);
}

static void changed_while_the_ring_grows(void **state)
{
    (void)state;
    post(6, other);
    resume_at(&ann, 3, 6);
    assert_fetch(0, 0, 5);
    struct hub_event rows[5];
    for (uint64_t seq = 1; seq <= 5; seq++)
        rows[seq - 1] = showing(seq, seq, seq, seq == 4 ? secret : harmless);
    delete_message(7, 4);
    answer_with(0, rows, 5);
    assert_fetch(1, 3, 4);
    answer_with(1, (struct hub_event[]){showing(4, 4, 7, gone)}, 1);
    assert_recovered(true);
    HEARS(&ann, 4, "", "harmless", "other", "");
}

static void retired_meanwhile(void **state)
{
    (void)state;
    post(6, secret);
    post(7, other);
    delete_message(8, 6);
    delete_message(9, 7);
    resume_at(&ann, 5, 9);
    for (size_t i = 0; rec.n_joined == 1; i++)
        answer_with(i, (struct hub_event[]){showing(7, 7, 9, gone)}, 1);
    assert_recovered(false);
}

static void reading_fails_once(void **state)
{
    (void)state;
    post(6, secret);
    delete_message(7, 6);
    resume_at(&ann, 5, 7);
    hub_fetch_failed(hub, &rec.fetches[0]);
    hub_tick(hub, 2000);
    assert_fetch(1, 5, 6);
    answer_with(1, (struct hub_event[]){showing(6, 6, 7, gone)}, 1);
    assert_recovered(true);
    HEARS(&ann, 6, "", "");
}

static void who_may_see_what_has_changed(void **state)
{
    struct hub_event updated = showing(8, 0, 0, other);

    (void)state;
    post(6, harmless);
    react(7, 3, secret);
    updated.changes = HUB_EVERY_MESSAGE;
    hub_offer(hub, &R1, &updated);
    resume_at(&ann, 5, 8);
    assert_fetch(0, 5, 7);
    answer_with(0, (struct hub_event[]){showing(6, 6, 6, harmless), showing(7, 0, 0, other)}, 2);
    assert_recovered(true);
    HEARS(&ann, 6, "harmless", "other", "other");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(who_resumes_does_not_hear_it),
        TEST(who_missed_nothing_of_it_does_not_wait),
        TEST(what_was_read_behind_the_change_is_fresh),
        TEST(changed_while_it_is_read),
        TEST(changed_before_it_is_read),
        TEST(changed_again_and_again),
        TEST(changed_while_the_ring_grows),
        TEST(retired_meanwhile),
        TEST(reading_fails_once),
        TEST(who_may_see_what_has_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
