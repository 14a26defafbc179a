/* test_json.c - reading JSON: every line of S14, where json-c would say yes, and the tree's life.
 */
#include "failmalloc.h"
#include "unit.h"
#include "unit_arena.h"

#include "cs_json.h"

#include <stdlib.h>

static enum cs_rc parse(struct cs_str text, struct cs_err *err)
{
    struct cs_json *obj;
    enum cs_rc rc = cs_json_parse(&arena, text, &obj, err);

    cs_arena_reset(&arena);
    return rc;
}

static void assert_refused(struct cs_str text, const char *why)
{
    struct cs_err err = {0};
    enum cs_rc rc = parse(text, &err);

    if (rc != CS_E_BAD_JSON)
        fail_msg("\"" CS_STR_FMT "\" gave %d", CS_STR_ARG(text), (int)rc);
    if (!strstr(cs_err_detail(&err), why))
        fail_msg("\"" CS_STR_FMT "\" says \"%s\", not \"%s\"", CS_STR_ARG(text),
                 cs_err_detail(&err), why);
}

struct refused {
    const char *text, *why;
};

static void assert_all_refused(const struct refused *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_refused(cs_str_c(cases[i].text), cases[i].why);
}

/* What the text is once read, printed compactly. */
static void assert_reads(const char *text, const char *want)
{
    struct cs_json *obj;
    struct cs_str raw;
    struct cs_err err;

    if (cs_json_parse(&arena, cs_str_c(text), &obj, &err))
        fail_msg("%s: %s", text, cs_err_detail(&err));
    assert_int_equal(cs_json_raw(obj, &raw, NULL), CS_OK);
    assert_text(raw, want);
    assert_int_equal(raw.p[raw.len], '\0');
    cs_arena_reset(&arena);
}

static void what_is_valid_is_read(void **state)
{
    (void)state;
    assert_reads("{}", "{}");
    assert_reads(" \t\r\n{ }\n ", "{}");
    assert_reads("{ \"a\" : [ 1 , -2.50 , true , false , null , \"x\" , { } , [ ] ] }",
                 "{\"a\":[1,-2.50,true,false,null,\"x\",{},[]]}");
    assert_reads("{\"z\":1,\"a\":2,\"\":3}", "{\"z\":1,\"a\":2,\"\":3}");
    assert_reads("{\"a\":9223372036854775807,\"b\":-9223372036854775808}",
                 "{\"a\":9223372036854775807,\"b\":-9223372036854775808}");
    assert_reads("{\"a\":1e5,\"b\":1E+2,\"c\":0.1e-300,\"d\":-0,\"e\":-0.0}",
                 "{\"a\":1e5,\"b\":1E+2,\"c\":0.1e-300,\"d\":0,\"e\":-0.0}");
    assert_reads("{\"\\u0061\\/\\\"\\\\\\b\\f\\n\\r\\t\\u001f\":\"\\u20ac\\ud83d\\ude00\\u007f\"}",
                 "{\"a/\\\"\\\\\\b\\f\\n\\r\\t\\u001f\":\"\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"}");
    assert_reads("{\"a\":{\"x\":1},\"b\":{\"x\":1}}", "{\"a\":{\"x\":1},\"b\":{\"x\":1}}");
}

static void only_one_object_is_taken(void **state)
{
    static const struct refused cases[] = {
        {"", "object is expected"},      {" \n", "object is expected"},
        {"[]", "object is expected"},    {"\"a\"", "object is expected"},
        {"1", "object is expected"},     {"null", "object is expected"},
        {"hello", "object is expected"}, {"\xef\xbb\xbf{}", "object is expected"},
        {"{}x", "text behind"},          {"{} {}", "text behind"},
        {"{},", "text behind"},
    };

    (void)state;
    assert_all_refused(cases, COUNT(cases));
    assert_refused(cs_str_n(NULL, 0), "object is expected");
    assert_refused(CS_LIT("{}\0"), "text behind");
}

