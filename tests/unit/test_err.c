/* test_err.c - the error table is complete and consistent; the fillers cut, and take no NULL amiss.
 */
#include "unit.h"

#include "cs_err.h"

static void every_row_is_usable(void **state)
{
    (void)state;
    for (unsigned i = CS_OK + 1; i < CS_E_COUNT_; i++) {
        const struct cs_err_row *row = cs_err_row((enum cs_rc)i);
        assert_true(row->http >= 400 && row->http < 600);
        assert_true(row->close == 0 || (row->close >= 1000 && row->close < 5000));
        assert_true(strlen(row->text) > 0 && strlen(row->code) > 0);
        for (unsigned j = CS_OK + 1; j < i; j++)
            assert_string_not_equal(row->code, cs_err_row((enum cs_rc)j)->code);
    }
}

static void only_what_may_succeed_later_is_retryable(void **state)
{
    (void)state;
    for (unsigned i = CS_OK + 1; i < CS_E_COUNT_; i++) {
        const struct cs_err_row *row = cs_err_row((enum cs_rc)i);
        assert_int_equal(row->retryable, row->http == 429 || row->http == 503);
    }
}

static void a_failure_says_its_rows_text_or_its_own(void **state)
{
    struct cs_err err;

    (void)state;
    assert_int_equal(cs_fail(&err, CS_E_NOT_FOUND), CS_E_NOT_FOUND);
    assert_string_equal(cs_err_detail(&err), "Not found");
    assert_int_equal(cs_fail_detail(&err, CS_E_BAD_JSON, "at byte %d", 7), CS_E_BAD_JSON);
    assert_string_equal(cs_err_detail(&err), "at byte 7");
    assert_string_equal(err.field, "");
}

static void what_is_for_the_log_is_not_for_the_client(void **state)
{
    struct cs_err err;

    (void)state;
    assert_int_equal(cs_fail_log(&err, CS_E_INTERNAL, "SELECT %d", 1), CS_E_INTERNAL);
    assert_string_equal(err.log, "SELECT 1");
    assert_string_equal(cs_err_detail(&err), "Internal server error");
}

static void a_field_is_named_and_prefixed(void **state)
{
    struct cs_err err;

    (void)state;
    assert_int_equal(cs_fail_field(&err, "content", "must have %d", 1), CS_E_BAD_FIELD);
    assert_string_equal(err.field, "content");
    assert_string_equal(err.detail, "content: must have 1");
}

static void long_texts_are_cut_and_null_is_taken(void **state)
{
    struct cs_err err;
    char name[300];

    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(cs_fail_field(&err, name, "%s", name), CS_E_BAD_FIELD);
    assert_int_equal(strlen(err.field), sizeof err.field - 1);
    assert_true(strlen(err.detail) < sizeof err.detail);
    (void)cs_fail_detail(&err, CS_E_CONFIG, "%s", name);
    assert_int_equal(strlen(err.detail), sizeof err.detail - 1);
    assert_int_equal(cs_fail(NULL, CS_E_RATE), CS_E_RATE);
    assert_int_equal(cs_fail_detail(NULL, CS_E_RATE, "x"), CS_E_RATE);
    assert_int_equal(cs_fail_log(NULL, CS_E_RATE, "x"), CS_E_RATE);
    assert_int_equal(cs_fail_field(NULL, "f", "x"), CS_E_BAD_FIELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_usable),
        cmocka_unit_test(only_what_may_succeed_later_is_retryable),
        cmocka_unit_test(a_failure_says_its_rows_text_or_its_own),
        cmocka_unit_test(what_is_for_the_log_is_not_for_the_client),
        cmocka_unit_test(a_field_is_named_and_prefixed),
        cmocka_unit_test(long_texts_are_cut_and_null_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
