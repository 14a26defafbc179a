/* test_api_resp.c - the form of every error, the headers that follow from it, CORS, and what a name
 * or a Content-Type may be.
 */
#include "unit.h"

#include "body.h"
#include "cors.h"
#include "fcgi.h"
#include "names.h"
#include "resp.h"

static struct resp resp;

static int open_resp(void **state)
{
    (void)state;
    resp_init(&resp);
    return 0;
}

static int close_resp(void **state)
{
    (void)state;
    resp_release(&resp);
    return 0;
}

/* body.c reads through it; no test here does. */
enum cs_rc fcgi_body(struct fcgi *f, struct cs_arena *a, struct cs_str content_length, size_t cap,
                     struct cs_str *out, struct cs_err *err)
{
    (void)f, (void)a, (void)content_length, (void)cap, (void)out;
    return cs_fail(err, CS_E_INTERNAL);
}

/* --- errors ----------------------------------------------------------------------------------- */

static bool has_header(const char *line)
{
    return resp.headers.len && strstr(cs_buf_cview(&resp.headers), line) != NULL;
}

static void an_error_is_a_problem(void **state)
{
    struct cs_err err;

    (void)state;
    resp_reset(&resp);
    (void)cs_fail_field(&err, "content", "is required");
    resp_problem(&resp, &err);
    assert_int_equal(resp.status, 422);
    assert_string_equal(resp.type, "application/problem+json");
    assert_text(cs_buf_view(&resp.body),
                "{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\",\"status\":422,"
                "\"code\":\"bad_field\",\"detail\":\"content: is required\","
                "\"error\":\"content: is required\",\"field\":\"content\"}");
}

static void every_error_has_a_title(void **state)
{
    (void)state;
    for (enum cs_rc rc = CS_OK + 1; rc < CS_E_COUNT_; rc++) {
        resp_reset(&resp);
        resp_problem(&resp, &(struct cs_err){.rc = rc});
        assert_int_equal(resp.status, cs_err_row(rc)->http);
        if (strstr(cs_buf_cview(&resp.body), "\"Unknown\""))
            fail_msg("status %d has no reason phrase", resp.status);
    }
}

static void the_status_brings_its_headers(void **state)
{
    (void)state;
    resp_reset(&resp);
    resp_problem(&resp, &(struct cs_err){.rc = CS_E_UNAUTHORIZED});
    assert_true(has_header("WWW-Authenticate: Bearer\r\n"));
    assert_false(has_header("Retry-After"));

    resp_reset(&resp);
    resp_problem(&resp, &(struct cs_err){.rc = CS_E_RATE, .retry_after_ms = 1001});
    assert_true(has_header("Retry-After: 2\r\n"));

    resp_reset(&resp);
    resp_problem(&resp, &(struct cs_err){.rc = CS_E_UNAVAILABLE});
    assert_true(has_header("Retry-After: 1\r\n"));
}

static void a_header_cannot_be_split(void **state)
{
    (void)state;
    resp_reset(&resp);
    resp_header(&resp, "X-A", CS_LIT("a\r\nX-B: b"));
    assert_int_equal(resp.headers.len, 0);
}

static void a_response_that_does_not_fit_is_a_503(void **state)
{
    struct cs_buf head;

    (void)state;
    cs_buf_init(&head, 4096);
    resp_reset(&resp);
    (void)resp_json(&resp, 200);
    resp.body.failed = true;
    resp_finish(&resp, &head);
    assert_int_equal(resp.status, 503);
    assert_true(cs_str_starts(cs_buf_view(&head), CS_LIT("Status: 503 ")));
    cs_buf_release(&head);
}

/* --- CORS ------------------------------------------------------------------------------------- */

static const char listed[] = "https://a.example, https://b.example:8443";

