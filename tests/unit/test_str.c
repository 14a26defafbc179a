/* test_str.c - strings and buffers: comparison, cutting, growth, the maximum, sticky failure. */
#include "failmalloc.h"
#include "unit.h"

#include "cs_arena.h"

static void comparisons_mind_length_and_case(void **state)
{
    (void)state;
    assert_true(cs_str_eq(CS_LIT("abc"), cs_str_n("abcd", 3)));
    assert_false(cs_str_eq(CS_LIT("abc"), CS_LIT("abd")));
    assert_false(cs_str_eq(CS_LIT("abc"), CS_LIT("ab")));
    assert_true(cs_str_eq(cs_str_n(NULL, 0), CS_LIT("")));
    assert_true(cs_str_ieq(CS_LIT("X-Session-TOKEN"), CS_LIT("x-session-token")));
    assert_false(cs_str_ieq(CS_LIT("@["), CS_LIT("`{")));
    assert_true(cs_str_starts(CS_LIT("Bearer x"), CS_LIT("Bearer ")));
    assert_false(cs_str_starts(CS_LIT("Bear"), CS_LIT("Bearer ")));
    assert_int_equal(cs_str_c(NULL).len, 0);
}

static void trim_takes_blanks_from_both_ends_only(void **state)
{
    (void)state;
    assert_text(cs_str_trim(CS_LIT(" \t\r\n a b \n")), "a b");
    assert_text(cs_str_trim(CS_LIT(" \n ")), "");
    assert_text(cs_str_trim(cs_str_n(NULL, 0)), "");
}

static void split_yields_every_piece_once(void **state)
{
    struct cs_str rest = CS_LIT("a,,b,");
    const char *want[] = {"a", "", "b", ""};
    size_t n = 0;

    (void)state;
    while (rest.p) {
        struct cs_str piece = cs_str_split(&rest, ',');
        assert_true(n < COUNT(want));
        assert_text(piece, want[n++]);
    }
    assert_int_equal(n, COUNT(want));
}

static void copies_in_the_arena_end_in_nul(void **state)
{
    struct cs_arena a;

    (void)state;
    cs_arena_init(&a, 1024);
    struct cs_str copy = cs_str_dup(&a, cs_str_n("hello world", 5));
    assert_text(copy, "hello");
    assert_int_equal(copy.p[5], '\0');
    assert_string_equal(cs_str_cstr(&a, cs_str_n("xyz", 2)), "xy");
    assert_string_equal(cs_str_cstr(&a, cs_str_n(NULL, 0)), "");
    assert_null(cs_str_dup(&a, cs_str_n(copy.p, 2000)).p);
    cs_arena_release(&a);
}

static void numbers_are_written_exactly(void **state)
{
    struct cs_buf b;

    (void)state;
    cs_buf_init(&b, 1000);
    cs_buf_i64(&b, INT64_MIN);
    cs_buf_putc(&b, ' ');
    cs_buf_i64(&b, INT64_MAX);
    cs_buf_putc(&b, ' ');
    cs_buf_u64(&b, UINT64_MAX);
    cs_buf_putc(&b, ' ');
    cs_buf_u64(&b, 0);
    cs_buf_printf(&b, " %s-%d", "x", 7);
    assert_text(cs_buf_view(&b),
                "-9223372036854775808 9223372036854775807 18446744073709551615 0 x-7");
    cs_buf_release(&b);
}

static void the_maximum_holds_and_failure_sticks(void **state)
{
    struct cs_buf b;

    (void)state;
    cs_buf_init(&b, 300);
    for (int i = 0; i < 300; i++)
        cs_buf_putc(&b, 'x');
    assert_false(b.failed);
    assert_int_equal(strlen(cs_buf_cview(&b)), 300);
    cs_buf_putc(&b, 'y');
    assert_true(b.failed);
    assert_int_equal(b.len, 300);
    cs_buf_add(&b, "", 0);
    cs_buf_cstr(&b, "z");
    assert_int_equal(b.len, 300);
    assert_string_equal(cs_buf_cview(&b), "");

    cs_buf_clear(&b);
    assert_false(b.failed);
    cs_buf_printf(&b, "%0301d", 1);
    assert_true(b.failed);
    assert_int_equal(b.len, 0);
    cs_buf_release(&b);
}

static void shrink_gives_back_only_what_is_large(void **state)
{
    struct cs_buf b;

    (void)state;
    cs_buf_init(&b, 100000);
    assert_string_equal(cs_buf_cview(&b), "");
    cs_buf_printf(&b, "%05000d", 1);
    cs_buf_shrink(&b, 100000);
    assert_non_null(b.p);
    assert_int_equal(b.len, 0);
    cs_buf_shrink(&b, 1000);
    assert_null(b.p);
    cs_buf_cstr(&b, "again");
    assert_text(cs_buf_view(&b), "again");
    cs_buf_release(&b);
}

static bool build_a_long_text(void)
{
    struct cs_buf b;
    bool ok;

    cs_buf_init(&b, 1 << 20);
    for (int i = 0; i < 1000; i++)
        cs_buf_printf(&b, "%d ", i);
    ok = !b.failed;
    cs_buf_release(&b);
    return ok;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(build_a_long_text) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_mind_length_and_case),
        cmocka_unit_test(trim_takes_blanks_from_both_ends_only),
        cmocka_unit_test(split_yields_every_piece_once),
        cmocka_unit_test(copies_in_the_arena_end_in_nul),
        cmocka_unit_test(numbers_are_written_exactly),
        cmocka_unit_test(the_maximum_holds_and_failure_sticks),
        cmocka_unit_test(shrink_gives_back_only_what_is_large),
        cmocka_unit_test(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
