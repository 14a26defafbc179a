/* test_jsonw.c - writing JSON: commas, escapes, every kind of value, sticky failure. */
#include "failmalloc.h"
#include "unit.h"

#include "cs_arena.h"
#include "cs_json.h"
#include "cs_jsonw.h"

static struct cs_buf buf;

static int open_buf(void **state)
{
    (void)state;
    cs_buf_init(&buf, 1 << 20);
    return 0;
}

static int close_buf(void **state)
{
    (void)state;
    cs_buf_release(&buf);
    return 0;
}

static struct cs_jw writer(void)
{
    cs_buf_clear(&buf);
    return cs_jw_on(&buf);
}

static void commas_stand_between_and_nowhere_else(void **state)
{
    struct cs_jw w = writer();

    (void)state;
    cs_jw_arr_begin(&w);
    cs_jw_obj_begin(&w);
    cs_jw_obj_end(&w);
    cs_jw_arr_begin(&w);
    cs_jw_arr_end(&w);
    cs_jw_obj_begin(&w);
    cs_jw_kv_i64(&w, "a", 1);
    cs_jw_kv_arr_begin(&w, "b");
    cs_jw_i64(&w, 1);
    cs_jw_i64(&w, 2);
    cs_jw_arr_end(&w);
    cs_jw_kv_obj_begin(&w, "c");
    cs_jw_kv_null(&w, "d");
    cs_jw_obj_end(&w);
    cs_jw_obj_end(&w);
    cs_jw_bool(&w, true);
    cs_jw_arr_end(&w);
    assert_text(cs_buf_view(&buf), "[{},[],{\"a\":1,\"b\":[1,2],\"c\":{\"d\":null}},true]");
}

static void every_kind_of_value(void **state)
{
    struct cs_uuid id = CS_LOBBY_ID;
    struct cs_jw w = writer();

    (void)state;
    cs_jw_obj_begin(&w);
    cs_jw_kv_str(&w, "s", CS_LIT("x"));
    cs_jw_kv_str(&w, "e", cs_str_n(NULL, 0));
    cs_jw_kv_str_opt(&w, "o", CS_LIT(""));
    cs_jw_kv_str_opt(&w, "n", cs_str_n(NULL, 0));
    cs_jw_kv_cstr(&w, "c", "c");
    cs_jw_kv_cstr(&w, "cn", NULL);
    cs_jw_kv_raw(&w, "r", CS_LIT("{\"x\":[1]}"));
    cs_jw_kv_raw(&w, "rn", cs_str_n(NULL, 0));
    cs_jw_kv_i64(&w, "i", INT64_MIN);
    cs_jw_kv_u64(&w, "u", UINT64_MAX);
    cs_jw_kv_bool(&w, "b", false);
    cs_jw_kv_uuid(&w, "id", &id);
    cs_jw_kv_uuid(&w, "idn", NULL);
    cs_jw_kv_time(&w, "t", 1795176000007u);
    cs_jw_kv_pg_time(&w, "p", CS_LIT("2026-11-20 12:00:00.5+00"));
    cs_jw_kv_pg_time(&w, "pn", cs_str_n(NULL, 0));
    cs_jw_kv_pg_time(&w, "pi", CS_LIT("infinity"));
    cs_jw_obj_end(&w);
    assert_text(cs_buf_view(&buf),
                "{\"s\":\"x\",\"e\":\"\",\"o\":\"\",\"n\":null,\"c\":\"c\",\"cn\":null,"
                "\"r\":{\"x\":[1]},\"rn\":null,\"i\":-9223372036854775808,"
                "\"u\":18446744073709551615,\"b\":false,"
                "\"id\":\"00000000-0000-7000-8000-000000000001\",\"idn\":null,"
                "\"t\":\"2026-11-20T12:00:00.007Z\",\"p\":\"2026-11-20T12:00:00.500Z\","
                "\"pn\":null,\"pi\":null}");
}