static void broken_syntax_is_refused(void **state)
{
    static const struct refused cases[] = {
        {"{", "at byte 1: a string"},
        {"{\"a\"", "':' is expected"},
        {"{\"a\":", "unexpected end"},
        {"{\"a\":1", "unexpected end"},
        {"{\"a\":1,", "a string"},
        {"{\"a\":1,}", "at byte 7: a string"},
        {"{,}", "a string"},
        {"{\"a\":[1,]}", "at byte 8: unexpected character"},
        {"{\"a\":[1 2]}", "unexpected character"},
        {"{\"a\":[}", "unexpected character"},
        {"{\"a\":1]", "unexpected character"},
        {"{\"a\" 1}", "':' is expected"},
        {"{a:1}", "a string"},
        {"{1:1}", "a string"},
        {"{\"a\":tru}", "unexpected character"},
        {"{\"a\":True}", "unexpected character"},
        {"{\"a\":nulll}", "unexpected character"},
        {"{\"a\":\"x}", "unfinished string"},
        {"{\"a\":\"x\\", "unknown escape"},
        {"{\"a\":\"\\q\"}", "unknown escape"},
        {"{\"a\":\"\\u12g4\"}", "bad \\u escape"},
        {"{\"a\":\"\\u12", "bad \\u escape"},
        {"{\"a\":\v1}", "unexpected character"},
        {"  {\"a\":?}", "at byte 7: unexpected character"},
    };

    (void)state;
    assert_all_refused(cases, COUNT(cases));
}

static void s14_bad_utf8(void **state)
{
    static const char *const bad[] = {
        "{\"a\":\"\xff\"}",
        "{\"\xc0\xaf\":1}",
        "{\"a\":\"\xed\xa0\x80\"}",
        "{\"a\":\"\xe2\x82\"}",
        "{\"a\":\"\xf4\x90\x80\x80\"}",
    };
    struct cs_err err;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(parse(cs_str_c(bad[i]), &err), CS_E_BAD_ENCODING);
    assert_string_equal(err.detail, "Bad UTF-8 at byte 6");
}

/* {"a":[[[…]]]} with `depth` brackets in all. */
static struct cs_str nested(char *out, size_t depth, char open, char close)
{
    struct cs_buf b;

    cs_buf_init(&b, 4000);
    cs_buf_cstr(&b, "{\"a\":");
    for (size_t i = 1; i < depth; i++)
        cs_buf_cstr(&b, open == '[' ? "[" : "{\"a\":");
    cs_buf_cstr(&b, "1");
    for (size_t i = 1; i < depth; i++)
        cs_buf_putc(&b, close);
    cs_buf_putc(&b, '}');
    memcpy(out, b.p, b.len);
    struct cs_str s = cs_str_n(out, b.len);
    cs_buf_release(&b);
    return s;
}

static void s14_depth_is_at_most_16(void **state)
{
    char text[4000];

    (void)state;
    assert_int_equal(parse(nested(text, 16, '[', ']'), NULL), CS_OK);
    assert_int_equal(parse(nested(text, 16, '{', '}'), NULL), CS_OK);
    assert_refused(nested(text, 17, '[', ']'), "nested too deeply");
    assert_refused(nested(text, 17, '{', '}'), "nested too deeply");
    assert_refused(nested(text, 500, '[', ']'), "nested too deeply");
}

static void s14_repeated_keys(void **state)
{
    static const struct refused cases[] = {
        {"{\"a\":1,\"a\":1}", "repeated"},
        {"{\"a\":1,\"b\":2,\"\\u0061\":3}", "repeated"},
        {"{\"x\":{\"a\":1,\"a\":null}}", "repeated"},
        {"{\"x\":[{\"a\":{\"p\":1},\"a\":{\"q\":1,\"r\":2}}]}", "repeated"},
        {"{\"\":1,\"\":2}", "repeated"},
    };

    (void)state;
    assert_all_refused(cases, COUNT(cases));
}

static void s14_nan_and_infinity(void **state)
{
    static const struct refused cases[] = {
        {"{\"a\":NaN}", "unexpected"},      {"{\"a\":nan}", "unexpected"},
        {"{\"a\":Infinity}", "unexpected"}, {"{\"a\":-Infinity}", "bad number"},
        {"{\"a\":1e400}", "out of range"},  {"{\"a\":[-1e999]}", "out of range"},
        {"{\"a\":1e1000}", "out of range"},
    };

    (void)state;
    assert_all_refused(cases, COUNT(cases));
}

