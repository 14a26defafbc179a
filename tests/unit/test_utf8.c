/* test_utf8.c - UTF-8 at every border of RFC 3629's table. */
#include "unit.h"

#include "cs_utf8.h"

static void borders_of_every_range_are_valid(void **state)
{
    static const char *const good[] = {
        "",
        "plain ASCII, longer than eight bytes\x7f",
        "\xc2\x80 \xdf\xbf",
        "\xe0\xa0\x80 \xe1\x80\x80 \xec\xbf\xbf \xed\x80\x80",
        "\xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf",
        "\xf0\x90\x80\x80 \xf1\x80\x80\x80 \xf3\xbf\xbf\xbf \xf4\x8f\xbf\xbf",
        "1234567\xc3\xa4 1234567\xe2\x82\xac 123456\xf0\x9f\x98\x80",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(cs_utf8_text_ok(cs_str_c(good[i])));
    assert_true(cs_utf8_text_ok(cs_str_n(NULL, 0)));
}

static void bad_sequences_are_found_where_they_start(void **state)
{
    static const char *const bad[] = {
        "\x80", /* a tail alone */
        "\xbf",
        "\xc0\xaf", /* overlong '/' */
        "\xc1\xbf",
        "\xe0\x80\xaf", /* overlong in three bytes */
        "\xe0\x9f\xbf",
        "\xf0\x80\x80\xaf", /* overlong in four */
        "\xf0\x8f\xbf\xbf",
        "\xed\xa0\x80", /* surrogates */
        "\xed\xbf\xbf",
        "\xf4\x90\x80\x80", /* above U+10FFFF */
        "\xf5\x80\x80\x80",
        "\xff",
        "\xfe",
        "\xc3", /* cut short */
        "\xe2\x82",
        "\xf0\x9f\x98",
        "\xc3(", /* tail missing */
        "\xe2\x82(",
        "\xe2(\x82",
        "\xf0\x9f\x98(",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        char text[32] = "good bytes ";
        size_t at = strlen(text);
        memcpy(text + at, bad[i], strlen(bad[i]) + 1);
        assert_int_equal(cs_utf8_bad_at(cs_str_c(text)), at);
        assert_int_equal(cs_utf8_bad_at(cs_str_c(bad[i])), 0);
        assert_false(cs_utf8_valid(cs_str_c(bad[i])));
        assert_false(cs_utf8_text_ok(cs_str_c(bad[i])));
    }
}

/* What two bytes alone may be, said without the table. */
static bool naive_two(unsigned a, unsigned b)
{
    bool both_ascii = a < 0x80 && b < 0x80;

    return both_ascii || (a >= 0xc2 && a <= 0xdf && (b & 0xc0) == 0x80);
}

static void all_pairs_of_bytes(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            char text[2] = {(char)a, (char)b};
            assert_int_equal(cs_utf8_valid(cs_str_n(text, 2)), naive_two(a, b));
        }
    }
}

static void nul_is_valid_utf8_but_no_text(void **state)
{
    (void)state;
    assert_true(cs_utf8_valid(CS_LIT("a\0b")));
    assert_false(cs_utf8_text_ok(CS_LIT("a\0b")));
}

static void code_points_are_counted_and_cut(void **state)
{
    struct cs_str s = CS_LIT("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z");

    (void)state;
    assert_int_equal(cs_utf8_count(s), 5);
    assert_int_equal(cs_utf8_count(cs_str_n(NULL, 0)), 0);
    assert_text(cs_utf8_cut(s, 0), "");
    assert_text(cs_utf8_cut(s, 2), "a\xc3\xa4");
    assert_text(cs_utf8_cut(s, 4), "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    assert_int_equal(cs_utf8_cut(s, 5).len, s.len);
    assert_int_equal(cs_utf8_cut(s, 500).len, s.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(borders_of_every_range_are_valid),
        cmocka_unit_test(bad_sequences_are_found_where_they_start),
        cmocka_unit_test(all_pairs_of_bytes),
        cmocka_unit_test(nul_is_valid_utf8_but_no_text),
        cmocka_unit_test(code_points_are_counted_and_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
