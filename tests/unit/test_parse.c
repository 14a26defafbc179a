/* test_parse.c - numbers, durations, escapes and pairs: the borders, and all that must be refused.
 */
#include "unit.h"
#include "unit_arena.h"

#include "cs_parse.h"

#include <time.h>

static void unsigned_numbers(void **state)
{
    static const char *const bad[] = {
        "",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1x",
        "0x1",
        "1.0",
        "18446744073709551616",
        "99999999999999999999999",
    };
    uint64_t v = 77;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(cs_parse_u64(cs_str_c(bad[i]), 0, UINT64_MAX, &v));
    assert_false(cs_parse_u64(CS_LIT("1\0"), 0, 10, &v));
    assert_false(cs_parse_u64(CS_LIT("0"), 1, 10, &v));
    assert_false(cs_parse_u64(CS_LIT("11"), 1, 10, &v));
    assert_int_equal(v, 77); /* untouched by all that */
    assert_true(cs_parse_u64(CS_LIT("18446744073709551615"), 0, UINT64_MAX, &v));
    assert_true(v == UINT64_MAX);
    assert_true(cs_parse_u64(CS_LIT("10"), 1, 10, &v));
    assert_int_equal(v, 10);
}

static void signed_numbers(void **state)
{
    int64_t v = 77;

    (void)state;
    assert_false(cs_parse_i64(CS_LIT("-"), INT64_MIN, INT64_MAX, &v));
    assert_false(cs_parse_i64(CS_LIT("--1"), INT64_MIN, INT64_MAX, &v));
    assert_false(cs_parse_i64(CS_LIT(""), INT64_MIN, INT64_MAX, &v));
    assert_false(cs_parse_i64(CS_LIT("9223372036854775808"), INT64_MIN, INT64_MAX, &v));
    assert_false(cs_parse_i64(CS_LIT("-9223372036854775809"), INT64_MIN, INT64_MAX, &v));
    assert_false(cs_parse_i64(CS_LIT("-5"), -4, 4, &v));
    assert_int_equal(v, 77);
    assert_true(cs_parse_i64(CS_LIT("-9223372036854775808"), INT64_MIN, INT64_MAX, &v));
    assert_true(v == INT64_MIN);
    assert_true(cs_parse_i64(CS_LIT("9223372036854775807"), INT64_MIN, INT64_MAX, &v));
    assert_true(v == INT64_MAX);
    assert_true(cs_parse_i64(CS_LIT("-4"), -4, 4, &v));
    assert_int_equal(v, -4);
}

static void booleans(void **state)
{
    bool v = false;

    (void)state;
    assert_true(cs_parse_bool(CS_LIT("TRUE"), &v) && v);
    assert_true(cs_parse_bool(CS_LIT("off"), &v) && !v);
    assert_true(cs_parse_bool(CS_LIT("1"), &v) && v);
    assert_true(cs_parse_bool(CS_LIT("no"), &v) && !v);
    assert_false(cs_parse_bool(CS_LIT(""), &v));
    assert_false(cs_parse_bool(CS_LIT("2"), &v));
    assert_false(cs_parse_bool(CS_LIT("truely"), &v));
}

static void durations(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {{"7d", 604800}, {"12h", 43200}, {"30m", 1800}, {"45s", 45}, {"90", 90}, {"0", 0}};
    static const char *const bad[] = {
        "", "d", "-1d", "7 d", "7w", "1h30m", "1.5h", "9223372036854775807d", "d7", "7dd",
    };
    int64_t v = 77;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(cs_parse_duration(cs_str_c(bad[i]), 0, INT64_MAX, &v));
    assert_false(cs_parse_duration(CS_LIT("2h"), 0, 7199, &v));
    assert_int_equal(v, 77);
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(cs_parse_duration(cs_str_c(good[i].text), 0, INT64_MAX, &v));
        assert_int_equal(v, good[i].seconds);
    }
}

static void assert_instant(const char *text, int64_t want)
{
    int64_t v = -1;

    if (!cs_parse_rfc3339(cs_str_c(text), &v) || v != want)
        fail_msg("%s gave %lld, not %lld", text, (long long)v, (long long)want);
}

