/* test_names.c - what the name of a user may be made of: every range from both sides. */
#include "unit.h"

#include "names.h"

static struct cs_err err;

/* The code point in UTF-8 between two letters: neither at an end nor next to a space. */
static struct cs_str between(uint32_t point, char out[8])
{
    size_t n = 0;

    out[n++] = 'a';
    if (point < 0x80) {
        out[n++] = (char)point;
    } else if (point < 0x800) {
        out[n++] = (char)(0xc0 | point >> 6);
    } else {
        if (point < 0x10000) {
            out[n++] = (char)(0xe0 | point >> 12);
        } else {
            out[n++] = (char)(0xf0 | point >> 18);
            out[n++] = (char)(0x80 | (point >> 12 & 0x3f));
        }
        out[n++] = (char)(0x80 | (point >> 6 & 0x3f));
    }
    if (point >= 0x80)
        out[n++] = (char)(0x80 | (point & 0x3f));
    out[n++] = 'b';
    return cs_str_n(out, n);
}

static void assert_point(uint32_t point, bool fine)
{
    char text[8];
    enum cs_rc rc = username_check(between(point, text), "username", &err);

    if (rc != (fine ? CS_OK : CS_E_BAD_FIELD))
        fail_msg("U+%04X was %s", (unsigned)point, fine ? "refused" : "taken");
    if (!fine)
        assert_string_equal(err.field, "username");
}

static void assert_name(const char *name, const char *says)
{
    enum cs_rc rc = username_check(cs_str_c(name), "username", &err);

    if (!says && rc != CS_OK)
        fail_msg("\"%s\" was refused: %s", name, err.detail);
    if (says && (rc != CS_E_BAD_FIELD || !strstr(err.detail, says)))
        fail_msg("\"%s\": rc %d, \"%s\"", name, (int)rc, err.detail);
}

/* Both ends of every range, and the code points next to them unless they are refused too. */
static void every_range_ends_where_it_should(void **state)
{
    static const struct {
        uint32_t first, last;
        bool before, behind; /* fine */
    } ranges[] = {
        {0x0000, 0x001f, false, true},  {0x007f, 0x00a0, true, true},
        {0x00ad, 0x00ad, true, true},   {0x034f, 0x034f, true, true},
        {0x061c, 0x061c, true, true},   {0x070f, 0x070f, true, true},
        {0x115f, 0x1160, true, true},   {0x13430, 0x1343f, true, true},
        {0x16fe4, 0x16fe4, true, true}, {0x1d159, 0x1d159, true, true},
        {0x1680, 0x1680, true, true},   {0x17b4, 0x17b5, true, true},
        {0x180b, 0x180f, true, true},   {0x2000, 0x200f, true, true},
        {0x2028, 0x202f, true, true},   {0x205f, 0x206f, true, true},
        {0x2800, 0x2800, true, true},   {0x3000, 0x3000, true, true},
        {0x3164, 0x3164, true, true},   {0xe000, 0xf8ff, false, true},
        {0xfdd0, 0xfdef, true, true},   {0xfe00, 0xfe0f, true, true},
        {0xfeff, 0xfeff, true, true},   {0xffa0, 0xffa0, true, true},
        {0xfff0, 0xfffc, true, true},   {0xfffe, 0xffff, true, true},
        {0x1bca0, 0x1bca3, true, true}, {0x1d173, 0x1d17a, true, true},
        {0xe0000, 0xe0fff, false, true}, {0xf0000, 0x10ffff, false, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ranges); i++) {
        for (uint32_t p = ranges[i].first; p <= ranges[i].last; p++)
            assert_point(p, false);
        if (ranges[i].before)
            assert_point(ranges[i].first - 1, true);
        if (ranges[i].behind)
            assert_point(ranges[i].last + 1, true);
    }
}

static void the_last_two_of_a_plane_are_no_characters(void **state)
{
    (void)state;
    for (uint32_t plane = 0; plane <= 0x10; plane++) {
        assert_point(plane << 16 | 0xfffe, false);
        assert_point(plane << 16 | 0xffff, false);
        if (plane < 0xf)
            assert_point(plane << 16 | 0xfffd, true);
    }
}

static void reasons_are_said(void **state)
{
    (void)state;
    assert_name("a\nb", "username: must not hold control characters");
    assert_name("a\xe2\x80\xae" "b", "control characters");
    assert_name("a\xe2\x80\x8b" "b", "invisible characters");
    assert_name("a\xf3\xa0\x81\x81" "b", "invisible characters");
    assert_name("a\xe3\x80\x80" "b", "other spaces");
    assert_name("a\xee\x80\x80" "b", "reserved or private");
    assert_name("a\xff", "UTF-8");
    assert_name("a\xed\xa0\x80", "UTF-8");
    assert_name(" ann", "begin or end with a space");
    assert_name("ann ", "begin or end with a space");
    assert_name(" ", "begin or end with a space");
    assert_name("ann  lee", "two spaces in a row");
    assert_name("ann: I owe you", "a colon and a space");
    assert_name("! not sent", "an exclamation mark and a space");
}

static void usual_names_are_fine(void **state)
{
    static const char *const good[] = {
        "a", "ann", "Ann Lee Smith", "J\xc3\xb6rg", "a@b", "@a", "o'neil", "x_y-z.1", "ann:lee", "!",
        "\xe5\xb0\x8f\xe6\x9e\x97", "\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0", "\xf0\x9f\x98\x80",
        "Jo\xcc\x88rg", "\xe0\xa4\xae\xe0\xa5\x80\xe0\xa4\xb0\xe0\xa4\xbe",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_name(good[i], NULL);
}

static void length_is_in_code_points(void **state)
{
    char text[3 * 101];

    (void)state;
    for (size_t i = 0; i < sizeof text; i += 3)
        memcpy(text + i, "\xe5\xb0\x8f", 3);
    assert_int_equal(username_check(cs_str_n(text, 300), "username", &err), CS_OK);
    assert_int_equal(username_check(cs_str_n(text, 303), "username", &err), CS_E_BAD_FIELD);
    assert_string_equal(err.detail, "username: must have 1 to 100 characters");
    assert_int_equal(username_check(cs_str_n(NULL, 0), "name", &err), CS_E_BAD_FIELD);
    assert_string_equal(err.detail, "name: must have 1 to 100 characters");
}

/* Rooms are called what people like: only what breaks other people's lines is refused. */
static void rooms_may_have_composed_emoji(void **state)
{
    (void)state;
    assert_int_equal(name_check(CS_LIT("\xe2\x9d\xa4\xef\xb8\x8f"), "name", &err), CS_OK);
    assert_int_equal(
        name_check(CS_LIT("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80 crew"), "name", &err),
        CS_OK);
    assert_int_equal(name_check(CS_LIT("a\xe2\x80\xae"), "name", &err), CS_E_BAD_FIELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_range_ends_where_it_should),
        cmocka_unit_test(the_last_two_of_a_plane_are_no_characters),
        cmocka_unit_test(reasons_are_said),
        cmocka_unit_test(usual_names_are_fine),
        cmocka_unit_test(length_is_in_code_points),
        cmocka_unit_test(rooms_may_have_composed_emoji),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
