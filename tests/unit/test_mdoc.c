/* test_mdoc.c - help texts become mdoc: sentences, paragraphs, escapes, width. */
#include "cs_mdoc.h"
#include "unit.h"

#include <stdlib.h>

static void writes(void (*put)(FILE *, struct cs_str), const char *text, const char *wanted)
{
    char *got = NULL;
    size_t len;
    FILE *out = open_memstream(&got, &len);

    assert_non_null(out);
    put(out, cs_str_c(text));
    assert_int_equal(fclose(out), 0);
    assert_string_equal(got, wanted);
    free(got);
}

static void test_sentences_and_paragraphs(void **state)
{
    (void)state;
    writes(cs_mdoc_text, "One. Two\nthree? Four", "One.\nTwo three?\nFour\n");
    writes(cs_mdoc_text, "One.\n\nTwo", "One.\n.Pp\nTwo\n");
    writes(cs_mdoc_text, "\nOne", ".Pp\nOne\n");
    writes(cs_mdoc_sentence, "list the accounts", "List the accounts.\n");
}

static void test_nothing_is_taken_for_a_request(void **state)
{
    (void)state;
    writes(cs_mdoc_text, ".sh and 'x'", "\\&.sh and 'x'\n");
    writes(cs_mdoc_text, "Yes. 'x' .y", "Yes.\n\\&'x' .y\n");
    writes(cs_mdoc_text, "a\\fBb", "a\\efBb\n");
    writes(cs_mdoc_text, "see `user list` or `x`", "see \\(lquser list\\(rq or \\(lqx\\(rq\n");
}

static void test_lines_are_under_80_columns(void **state)
{
    char text[400], *got = NULL;
    size_t len;
    FILE *out = open_memstream(&got, &len);

    (void)state;
    assert_non_null(out);
    for (size_t i = 0; i < sizeof text - 1; i += 3)
        memcpy(text + i, "\\` ", 3);
    text[sizeof text - 1] = '\0';
    cs_mdoc_text(out, cs_str_c(text));
    assert_int_equal(fclose(out), 0);
    struct cs_str rest = cs_str_n(got, len);
    while (rest.p)
        assert_in_range(cs_str_split(&rest, '\n').len, 0, 79);
    free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences_and_paragraphs),
        cmocka_unit_test(test_nothing_is_taken_for_a_request),
        cmocka_unit_test(test_lines_are_under_80_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
