/* test_log.c - log lines: one a line whatever the values hold, levels, and that no credential
 * leaves (S5). Standard error is a file while a line is written. */
#include "unit.h"

#include "cs_log.h"
#include "cs_token.h"

#include <unistd.h>

enum { LINE_MAX_BYTES = 8192 };

static char line[LINE_MAX_BYTES];
static FILE *sink;
static int real_stderr;

static void begin(void)
{
    (void)fflush(stderr);
    real_stderr = dup(STDERR_FILENO);
    sink = tmpfile();
    assert_non_null(sink);
    assert_true(dup2(fileno(sink), STDERR_FILENO) >= 0);
}

/* What was written since begin. */
static const char *end(void)
{
    assert_true(dup2(real_stderr, STDERR_FILENO) >= 0);
    (void)close(real_stderr);
    rewind(sink);
    size_t n = fread(line, 1, sizeof line - 1, sink);
    line[n] = '\0';
    (void)fclose(sink);
    return line;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, text);
}

static int setup(void **state)
{
    (void)state;
    cs_log_init("test", CS_LOG_INFO);
    cs_log_set_request(CS_LIT(""));
    return 0;
}

static void a_line_is_time_level_program_event_and_pairs(void **state)
{
    (void)state;
    begin();
    cs_log(CS_LOG_INFO, "start", "socket", "/run/api.sock", "workers", "4");
    const char *text = end();
    assert_int_equal(strspn(text, "0123456789-T:.Z"), 24);
    assert_has(text, "Z level=info program=test pid=");
    assert_has(text, " event=start socket=/run/api.sock workers=4\n");
}

static void a_value_cannot_end_the_line_or_forge_another(void **state)
{
    (void)state;
    begin();
    cs_log(CS_LOG_WARN, "x", "name", "a b", "quote", "\"\\", "control", "1\n2\r3\x1b[2J\x7f",
           "empty", "");
    const char *text = end();
    assert_has(text, " name=\"a b\" quote=\"\\\"\\\\\"");
    assert_has(text, " control=\"1\\n2\\x0d3\\x1b[2J\\x7f\" empty=\"\"\n");
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void credentials_are_masked_wherever_they_stand(void **state)
{
    static const enum cs_token_kind kinds[] = {CS_TOKEN_SESSION, CS_TOKEN_REFRESH, CS_TOKEN_USER,
                                               CS_TOKEN_CLIENT, CS_TOKEN_TICKET};

    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct cs_token token;
        cs_token_make(kinds[i], &token);
        begin();
        cs_log_msg(CS_LOG_ERROR, "x", "GET /ws?token=%s HTTP/1.1", token.text);
        const char *text = end();
        assert_null(strstr(text, token.text));
        assert_null(strstr(text, token.text + token.len - CS_TOKEN_BODY));
        assert_has(text, "***");
        assert_has(text, " HTTP/1.1\"\n");
    }
}

static void a_jwt_is_masked(void **state)
{
    (void)state;
    begin();
    cs_log(CS_LOG_INFO, "x", "authorization", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln",
           "after", "kept");
    const char *text = end();
    assert_has(text, "authorization=\"Bearer eyJhbGc***\" after=kept\n");
}

static void two_credentials_in_one_value_are_both_masked(void **state)
{
    (void)state;
    begin();
    cs_log(CS_LOG_INFO, "x", "v", "cs_rt_AAAABBBBCCCC,cs_inv_DDDDEEEEFFFF cs_rt_ is a prefix");
    assert_has(end(), "v=\"cs_rt_AAAA***,cs_inv_DDDD*** cs_rt_ is a prefix\"\n");
}

static void levels_above_the_limit_are_dropped(void **state)
{
    (void)state;
    begin();
    cs_log(CS_LOG_DEBUG, "unseen");
    cs_log_msg(CS_LOG_DEBUG, "unseen", "x");
    cs_log_set_level(CS_LOG_ERROR);
    cs_log(CS_LOG_WARN, "unseen");
    assert_string_equal(end(), "");
    assert_true(cs_log_enabled(CS_LOG_ERROR));
    assert_false(cs_log_enabled(CS_LOG_WARN));
}

static void the_request_id_stands_in_every_line_until_changed(void **state)
{
    (void)state;
    begin();
    cs_log_set_request(CS_LIT("r-1"));
    cs_log(CS_LOG_INFO, "one");
    cs_log_set_request(CS_LIT("r\n2"));
    cs_log(CS_LOG_INFO, "two");
    cs_log_set_request(CS_LIT(""));
    cs_log(CS_LOG_INFO, "three");
    const char *text = end();
    assert_has(text, " event=one request=r-1\n");
    assert_has(text, " event=two request=\"r\\n2\"\n");
    assert_has(text, " event=three\n");
}

static void an_error_is_logged_at_its_rows_level(void **state)
{
    struct cs_err err;

    (void)state;
    (void)cs_fail_log(&err, CS_E_UNAVAILABLE, "connection refused");
    begin();
    cs_log_err("db", &err);
    (void)cs_fail(&err, CS_E_NOT_FOUND); /* its row says debug */
    cs_log_err("unseen", &err);
    const char *text = end();
    assert_has(text, " level=warn ");
    assert_has(text, " event=db code=unavailable detail=");
    assert_has(text, " log=\"connection refused\"\n");
    assert_null(strstr(text, "unseen"));
}

static void a_long_line_is_cut_and_still_ends(void **state)
{
    char value[LINE_MAX_BYTES];

    (void)state;
    memset(value, 'a', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    begin();
    cs_log(CS_LOG_INFO, "long", "v", value);
    const char *text = end();
    assert_true(strlen(text) <= 4096); /* PIPE_BUF: lines of several writers do not mix */
    assert_int_equal(text[strlen(text) - 1], '\n');
    assert_has(text, " event=long ");
}

/* The last one: there is no way back. */
static void a_program_that_talks_to_a_person_says_sentences(void **state)
{
    struct cs_err err;

    (void)state;
    cs_log_plain();
    cs_log_init("test", CS_LOG_INFO);
    begin();
    (void)cs_fail_log(&err, CS_E_CONFIG, "PORT: must be a number; \"x\"\nis cs_rt_AAAABBBBCCCC");
    cs_log_err("config", &err);
    assert_string_equal(end(), "test: PORT: must be a number; \"x\"\\nis cs_rt_AAAA***\n");
    begin();
    (void)cs_fail(&err, CS_E_UNAVAILABLE);
    cs_log_err("db", &err);
    cs_log(CS_LOG_WARN, "db_notice", "severity", "NOTICE", "msg", "two words");
    assert_string_equal(end(), "test: The service is not available now\ntest: NOTICE: two words\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_line_is_time_level_program_event_and_pairs, setup),
        cmocka_unit_test_setup(a_value_cannot_end_the_line_or_forge_another, setup),
        cmocka_unit_test_setup(credentials_are_masked_wherever_they_stand, setup),
        cmocka_unit_test_setup(a_jwt_is_masked, setup),
        cmocka_unit_test_setup(two_credentials_in_one_value_are_both_masked, setup),
        cmocka_unit_test_setup(levels_above_the_limit_are_dropped, setup),
        cmocka_unit_test_setup(the_request_id_stands_in_every_line_until_changed, setup),
        cmocka_unit_test_setup(an_error_is_logged_at_its_rows_level, setup),
        cmocka_unit_test_setup(a_long_line_is_cut_and_still_ends, setup),
        cmocka_unit_test_setup(a_program_that_talks_to_a_person_says_sentences, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