static void only_listed_origins_are_reflected(void **state)
{
    (void)state;
    resp_reset(&resp);
    cors_headers(&resp, listed, CS_LIT("https://b.example:8443"));
    assert_true(has_header("Vary: Origin\r\n"));
    assert_true(has_header("Access-Control-Allow-Origin: https://b.example:8443\r\n"));
    assert_true(has_header("Access-Control-Allow-Credentials: true\r\n"));

    static const char *const others[] = {"https://b.example", "http://a.example", "null", "",
                                         "https://a.example.evil", "https://a.example, x", "*"};
    for (size_t i = 0; i < COUNT(others); i++) {
        resp_reset(&resp);
        cors_headers(&resp, listed, cs_str_c(others[i]));
        cors_preflight(&resp, listed, cs_str_c(others[i]));
        assert_true(has_header("Vary: Origin\r\n"));
        assert_false(has_header("Access-Control"));
    }
}

static void any_origin_goes_without_credentials(void **state)
{
    (void)state;
    resp_reset(&resp);
    cors_headers(&resp, "*", CS_LIT("https://x.example"));
    cors_preflight(&resp, "*", CS_LIT("https://x.example"));
    assert_true(has_header("Access-Control-Allow-Origin: *\r\n"));
    assert_true(has_header("Access-Control-Allow-Headers: Authorization"));
    assert_false(has_header("Credentials"));
}

static void an_empty_list_allows_nobody(void **state)
{
    (void)state;
    resp_reset(&resp);
    cors_headers(&resp, "", CS_LIT("https://x.example"));
    assert_false(has_header("Access-Control"));
}

/* --- input ------------------------------------------------------------------------------------ */

static void media_types(void **state)
{
    static const struct {
        const char *type;
        enum media media;
    } rows[] = {
        {"application/json", MEDIA_JSON},
        {"Application/JSON; charset=UTF-8", MEDIA_JSON},
        {"application/json; charset=\"utf-8\"; x=y", MEDIA_JSON},
        {"application/json; charset=latin1", MEDIA_OTHER},
        {"application/x-www-form-urlencoded", MEDIA_FORM},
        {"text/plain", MEDIA_OTHER},
        {"application/jsonx", MEDIA_OTHER},
        {"", MEDIA_NONE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(body_media(cs_str_c(rows[i].type)), rows[i].media);
}

static void names_hold_no_tricks(void **state)
{
    static const char *const good[] = {"ann", "Ann Ö.", "\xe5\xb0\x8f", "a-b_c@d", "\xf0\x9f\x98\x80"};
    static const char *const bad[] = {
        " ann", "ann ", "a\nb", "a\x7f", "a\xc2\x85", "\xc2\xa0x", "x\xe3\x80\x80",
        "a\xe2\x80\xae", "a\xe2\x81\xa6", "a\xe2\x80\xa8",
    };
    struct cs_err err;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_int_equal(name_check(cs_str_c(good[i]), "username", &err), CS_OK);
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(name_check(cs_str_c(bad[i]), "username", &err), CS_E_BAD_FIELD);
        assert_string_equal(err.field, "username");
    }
}

static void addresses(void **state)
{
    static const char *const bad[] = {"a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\n"};
    struct cs_err err;

    (void)state;
    assert_int_equal(email_check(CS_LIT("a.b+c@d.example"), "email", &err), CS_OK);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(email_check(cs_str_c(bad[i]), "email", &err), CS_E_BAD_FIELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_a_problem),
        cmocka_unit_test(every_error_has_a_title),
        cmocka_unit_test(the_status_brings_its_headers),
        cmocka_unit_test(a_header_cannot_be_split),
        cmocka_unit_test(a_response_that_does_not_fit_is_a_503),
        cmocka_unit_test(only_listed_origins_are_reflected),
        cmocka_unit_test(any_origin_goes_without_credentials),
        cmocka_unit_test(an_empty_list_allows_nobody),
        cmocka_unit_test(media_types),
        cmocka_unit_test(names_hold_no_tricks),
        cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests(tests, open_resp, close_resp);
}