static void instants(void **state)
{
    (void)state;
    assert_instant("1970-01-01T00:00:00Z", 0);
    assert_instant("1970-01-01T01:00:00+01:00", 0);
    assert_instant("1969-12-31T23:00:00-01:00", 0);
    assert_instant("1970-01-01T00:00:00.001Z", 1);
    assert_instant("2026-11-20T12:00:00.000Z", 1795176000000);
    assert_instant("2026-11-20t12:00:00z", 1795176000000);
    assert_instant("2026-11-20T13:30:00+01:30", 1795176000000);
    assert_instant("2026-11-19T12:01:00-23:59", 1795176000000);
    assert_instant("2026-11-20T12:00:00-00:00", 1795176000000);
    assert_instant("2026-11-20T12:00:00.5Z", 1795176000500);
    assert_instant("2026-11-20T12:00:00.123999999999999999999999999Z", 1795176000123);
    assert_instant("2000-02-29T23:59:59Z", 951868799000);
    assert_instant("2024-02-29T00:00:00Z", 1709164800000);
    assert_instant("9999-12-31T23:59:59.999Z", 253402300799999);
    assert_instant("9999-12-31T23:59:59.999+00:00", 253402300799999);
}

/* Every day of the range as the C library has it. */
static void every_day_has_its_number(void **state)
{
    char text[32];

    (void)state;
    for (int64_t day = 0; day < 2932897; day++) { /* 10000-01-01 is the first beyond */
        time_t at = (time_t)(day * 86400);
        struct tm tm;
        assert_non_null(gmtime_r(&at, &tm));
        assert_int_equal(strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm), 20);
        assert_instant(text, day * 86400000);
    }
}

static void no_instants(void **state)
{
    static const char *const bad[] = {
        "", "2026", "2026-11-20", "2026-11-20T12:00Z", "2026-11-20T12:00:00",
        "2026-11-20 12:00:00Z", "2026-11-20T12:00:00.Z", "2026-11-20T12:00:00,5Z",
        "2026-11-20T12:00:00ZZ", "2026-11-20T12:00:00Z ", " 2026-11-20T12:00:00Z",
        "2026-11-20T12:00:00+0100", "2026-11-20T12:00:00+01", "2026-11-20T12:00:00+01:0",
        "2026-11-20T12:00:00+01:000", "2026-11-20T12:00:00+24:00", "2026-11-20T12:00:00+01:60",
        "2026-11-20T12:00:00+-1:00", "26-11-20T12:00:00Z", "+2026-11-20T12:00:00Z",
        "02026-11-20T12:00:00Z", "2026-1-20T12:00:00Z", "2026-00-20T12:00:00Z",
        "2026-13-20T12:00:00Z", "2026-11-00T12:00:00Z", "2026-11-31T12:00:00Z",
        "2026-01-32T12:00:00Z", "2026-02-29T12:00:00Z", "2100-02-29T12:00:00Z",
        "2024-02-30T12:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T12:60:00Z",
        "2026-11-20T12:00:60Z", "2016-12-31T23:59:60Z", "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "0000-01-01T00:00:00Z",
        "2026/11/20T12:00:00Z", "2026-11-20T12.00.00Z", "2026-11-20T12:00:00.1.2Z",
        "2026-11-20X12:00:00Z", "2026-11-20T12:00:00\xe2\x88\x92" "01:00", "now", "infinity",
        "2026\r11-20T12:00:00Z", "2026-11-20T12\x1a" "00:00Z",
    };
    int64_t v = 77;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (cs_parse_rfc3339(cs_str_c(bad[i]), &v))
            fail_msg("\"%s\" was taken", bad[i]);
    assert_false(cs_parse_rfc3339(CS_LIT("2026-11-20T12:00:00Z\0"), &v));
    assert_false(cs_parse_rfc3339(cs_str_n(NULL, 0), &v));
    assert_int_equal(v, 77); /* untouched by all that */
}

static void hexadecimal(void **state)
{
    uint8_t out[4] = {0};
    struct cs_buf b;

    (void)state;
    assert_false(cs_parse_hex(CS_LIT("00ff7"), out, 2));
    assert_false(cs_parse_hex(CS_LIT("00ff7g"), out, 3));
    assert_false(cs_parse_hex(CS_LIT("00ff7f"), out, 4));
    assert_true(cs_parse_hex(CS_LIT("00fF7fA1"), out, 4));
    cs_buf_init(&b, 8);
    cs_buf_hex(&b, out, 4);
    assert_text(cs_buf_view(&b), "00ff7fa1");
    cs_buf_hex(&b, out, 1);
    assert_true(b.failed);
    cs_buf_release(&b);
}

