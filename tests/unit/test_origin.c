/* test_origin.c - whose pages may open a socket: what is exactly the own host or listed, nothing
 * that looks like it. */
#include "unit.h"

#include "origin.h"

#define LIST "https://app.example.org, http://localhost:3000"

static const struct {
    const char *origin, *host, *scheme;
    bool ok;
} cases[] = {
    /* the front end says how it was asked */
    {"https://example.org", "example.org", "https", true},
    {"http://example.org", "example.org", "http", true},
    {"http://example.org", "example.org", "https", false},
    {"https://example.org", "example.org", "http", false},
    {"https://example.org:8443", "example.org:8443", "https", true},
    {"https://example.org", "example.org", "https,http", false},
    /* it does not */
    {"https://example.org", "example.org", "", true},
    {"http://example.org", "example.org", "", true},
    {"http://127.0.0.1:8080", "127.0.0.1:8080", "", true},
    {"http://[::1]:8080", "[::1]:8080", "", true},
    {"ws://example.org", "example.org", "", false},
    {"ftp://example.org", "example.org", "", false},
    /* what only looks like it */
    {"https://example.org.evil", "example.org", "", false},
    {"https://evil-example.org", "example.org", "", false},
    {"https://evil.example.org", "example.org", "", false},
    {"https://example.or", "example.org", "", false},
    {"https://example.org:444", "example.org", "", false},
    {"https://example.org", "example.org:444", "", false},
    {"https://example.org/", "example.org", "", false},
    {"https://example.org@evil", "example.org", "", false},
    {"https://evil/https://example.org", "example.org", "", false},
    {"https://Example.org", "example.org", "", false},
    {"HTTPS://example.org", "example.org", "", false},
    {"https:/example.org", "example.org", "", false},
    {"https//example.org", "example.org", "", false},
    {"example.org", "example.org", "", false},
    {"://example.org", "example.org", "", false},
    {"https://", "example.org", "", false},
    {"https://", "", "", false},
    {"https", "", "https", false},
    {"null", "example.org", "", false},
    {"null", "null", "", false},
    {"file://", "", "", false},
    {"", "example.org", "", false},
    {"", "", "", false},
    {"https://example.org,https://example.org", "example.org", "", false},
    /* the list: exactly, whatever host and scheme */
    {"https://app.example.org", "example.org", "http", true},
    {"http://localhost:3000", "example.org", "https", true},
    {"http://app.example.org", "example.org", "", false},
    {"https://app.example.org:443", "example.org", "", false},
    {"https://APP.example.org", "example.org", "", false},
    {"http://localhost:30000", "example.org", "", false},
    {"http://localhost", "example.org", "", false},
    {"https://app.example.org.evil", "example.org", "", false},
    {LIST, "example.org", "", false},
};

static bool asked(const char *list, size_t i)
{
    struct origin_request r = {cs_str_c(cases[i].origin), cs_str_c(cases[i].host),
                               cs_str_c(cases[i].scheme)};

    return origin_ok(list, &r);
}

static void each_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (asked(LIST, i) != cases[i].ok)
            fail_msg("\"%s\" for \"%s\" by \"%s\"", cases[i].origin, cases[i].host,
                     cases[i].scheme);
}

/* No list, one that names any origin as CORS may, and one of nothing: none lets in who is not of
 * the own host. */
static void a_list_without_origins_lets_nobody_in(void **state)
{
    static const char *const lists[] = {"", "*", ",, ,", "null-and-void"};
    struct origin_request foreign = {CS_LIT("https://evil"), CS_LIT("example.org"), CS_LIT("")};
    struct origin_request own = {CS_LIT("https://example.org"), CS_LIT("example.org"), CS_LIT("")};

    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        assert_false(origin_ok(lists[i], &foreign));
        assert_true(origin_ok(lists[i], &own));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case),
        cmocka_unit_test(a_list_without_origins_lets_nobody_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
