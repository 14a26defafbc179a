/* test_arena.c - the arena: alignment, zeroing, the maximum, deferred destructors. */
#include "failmalloc.h"
#include "unit.h"

#include "cs_arena.h"

static char trail[16]; /* what the destructors ran on, in order */

static void note(void *object)
{
    size_t n = strlen(trail);

    assert_true(n < sizeof trail - 1);
    trail[n] = *(const char *)object;
}

static void forget(void)
{
    memset(trail, 0, sizeof trail);
}

static void memory_is_zeroed_and_aligned_also_when_reused(void **state)
{
    struct cs_arena a;

    (void)state;
    cs_arena_init(&a, 1 << 20);
    for (int round = 0; round < 3; round++) {
        for (size_t size = 1; size < 200; size++) {
            unsigned char *p = cs_arena_alloc(&a, size);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 16, 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xff, size);
        }
        cs_arena_reset(&a);
    }
    assert_non_null(cs_arena_alloc(&a, 0));
    cs_arena_release(&a);
}

static void the_maximum_holds_until_reset(void **state)
{
    struct cs_arena a;

    (void)state;
    cs_arena_init(&a, 64 * 1024);
    assert_non_null(cs_arena_alloc(&a, 40 * 1024));
    assert_null(cs_arena_alloc(&a, 40 * 1024));
    assert_true(a.failed);
    assert_non_null(cs_arena_alloc(&a, 16)); /* small ones still fit; `failed` stays */
    assert_true(a.failed);
    cs_arena_reset(&a);
    assert_false(a.failed);
    assert_non_null(cs_arena_alloc(&a, 64 * 1024));
    cs_arena_release(&a);
}

static void sizes_that_overflow_are_refused(void **state)
{
    struct cs_arena a;

    (void)state;
    cs_arena_init(&a, 1 << 20);
    assert_null(cs_arena_array(&a, SIZE_MAX / 2, 4));
    assert_true(a.failed);
    assert_null(cs_arena_alloc(&a, SIZE_MAX));
    assert_null(cs_arena_dup(&a, "x", SIZE_MAX));
    assert_non_null(cs_arena_array(&a, 10, 8));
    cs_arena_release(&a);
}

static void texts_are_copied_and_formatted(void **state)
{
    struct cs_arena a;

    (void)state;
    cs_arena_init(&a, 1 << 20);
    assert_string_equal(cs_arena_dup(&a, "hello", 4), "hell");
    assert_string_equal(cs_arena_printf(&a, "%d %s", 42, "rooms"), "42 rooms");
    cs_arena_release(&a);
}

static void destructors_run_once_last_in_first_out(void **state)
{
    static char objects[] = "abc";
    struct cs_arena a;

    (void)state;
    forget();
    cs_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < 3; i++)
        assert_true(cs_arena_defer(&a, note, &objects[i]));
    cs_arena_reset(&a);
    assert_string_equal(trail, "cba");
    cs_arena_release(&a);
    assert_string_equal(trail, "cba");
}

static void what_cannot_be_deferred_is_destroyed_at_once(void **state)
{
    static char object = 'x';
    struct cs_arena a;

    (void)state;
    forget();
    cs_arena_init(&a, 8); /* too small for the note itself */
    assert_false(cs_arena_defer(&a, note, &object));
    assert_string_equal(trail, "x");
    cs_arena_release(&a);
    assert_string_equal(trail, "x");
}

static bool use_several_blocks(void)
{
    static char object = 'd';
    struct cs_arena a;
    bool ok = true;

    forget();
    cs_arena_init(&a, 1 << 20);
    for (int i = 0; i < 4; i++)
        ok = cs_arena_alloc(&a, 12 * 1024) && ok;
    ok = cs_arena_defer(&a, note, &object) && ok;
    ok = cs_arena_printf(&a, "%05000d", 1) && ok;
    assert_int_equal(ok, !a.failed);
    cs_arena_release(&a);
    assert_string_equal(trail, "d");
    return ok;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(use_several_blocks) >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned_also_when_reused),
        cmocka_unit_test(the_maximum_holds_until_reset),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(texts_are_copied_and_formatted),
        cmocka_unit_test(destructors_run_once_last_in_first_out),
        cmocka_unit_test(what_cannot_be_deferred_is_destroyed_at_once),
        cmocka_unit_test(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