static void percent_escapes_are_decoded_once(void **state)
{
    struct cs_str out;

    (void)state;
    assert_int_equal(cs_parse_percent(&arena, CS_LIT("a%20b+c"), false, &out, NULL), CS_OK);
    assert_text(out, "a b+c");
    assert_int_equal(cs_parse_percent(&arena, CS_LIT("a%20b+c"), true, &out, NULL), CS_OK);
    assert_text(out, "a b c");
    assert_int_equal(cs_parse_percent(&arena, CS_LIT("%252f%E2%82%ac"), false, &out, NULL), CS_OK);
    assert_text(out, "%2f\xe2\x82\xac");
    assert_int_equal(out.p[out.len], '\0');
    assert_int_equal(cs_parse_percent(&arena, cs_str_n(NULL, 0), false, &out, NULL), CS_OK);
    assert_text(out, "");
}

static void bad_escapes_are_refused(void **state)
{
    static const char *const bad[] = {
        "%",   "%2",    "a%2",    "%zz", "%2g",       "%g2",  "%%20",
        "%00", "a%00b", "%c0%af", "%ff", "%ed%a0%80", "\xff",
    };
    struct cs_err err;
    struct cs_str out = CS_LIT("kept");

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        enum cs_rc rc = cs_parse_percent(&arena, cs_str_c(bad[i]), false, &out, &err);
        assert_int_equal(rc, CS_E_BAD_ENCODING);
        assert_int_equal(err.rc, CS_E_BAD_ENCODING);
    }
    assert_text(out, "kept");
}

static void pairs_are_split_then_decoded(void **state)
{
    static const struct {
        const char *name, *value;
    } want[] = {{"a", "1"}, {"b", ""}, {"c", ""}, {"d=e", "x&y=z"}, {"", "v"}};
    struct cs_str rest = CS_LIT("a=1&b=&&c&d%3De=x%26y=z&=v&");
    struct cs_pair pair;
    bool found = true;
    size_t n = 0;

    (void)state;
    for (;;) {
        assert_int_equal(cs_parse_pair(&arena, &rest, &pair, &found, NULL), CS_OK);
        if (!found)
            break;
        assert_true(n < COUNT(want));
        assert_text(pair.name, want[n].name);
        assert_text(pair.value, want[n++].value);
    }
    assert_int_equal(n, COUNT(want));
}

static void a_bad_pair_fails_the_whole(void **state)
{
    struct cs_str name = CS_LIT("%ff=1"), value = CS_LIT("a=%00"), empty = CS_LIT("");
    struct cs_pair pair;
    bool found = true;

    (void)state;
    assert_int_equal(cs_parse_pair(&arena, &name, &pair, &found, NULL), CS_E_BAD_ENCODING);
    assert_int_equal(cs_parse_pair(&arena, &value, &pair, &found, NULL), CS_E_BAD_ENCODING);
    assert_int_equal(cs_parse_pair(&arena, &empty, &pair, &found, NULL), CS_OK);
    assert_false(found);
}

static void no_room_in_the_arena(void **state)
{
    struct cs_arena small;
    struct cs_str out;

    (void)state;
    cs_arena_init(&small, 4);
    assert_int_equal(cs_parse_percent(&small, CS_LIT("abcdef"), false, &out, NULL), CS_E_NO_MEMORY);
    cs_arena_release(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsigned_numbers),
        cmocka_unit_test(signed_numbers),
        cmocka_unit_test(booleans),
        cmocka_unit_test(durations),
        cmocka_unit_test(instants),
        cmocka_unit_test(every_day_has_its_number),
        cmocka_unit_test(no_instants),
        cmocka_unit_test(hexadecimal),
        cmocka_unit_test(percent_escapes_are_decoded_once),
        cmocka_unit_test(bad_escapes_are_refused),
        cmocka_unit_test(pairs_are_split_then_decoded),
        cmocka_unit_test(a_bad_pair_fails_the_whole),
        cmocka_unit_test(no_room_in_the_arena),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
