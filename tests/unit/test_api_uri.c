/* test_api_uri.c - paths: what is decoded, and all that two web servers could read differently
 * (security.md S13), which must be refused.
 */
#include "unit.h"
#include "unit_arena.h"

#include "uri.h"

static enum cs_rc parse(const char *raw, struct uri *out)
{
    struct cs_err err;

    return uri_parse(&arena, cs_str_c(raw), out, &err);
}

static void a_path_is_decoded_once(void **state)
{
    struct uri u;

    (void)state;
    assert_int_equal(parse("/api/r%c3%b6%C3%B6m%20s?a=%41&b", &u), CS_OK);
    assert_text(u.path, "/api/r\xc3\xb6\xc3\xb6m s");
    assert_text(u.raw_path, "/api/r%c3%b6%C3%B6m%20s");
    assert_text(u.query, "a=%41&b");
    assert_int_equal(parse("/a%2541", &u), CS_OK); /* a decoded % is a character */
    assert_text(u.path, "/a%41");
    assert_int_equal(parse("/a+b", &u), CS_OK); /* + means a space in queries only */
    assert_text(u.path, "/a+b");
}

static void a_query_may_be_missing_or_empty(void **state)
{
    struct uri u;

    (void)state;
    assert_int_equal(parse("/a", &u), CS_OK);
    assert_null(u.query.p);
    assert_int_equal(parse("/a?", &u), CS_OK);
    assert_non_null(u.query.p);
    assert_int_equal(u.query.len, 0);
    assert_int_equal(parse("/a?x?y=//..%2f", &u), CS_OK); /* nobody's path */
    assert_text(u.query, "x?y=//..%2f");
}

static void ambiguous_paths_are_refused(void **state)
{
    static const char *const bad[] = {
        "",          "a",           "http://host",   "?a",        "/a%2fb",   "/a%2Fb",
        "/a%5cb",    "/a%5Cb",      "/a\\b",         "/a%00",     "/%",       "/%4",
        "/%zz",      "//",          "//a",           "/a//b",     "/a//",     "/.",
        "/..",       "/a/../b",     "/a/./b",        "/a/..",     "/%2e%2e",  "/a/%2e/b",
        "/a/%2E.",   "/a%0ab",      "/a%7f",         "/a\tb",     "/%ff",     "/%c3",
        "http://h?/a", "http:///../a", "ftp://h/a", "http:/a",
        "/%c0%af",   "/%ed%a0%80",  "/\xff",         "/a%0d%0ab",
    };
    struct uri u;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        enum cs_rc rc = parse(bad[i], &u);
        if (rc != CS_E_BAD_REQUEST)
            fail_msg("%s: %d", bad[i], rc);
    }
}

static void the_whole_address_is_understood(void **state)
{
    static const char *const good[] = {"http://host/a?b", "HTTPS://user@host:80/a?b", "http:///a?b"};
    struct uri u;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(parse(good[i], &u), CS_OK);
        assert_true(cs_str_is(u.path, "/a") && cs_str_is(u.raw_path, "/a"));
        assert_true(cs_str_is(u.query, "b"));
    }
}

static void dots_in_names_are_names(void **state)
{
    struct uri u;

    (void)state;
    assert_int_equal(parse("/a.b/..c/d../...", &u), CS_OK);
    assert_int_equal(parse("/a/", &u), CS_OK); /* a path of its own */
    assert_int_equal(parse("/", &u), CS_OK);
}

static void s5_a_log_has_no_code(void **state)
{
    static const struct {
        const char *raw, *logged;
    } paths[] = {
        {"/api/rooms/x%20y?q=/invites/abc", "/api/rooms/x%20y"},
        {"/api/invites/cs_join_abc", "/api/invites/***"},
        {"/api/rooms/x/invites/cs_join_abc?x=y", "/api/rooms/x/invites/***"},
        {"/api/%69nvites/abc", "/api/invites/***"},
        {"/api//invites/abc", "/api//invites/***"},
        {"/api/invites/abc%zz", "/api/invites/***"},
        {"/api/rooms/x/invites", "/api/rooms/x/invites"},
        {"/api/rooms/x/invites/", "/api/rooms/x/invites/"},
    };
    struct uri u;

    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        u = (struct uri){.path = {NULL, 0}};
        (void)parse(paths[i].raw, &u);
        assert_text(uri_logged(&arena, &u), paths[i].logged);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_is_decoded_once),
        cmocka_unit_test(a_query_may_be_missing_or_empty),
        cmocka_unit_test(ambiguous_paths_are_refused),
        cmocka_unit_test(the_whole_address_is_understood),
        cmocka_unit_test(dots_in_names_are_names),
        cmocka_unit_test(s5_a_log_has_no_code),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
