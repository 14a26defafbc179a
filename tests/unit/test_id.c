/* test_id.c - UUIDs: version 7, strictly rising, read and written canonically. */
#include "unit.h"

#include "cs_clock.h"
#include "cs_id.h"
#include "cs_rand.h"

static void new_ids_are_version_7_of_now(void **state)
{
    uint64_t before = cs_clock_wall_ms(), ms = 0;
    struct cs_uuid id = cs_uuid_new();

    (void)state;
    for (int i = 0; i < 6; i++)
        ms = ms << 8 | id.b[i];
    assert_int_equal(id.b[6] >> 4, 7);
    assert_int_equal(id.b[8] >> 6, 2);
    assert_true(ms >= before && ms <= cs_clock_wall_ms() + 1);
}

static void ids_rise_strictly_also_within_a_millisecond(void **state)
{
    struct cs_uuid last = cs_uuid_new();

    (void)state;
    for (int i = 0; i < 50000; i++) {
        struct cs_uuid id = cs_uuid_new();
        assert_true(memcmp(last.b, id.b, sizeof id.b) < 0);
        last = id;
    }
}

static void text_and_back(void **state)
{
    char text[CS_UUID_LEN + 1];
    struct cs_uuid id = cs_uuid_new(), back;
    struct cs_buf b;

    (void)state;
    cs_uuid_text(&id, text);
    assert_int_equal(strlen(text), CS_UUID_LEN);
    assert_true(cs_uuid_parse(cs_str_c(text), &back));
    assert_true(cs_uuid_eq(&id, &back));
    cs_buf_init(&b, 100);
    cs_buf_uuid(&b, &id);
    assert_text(cs_buf_view(&b), text);
    cs_buf_release(&b);
}

static void only_the_canonical_form_is_read(void **state)
{
    static const char *const bad[] = {
        "",
        "01890a5d-ac96-774b-bcce-b302099a805",
        "01890a5d-ac96-774b-bcce-b302099a80577",
        "01890a5dac96-774b-bcce-b302099a8057-",
        "01890a5d-ac96-774b-bcce-b302099a805g",
        "01890a5d+ac96-774b-bcce-b302099a8057",
        "{1890a5d-ac96-774b-bcce-b302099a805}",
        " 1890a5d-ac96-774b-bcce-b302099a8057",
    };
    struct cs_uuid id, upper;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(cs_uuid_parse(cs_str_c(bad[i]), &id));
    assert_true(cs_uuid_parse(CS_LIT("01890a5d-ac96-774b-bcce-b302099a8057"), &id));
    assert_true(cs_uuid_parse(CS_LIT("01890A5D-AC96-774B-BCCE-B302099A8057"), &upper));
    assert_true(cs_uuid_eq(&id, &upper));
}

static void the_lobby_and_nil_are_known(void **state)
{
    struct cs_uuid nil = {{0}};
    char text[CS_UUID_LEN + 1];

    (void)state;
    cs_uuid_text(&CS_LOBBY_ID, text);
    assert_string_equal(text, "00000000-0000-7000-8000-000000000001");
    assert_true(cs_uuid_is_nil(&nil));
    assert_false(cs_uuid_is_nil(&CS_LOBBY_ID));
    assert_int_not_equal(cs_uuid_hash(&nil), cs_uuid_hash(&CS_LOBBY_ID));
}

static void random_bytes_differ_and_stay_below_the_bound(void **state)
{
    uint8_t a[5000] = {0}, b[5000] = {0};
    bool seen[7] = {false};

    (void)state;
    cs_rand_bytes(a, sizeof a);
    cs_rand_bytes(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    cs_rand_secret(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    for (int i = 0; i < 2000; i++) {
        uint32_t v = cs_rand_below(7);
        assert_true(v < 7);
        seen[v] = true;
    }
    for (size_t i = 0; i < COUNT(seen); i++)
        assert_true(seen[i]);
    assert_int_equal(cs_rand_below(1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_ids_are_version_7_of_now),
        cmocka_unit_test(ids_rise_strictly_also_within_a_millisecond),
        cmocka_unit_test(text_and_back),
        cmocka_unit_test(only_the_canonical_form_is_read),
        cmocka_unit_test(the_lobby_and_nil_are_known),
        cmocka_unit_test(random_bytes_differ_and_stay_below_the_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
