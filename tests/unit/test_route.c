/* test_route.c - finding a row of a route table: ids, unknown paths, methods, what Allow lists. The
 * table here is the test's own.
 */
#include "unit.h"

#include "route.h"

#define ID_A "01a1fbf8-001e-7291-ad16-9c41f07249c6"
#define ID_B "01a1fbf8-008b-7092-be60-b47fcd894539"

static enum cs_rc nothing(struct req *r, struct cs_err *err)
{
    (void)r;
    (void)err;
    return CS_OK;
}

const struct route routes[] = {
    {METHOD_GET, "/api/rooms", .answer = nothing},
    {METHOD_POST, "/api/rooms", .answer = nothing},
    {METHOD_GET, "/api/rooms/{id}", .answer = nothing},
    {METHOD_DELETE, "/api/rooms/{id}/users/{id}", .answer = nothing},
    {METHOD_PUT, "/api/rooms/{id}/likes/{text}", .answer = nothing},
    {METHOD_PUT, "/api/rooms/{id}/likes/{text}/by/{id}", .answer = nothing},
};
const size_t routes_n = COUNT(routes);

static struct route_match find(enum method method, const char *path)
{
    struct route_match m;

    route_find(routes, routes_n, method, cs_str_c(path), &m);
    return m;
}

static void a_path_and_a_method_name_a_row(void **state)
{
    (void)state;
    assert_ptr_equal(find(METHOD_GET, "/api/rooms").route, &routes[0]);
    assert_ptr_equal(find(METHOD_POST, "/api/rooms").route, &routes[1]);
    assert_ptr_equal(find(METHOD_GET, "/api/rooms/" ID_A).route, &routes[2]);
}

static void ids_come_in_the_order_of_the_path(void **state)
{
    struct route_match m = find(METHOD_DELETE, "/api/rooms/" ID_A "/users/" ID_B);
    struct cs_uuid a, b;

    (void)state;
    assert_true(cs_uuid_parse(CS_LIT(ID_A), &a) && cs_uuid_parse(CS_LIT(ID_B), &b));
    assert_ptr_equal(m.route, &routes[3]);
    assert_true(cs_uuid_eq(&m.ids[0], &a));
    assert_true(cs_uuid_eq(&m.ids[1], &b));
}

static void a_text_is_whatever_stands_there(void **state)
{
    struct route_match m = find(METHOD_PUT, "/api/rooms/" ID_A "/likes/\xf0\x9f\x91\x8d {id}");

    (void)state;
    assert_ptr_equal(m.route, &routes[4]);
    assert_text(m.text, "\xf0\x9f\x91\x8d {id}");
    m = find(METHOD_PUT, "/api/rooms/" ID_A "/likes/x/by/" ID_B);
    assert_ptr_equal(m.route, &routes[5]);
    assert_text(m.text, "x");
    m = find(METHOD_PUT, "/api/rooms/" ID_A "/likes/");
    assert_int_equal(m.allowed, 0);
    m = find(METHOD_GET, "/api/rooms");
    assert_int_equal(m.text.len, 0);
}

static void what_no_row_has_is_unknown(void **state)
{
    static const char *const paths[] = {
        "/",
        "/api",
        "/api/",
        "/api/rooms/",
        "/api/Rooms",
        "/api/rooms/nobody",
        "/api/rooms/" ID_A "/",
        "/api/rooms/" ID_A "x",
        "/api/rooms/" ID_A "/users",
        "/api/rooms/" ID_A "/users/me",
        "api/rooms",
        "/x/api/rooms",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct route_match m = find(METHOD_GET, paths[i]);
        assert_null(m.route);
        assert_int_equal(m.allowed, 0);
    }
}

static void another_method_tells_what_is_allowed(void **state)
{
    struct route_match m = find(METHOD_DELETE, "/api/rooms");
    struct cs_buf list;

    (void)state;
    assert_null(m.route);
    assert_int_equal(m.allowed, 1u << METHOD_GET | 1u << METHOD_POST);
    cs_buf_init(&list, 80);
    method_list(&list, m.allowed);
    assert_text(cs_buf_view(&list), "GET, HEAD, POST, OPTIONS");
    cs_buf_release(&list);
}

static void methods_are_read_exactly(void **state)
{
    (void)state;
    assert_int_equal(method_parse(CS_LIT("GET")), METHOD_GET);
    assert_int_equal(method_parse(CS_LIT("HEAD")), METHOD_GET);
    assert_int_equal(method_parse(CS_LIT("OPTIONS")), METHOD_OPTIONS);
    assert_int_equal(method_parse(CS_LIT("get")), METHOD_OTHER);
    assert_int_equal(method_parse(CS_LIT("?")), METHOD_OTHER);
    assert_int_equal(method_parse(CS_LIT("")), METHOD_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_and_a_method_name_a_row),
        cmocka_unit_test(ids_come_in_the_order_of_the_path),
        cmocka_unit_test(a_text_is_whatever_stands_there),
        cmocka_unit_test(what_no_row_has_is_unknown),
        cmocka_unit_test(another_method_tells_what_is_allowed),
        cmocka_unit_test(methods_are_read_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