static void s14_numbers_by_the_letter(void **state)
{
    static const struct refused cases[] = {
        {"{\"a\":01}", "bad number"},   {"{\"a\":-01}", "bad number"},
        {"{\"a\":1.}", "bad number"},   {"{\"a\":.5}", "unexpected"},
        {"{\"a\":+1}", "unexpected"},   {"{\"a\":-}", "bad number"},
        {"{\"a\":1e}", "bad number"},   {"{\"a\":1e+}", "bad number"},
        {"{\"a\":0x10}", "unexpected"}, {"{\"a\":1_0}", "unexpected"},
    };

    (void)state;
    assert_all_refused(cases, COUNT(cases));
}

static void s14_integers_outside_int64(void **state)
{
    static const struct refused cases[] = {
        {"{\"a\":9223372036854775808}", "out of range"},
        {"{\"a\":-9223372036854775809}", "out of range"},
        {"{\"a\":18446744073709551615}", "out of range"},
        {"{\"a\":10000000000000000000}", "out of range"},
        {"{\"a\":1.00000000000000000000000000000000000000000000000000000000000000000}",
         "out of range"},
    };

    (void)state;
    assert_all_refused(cases, COUNT(cases));
}

static void s14_single_quotes_and_comments(void **state)
{
    static const struct refused cases[] = {
        {"{'a':1}", "a string"},         {"{\"a\":'x'}", "unexpected"},
        {"{/*x*/\"a\":1}", "a string"},  {"{\"a\":1}//x", "text behind"},
        {"#\n{}", "object is expected"},
    };

    (void)state;
    assert_all_refused(cases, COUNT(cases));
}

static void s14_control_characters_and_u0000(void **state)
{
    char text[] = "{\"a\":\"?\"}";

    (void)state;
    for (char c = 0; c < 0x20; c++) {
        text[6] = c;
        assert_refused(cs_str_n(text, sizeof text - 1), "control character");
    }
    assert_refused(CS_LIT("{\"a\":\"\\u0000\"}"), "\\u0000 is not allowed");
    assert_refused(CS_LIT("{\"a\\u0000b\":1}"), "\\u0000 is not allowed");
}

static void s14_lone_surrogates(void **state)
{
    static const struct refused cases[] = {
        {"{\"a\":\"\\ud800\"}", "lone surrogate"},
        {"{\"a\":\"\\udfff\"}", "lone surrogate"},
        {"{\"a\":\"\\ud83d\\u0041\"}", "lone surrogate"},
        {"{\"a\":\"\\ud83dx\"}", "lone surrogate"},
        {"{\"a\":\"\\ud83d\\n\"}", "lone surrogate"},
        {"{\"a\":\"\\ud83d\\ud83d\"}", "lone surrogate"},
        {"{\"a\":\"\\ude00\\ud83d\"}", "lone surrogate"},
        {"{\"\\udc00\":1}", "lone surrogate"},
        {"{\"a\":\"\\ud83d\\u\"}", "lone surrogate"},
    };

    (void)state;
    assert_all_refused(cases, COUNT(cases));
}

/* Every prefix of a text that uses the whole grammar is refused, none makes the reader run on. */
static void every_prefix_is_refused(void **state)
{
    struct cs_str whole =
        CS_LIT("{\"a\":[1,-2.5e+3,true,null,\"x\\n\\ud83d\\ude00\xc3\xa4\"],\"b\":{}}");

    (void)state;
    assert_int_equal(parse(whole, NULL), CS_OK);
    for (size_t n = 0; n < whole.len; n++) {
        char *copy =
            malloc(n ? n : 1); /* of this size exactly: the sanitizer sees one byte too far */
        assert_non_null(copy);
        memcpy(copy, whole.p, n);
        assert_int_not_equal(parse(cs_str_n(copy, n), NULL), CS_OK);
        free(copy);
    }
}