static void what_must_be_escaped_is(void **state)
{
    struct cs_jw w = writer();

    (void)state;
    cs_jw_str(&w, CS_LIT("\"\\/\b\f\n\r\t\v\0\x1f\x7f plain \xe2\x80\xa8"));
    assert_text(cs_buf_view(&buf),
                "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u000b\\u0000\\u001f\x7f plain \xe2\x80\xa8\"");
    w = writer();
    cs_jw_obj_begin(&w);
    cs_jw_key_str(&w, CS_LIT("a\"b"));
    cs_jw_str(&w, CS_LIT(""));
    cs_jw_obj_end(&w);
    assert_text(cs_buf_view(&buf), "{\"a\\\"b\":\"\"}");
}

/* Every byte that a text may hold, written and read again. */
static void what_is_written_reads_the_same(void **state)
{
    struct one {
        struct cs_str s;
    } in = {0};
    static const struct cs_field f[] = {CS_FIELD_TEXT(struct one, s, "s", CS_F_REQUIRED, 0, 0)};
    char all[0x7f + 6];
    struct cs_json *obj;
    struct cs_arena a;

    (void)state;
    for (size_t i = 0; i < 0x7f; i++)
        all[i] = (char)(i + 1);
    memcpy(all + 0x7f, "\xf0\x9f\x98\x80\xc3\xa4", 6);
    struct cs_jw w = writer();
    cs_jw_obj_begin(&w);
    cs_jw_kv_str(&w, "s", cs_str_n(all, sizeof all));
    cs_jw_obj_end(&w);
    cs_arena_init(&a, 1 << 20);
    assert_int_equal(cs_json_parse(&a, cs_buf_view(&buf), &obj, NULL), CS_OK);
    assert_int_equal(cs_json_bind(f, 1, obj, &in, NULL), CS_OK);
    assert_true(cs_str_eq(in.s, cs_str_n(all, sizeof all)));
    cs_arena_release(&a);
}

static void write_sample(struct cs_jw *w)
{
    cs_jw_obj_begin(w);
    cs_jw_kv_str(w, "a", CS_LIT("x\ny"));
    cs_jw_kv_uuid(w, "b", &CS_LOBBY_ID);
    cs_jw_kv_time(w, "c", 0);
    cs_jw_kv_pg_time(w, "d", CS_LIT("2026-11-20 12:00:00+00"));
    cs_jw_kv_pg_time(w, "e", CS_LIT("no time"));
    cs_jw_kv_i64(w, "f", -7);
    cs_jw_obj_end(w);
}

/* At every maximum below the need it fails, writes no byte too many, and stays failed. */
static void the_buffers_maximum_is_the_writers(void **state)
{
    struct cs_jw w = writer();
    size_t need;

    (void)state;
    write_sample(&w);
    need = buf.len;
    for (size_t max = 0; max <= need; max++) {
        struct cs_buf small;
        cs_buf_init(&small, max);
        w = cs_jw_on(&small);
        write_sample(&w);
        assert_true(small.len <= max);
        assert_int_equal(small.failed, max < need);
        cs_buf_release(&small);
    }
}

static bool write_much(void)
{
    struct cs_buf b;
    bool ok;

    cs_buf_init(&b, 1 << 20);
    struct cs_jw w = cs_jw_on(&b);
    cs_jw_arr_begin(&w);
    for (int i = 0; i < 100; i++)
        write_sample(&w);
    cs_jw_arr_end(&w);
    ok = !b.failed;
    cs_buf_release(&b);
    return ok;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(write_much) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_stand_between_and_nowhere_else),
        cmocka_unit_test(every_kind_of_value),
        cmocka_unit_test(what_must_be_escaped_is),
        cmocka_unit_test(what_is_written_reads_the_same),
        cmocka_unit_test(the_buffers_maximum_is_the_writers),
        cmocka_unit_test(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, open_buf, close_buf);
}
