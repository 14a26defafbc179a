/* test_mentions.c - where a name behind an @ may end, and what is no mention. */
#include "unit.h"

#include "mentions.h"

static void assert_mentions(const char *text, const char *json)
{
    struct cs_buf out;

    cs_buf_init(&out, 64 * 1024);
    mentions_put(&out, cs_str_c(text));
    assert_string_equal(cs_buf_cview(&out), json);
    cs_buf_release(&out);
}

static void test_nobody(void **state)
{
    (void)state;
    assert_mentions("", "");
    assert_mentions("hello", "");
    assert_mentions("@", "");
    assert_mentions("@ ann", "");
    assert_mentions("@\nann", "");
    assert_mentions("ann@example.org", "");
    assert_mentions("jos\xc3\xa9@example.org", "");
}

static void test_where_a_name_ends(void **state)
{
    (void)state;
    assert_mentions("@ann", "[[\"ann\"]]");
    assert_mentions("(@ann)", "[[\"ann)\",\"ann\"]]");
    assert_mentions("hi @ann, look", "[[\"ann, look\",\"ann,\",\"ann\"]]");
    assert_mentions("@ann lee\nhello", "[[\"ann lee\",\"ann\"]]");
    assert_mentions("@ann  lee", "[[\"ann\"]]");
    assert_mentions("@a b c d e", "[[\"a b c d\",\"a b c\",\"a b\",\"a\"]]");
    assert_mentions("@j.doe's", "[[\"j.doe's\",\"j.doe\",\"j\"]]");
    assert_mentions("@jos\xc3\xa9\xe2\x80\xa6", "[[\"jos\xc3\xa9\xe2\x80\xa6\",\"jos\xc3\xa9\"]]");
}

static void test_several(void **state)
{
    (void)state;
    assert_mentions("@ann,@bob", "[[\"ann,@bob\",\"ann\"],[\"bob\"]]");
    assert_mentions("@room\n@ann@bob", "[[\"room\"],[\"ann@bob\",\"ann\"]]");
    assert_mentions("\xe3\x80\x8c@ann", "[[\"ann\"]]");
}

static void test_bounds(void **state)
{
    char text[400] = "@";
    struct cs_buf out;
    size_t names = 0;

    (void)state;
    memset(text + 1, 'a', 100);
    cs_buf_init(&out, 64 * 1024);
    mentions_put(&out, cs_str_c(text));
    assert_int_equal(out.len, 100 + strlen("[[\"\"]]"));
    text[101] = 'a';
    cs_buf_clear(&out);
    mentions_put(&out, cs_str_c(text));
    assert_int_equal(out.len, 0);
    for (size_t i = 0; i < 50; i++)
        memcpy(text + 3 * i, "@a\n", 4);
    mentions_put(&out, cs_str_c(text));
    for (size_t i = 0; i < out.len; i++)
        names += out.p[i] == 'a';
    assert_int_equal(names, MENTIONS_MAX);
    cs_buf_clear(&out);
    mentions_put(&out, CS_LIT("@a.b.c.d.e.f.g.h.i.j"));
    assert_true(memcmp(out.p, CS_LIT("[[\"a.b.c.d.e.f.g.h\",").p, 20) == 0);
    cs_buf_release(&out);
}

/* Nor is time spent without end on what only looks like mentions. */
static void test_places(void **state)
{
    char text[] = "@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n"
                  "@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@\n@ann";

    (void)state;
    assert_mentions(text, "");
    assert_mentions(text + 2, "[[\"ann\"]]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_where_a_name_ends),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
