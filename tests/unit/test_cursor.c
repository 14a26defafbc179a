/* test_cursor.c - the text that resumes a stream of rooms: what is written is read again, nothing else
 * is taken, and it keeps to its bounds. */
#include "unit.h"

#include "cs_rand.h"
#include "cursor.h"

#define EPOCH "7710699907764953763-00000001-9b6a8553892e5010"

static struct cursor parsed(const struct cursor *c, size_t *len)
{
    struct cursor back;
    struct cs_buf b;

    cs_buf_init(&b, CURSOR_TEXT_MAX);
    cursor_write(c, &b);
    assert_false(b.failed);
    *len = b.len;
    assert_true(cursor_parse(cs_buf_view(&b), &back));
    cs_buf_release(&b);
    return back;
}

static void it_comes_back_as_it_was(void **state)
{
    static const uint64_t seqs[] = {0, 1, 63, 64, 4095, 4096, UINT32_MAX, INT64_MAX};
    struct cursor c = {.epoch = cursor_epoch(EPOCH)};
    struct cs_uuid rooms[8];
    size_t len;

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        rooms[i] = cs_uuid_new();
        assert_true(cursor_set(&c, &rooms[i], seqs[i]));
    }
    struct cursor back = parsed(&c, &len);
    assert_int_equal(back.epoch, c.epoch);
    assert_int_equal(back.n, 8);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(cursor_find(&back, &rooms[i])->seq, seqs[i]);
}

static void a_room_takes_eleven_characters(void **state)
{
    struct cursor c = {.epoch = UINT64_MAX};
    struct cs_uuid room = cs_uuid_new();
    size_t len;

    (void)state;
    assert_true(cursor_set(&c, &room, 4000));
    assert_int_equal(parsed(&c, &len).epoch, UINT64_MAX);
    assert_int_equal(len, 12 + 11);
}

static void positions_move_and_go(void **state)
{
    struct cursor c = {.epoch = 1};
    struct cs_uuid a = cs_uuid_new(), b = cs_uuid_new();

    (void)state;
    assert_null(cursor_find(&c, &a));
    assert_true(cursor_set(&c, &a, 1) && cursor_set(&c, &b, 2) && cursor_set(&c, &a, 3));
    assert_int_equal(c.n, 2);
    assert_int_equal(cursor_find(&c, &a)->seq, 3);
    cursor_drop(&c, &a);
    cursor_drop(&c, &a);
    assert_null(cursor_find(&c, &a));
    assert_int_equal(cursor_find(&c, &b)->seq, 2);
}

static void it_is_full_some_time(void **state)
{
    struct cursor c = {.epoch = 1};
    struct cs_uuid room;
    size_t len;

    (void)state;
    for (size_t i = 0; i < CURSOR_PLACES_MAX; i++) {
        room = cs_uuid_new();
        assert_true(cursor_set(&c, &room, INT64_MAX));
    }
    assert_true(cursor_set(&c, &room, INT64_MAX)); /* one that it has */
    assert_int_equal(parsed(&c, &len).n, CURSOR_PLACES_MAX);
    assert_true(len <= CURSOR_TEXT_MAX);
    room = cs_uuid_new();
    assert_false(cursor_set(&c, &room, 1));
    assert_int_equal(c.n, CURSOR_PLACES_MAX);
}

static void epochs_differ(void **state)
{
    (void)state;
    assert_int_not_equal(cursor_epoch(EPOCH), cursor_epoch(""));
    assert_int_not_equal(cursor_epoch("1-00000001-a"), cursor_epoch("1-00000002-a"));
}

static void nothing_else_is_taken(void **state)
{
    static const char *const bad[] = {
        "", "1", "1AAAAAAAAAA", "2AAAAAAAAAAA", "1AAAAAAAAAAAA", "1AAAAAAAAAA=", "1AAAAAAAAAAA.",
        "1AAAAAAAAAAA.AAAAAAAA", "1AAAAAAAAAAA.AAAAAAA+A", "1AAAAAAAAAAA.AAAAAAAAA.",
        "1AAAAAAAAAAA.AAAAAAAAA.AAAAAAAAB", /* a room twice */
        "1AAAAAAAAAAA.AAAAAAAAIAAAAAAAAAA",  /* 2^63 */
        "1AAAAAAAAAAA.AAAAAAAA__________________", "1__________ _", "1___________",
    };
    struct cursor c;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(cursor_parse(cs_str_c(bad[i]), &c));
        assert_int_equal(c.n, 0);
        assert_int_equal(c.epoch, 0);
    }
    assert_false(cursor_parse(cs_str_n("1AAAAAAAAAA\0", 12), &c));
    assert_false(cursor_parse((struct cs_str){NULL, 0}, &c));
}

/* Whatever comes: what is taken is written as something that is taken again, with the same meaning. */
static void anything_may_come(void **state)
{
    static const char some[] = "1AAz09-_..=";
    char text[200];
    struct cursor c;
    size_t len;

    (void)state;
    for (int turn = 0; turn < 20000; turn++) {
        size_t n = cs_rand_below(sizeof text);
        for (size_t i = 0; i < n; i++)
            text[i] = i == 0 ? '1' : i > 12 && i % 12 != 0 ? some[cs_rand_below(8) + 1] : '.';
        memset(text + 1, 'A' + (char)cs_rand_below(26), n < 12 ? 0 : 11);
        if (!cursor_parse(cs_str_n(text, n), &c))
            continue;
        struct cursor back = parsed(&c, &len);
        assert_int_equal(back.n, c.n);
        assert_memory_equal(back.at, c.at, c.n * sizeof *c.at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_comes_back_as_it_was),
        cmocka_unit_test(a_room_takes_eleven_characters),
        cmocka_unit_test(positions_move_and_go),
        cmocka_unit_test(it_is_full_some_time),
        cmocka_unit_test(epochs_differ),
        cmocka_unit_test(nothing_else_is_taken),
        cmocka_unit_test(anything_may_come),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