/* Printing never gets longer, or cs_json_raw's buffer would be too small. */
static void raw_text_is_never_longer_than_the_source(void **state)
{
    static const char source[] =
        "{\"\\b\":\"\\u0001\\u001f\\\"\\\\\",\"k\":[0,-1,1.0e0,true,false,null,{},[]]}";

    (void)state;
    assert_reads(source, source);
}

/* Also those of which json-c itself would make U+FFFD, next to what only looks like an escape. */
static void pairs_of_every_plane_are_read(void **state)
{
    (void)state;
    assert_reads("{\"a\":\"\\ud837\\ude00\\uD836\\uDC00\"}",
                 "{\"a\":\"\xf0\x9d\xb8\x80\xf0\x9d\xa0\x80\"}");
    assert_reads("{\"\\ud800\\udc00\":\"\\udbff\\udfff\"}",
                 "{\"\xf0\x90\x80\x80\":\"\xf4\x8f\xbf\xbf\"}");
    assert_reads("{\"a\":\"\\\\ud837\\\"\\u00e4\\n\\ud876\\udc00\\\\\"}",
                 "{\"a\":\"\\\\ud837\\\"\xc3\xa4\\n\xf0\xad\xa0\x80\\\\\"}");
}

static bool read_bind_and_print(void)
{
    struct lists {
        struct cs_uuids ids;
        struct cs_objects objs;
    } in = {{0}, {0}};
    static const struct cs_field fields[] = {
        CS_FIELD_UUIDS(struct lists, ids, "ids", CS_F_REQUIRED, 0, 0),
        CS_FIELD_OBJECTS(struct lists, objs, "objs", CS_F_REQUIRED, 0, 0),
    };
    struct cs_str text =
        CS_LIT("{\"ids\":[\"01890a5d-ac96-774b-bcce-b302099a8057\"],\"objs\":[{},{}],\"m\":{}}");
    struct cs_json *obj;
    struct cs_str raw;
    struct cs_arena a;
    struct cs_err err;
    enum cs_rc rc;

    cs_arena_init(&a, 1 << 20);
    rc = cs_json_parse(&a, text, &obj, &err);
    if (!rc)
        rc = cs_json_bind(fields, COUNT(fields), obj, &in, &err);
    if (!rc)
        rc = cs_json_raw(obj, &raw, &err);
    if (!rc)
        assert_text(raw, text.p);
    else
        assert_int_equal(rc, CS_E_NO_MEMORY);
    cs_arena_release(&a);
    return rc == CS_OK;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(read_bind_and_print) >= 2);
}

static void every_allocation_in_the_arena_may_fail(void **state)
{
    struct cs_str text = CS_LIT("{\"a\":{\"b\":\"c\"}}");
    size_t max = 0;

    (void)state;
    for (enum cs_rc rc = CS_E_NO_MEMORY; rc; max += 8) {
        struct cs_json *obj;
        struct cs_str raw;
        struct cs_arena a;
        cs_arena_init(&a, max);
        rc = cs_json_parse(&a, text, &obj, NULL);
        if (!rc)
            rc = cs_json_raw(obj, &raw, NULL);
        assert_true(rc == CS_OK || rc == CS_E_NO_MEMORY);
        cs_arena_release(&a);
        assert_true(max < 4096);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_valid_is_read),
        cmocka_unit_test(only_one_object_is_taken),
        cmocka_unit_test(broken_syntax_is_refused),
        cmocka_unit_test(s14_bad_utf8),
        cmocka_unit_test(s14_depth_is_at_most_16),
        cmocka_unit_test(s14_repeated_keys),
        cmocka_unit_test(s14_nan_and_infinity),
        cmocka_unit_test(s14_numbers_by_the_letter),
        cmocka_unit_test(s14_integers_outside_int64),
        cmocka_unit_test(s14_single_quotes_and_comments),
        cmocka_unit_test(s14_control_characters_and_u0000),
        cmocka_unit_test(s14_lone_surrogates),
        cmocka_unit_test(every_prefix_is_refused),
        cmocka_unit_test(raw_text_is_never_longer_than_the_source),
        cmocka_unit_test(pairs_of_every_plane_are_read),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_allocation_in_the_arena_may_fail),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
