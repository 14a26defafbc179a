/* test_reshape.c - a message under other names: values are found where they are, whatever the text
 * of other values looks like. */
#include "unit.h"

#include "reshape.h"

#define MESSAGE                                                                                    \
    "{\"id\":\"m1\",\"content\":\"a \\\"b\\\", \\\"id\\\":1}{[\\\\\",\"meta\":{\"id\":[1,{\"x\":2}],"      \
    "\"n\":\"}\"},\"n\":17,\"editedAt\":null,\"list\":[\"]\",{}],\"user\":{\"id\":\"u1\",\"username\":\"Ann \\\\\"}}"

static const struct {
    const char *key, *value; /* NULL: there is none */
} cases[] = {
    {"id", "\"m1\""},
    {"content", "\"a \\\"b\\\", \\\"id\\\":1}{[\\\\\""},
    {"meta", "{\"id\":[1,{\"x\":2}],\"n\":\"}\"}"},
    {"n", "17"},
    {"editedAt", "null"},
    {"list", "[\"]\",{}]"},
    {"user", "{\"id\":\"u1\",\"username\":\"Ann \\\\\"}"},
    {"x", NULL},
    {"username", NULL},
    {"", NULL},
};

static void test_find(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cs_str found = reshape_find(CS_LIT(MESSAGE), cases[i].key);
        if (!cases[i].value)
            assert_null(found.p);
        else
            assert_true(cs_str_is(found, cases[i].value));
    }
}

static void test_nothing_to_find(void **state)
{
    static const char *const objects[] = {"{}", "{", "", "null", "[]", "{\"id"};

    (void)state;
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
        assert_null(reshape_find(cs_str_c(objects[i]), "id").p);
}

static void test_fields(void **state)
{
    static const struct reshape_row rows[] = {
        {"message_id", "id", NULL}, {"name", "username", "user"}, {"gone", "nothing", NULL},
        {"nobody", "username", "nothing"}, {"edited", "editedAt", NULL},
    };
    struct cs_buf b;

    (void)state;
    cs_buf_init(&b, 4096);
    struct cs_jw w = cs_jw_on(&b);
    cs_jw_obj_begin(&w);
    cs_jw_kv_cstr(&w, "type", "x");
    reshape_fields(&w, CS_LIT(MESSAGE), rows, sizeof rows / sizeof *rows);
    cs_jw_obj_end(&w);
    assert_string_equal(cs_buf_cview(&b), "{\"type\":\"x\",\"message_id\":\"m1\","
                                          "\"name\":\"Ann \\\\\",\"edited\":null}");
    cs_buf_release(&b);
}

static void test_deleted(void **state)
{
    (void)state;
    assert_false(reshape_is_deleted(CS_LIT("{\"id\":1}")));
    assert_false(reshape_is_deleted(CS_LIT("{\"id\":1,\"deletedAt\":null}")));
    assert_true(reshape_is_deleted(CS_LIT("{\"deletedAt\":\"2026-11-21T00:00:00.000Z\",\"id\":1}")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_nothing_to_find),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_deleted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
