/* test_field.c - binding by field tables, from JSON and from forms: types, ranges, sentences. */
#include "unit.h"
#include "unit_arena.h"

#include "cs_json.h"

#define ID "01890a5d-ac96-774b-bcce-b302099a8057"

struct input {
    struct cs_str name, password, role;
    struct cs_opt_uuid room, parent;
    struct cs_opt_int limit, seq;
    struct cs_opt_bool loud;
    struct cs_json *meta;
    struct cs_uuids members;
    struct cs_objects places;
};

static const struct cs_field fields[] = {
    CS_FIELD_TEXT(struct input, name, "name", CS_F_REQUIRED, 1, 5),
    CS_FIELD_BYTES(struct input, password, "password", 0, 8, 10),
    CS_FIELD_CHOICE(struct input, role, "role", 0, "member|moderator"),
    CS_FIELD_UUID(struct input, room, "roomId", 0),
    CS_FIELD_UUID(struct input, parent, "parentId", 0),
    CS_FIELD_INT(struct input, limit, "limit", 0, 1, 100),
    CS_FIELD_INT(struct input, seq, "seq", 0, 0, INT64_MAX),
    CS_FIELD_BOOL(struct input, loud, "loud", 0),
    CS_FIELD_OBJECT(struct input, meta, "meta", 0),
    CS_FIELD_UUIDS(struct input, members, "members", 0, 1, 3),
    CS_FIELD_OBJECTS(struct input, places, "places", 0, 0, 2),
};

static struct cs_err err;

static enum cs_rc bind(const char *json, struct input *in)
{
    struct cs_json *obj;

    *in = (struct input){0};
    assert_int_equal(cs_json_parse(&arena, cs_str_c(json), &obj, &err), CS_OK);
    return cs_json_bind(fields, COUNT(fields), obj, in, &err);
}

static enum cs_rc bind_form(const char *form, struct input *in)
{
    *in = (struct input){0};
    return cs_form_bind(fields, COUNT(fields), cs_str_c(form), &arena, in, &err);
}

static void a_full_object_fills_the_struct(void **state)
{
    struct input in;
    struct cs_uuid id;
    struct cs_str raw;

    (void)state;
    assert_true(cs_uuid_parse(CS_LIT(ID), &id));
    assert_int_equal(bind("{\"name\":\"Ann\",\"password\":\"12345678\",\"role\":\"moderator\","
                          "\"roomId\":\"" ID "\",\"limit\":100,\"seq\":0,\"loud\":false,"
                          "\"meta\":{ \"a\": [1] },\"members\":[\"" ID "\",\"" ID "\"],"
                          "\"places\":[{},{\"b\":2}]}",
                          &in),
                     CS_OK);
    assert_text(in.name, "Ann");
    assert_int_equal(in.name.p[in.name.len], '\0');
    assert_text(in.password, "12345678");
    assert_text(in.role, "moderator");
    assert_true(in.room.set && cs_uuid_eq(&in.room.id, &id));
    assert_true(in.limit.set && in.limit.v == 100);
    assert_true(in.seq.set && in.seq.v == 0);
    assert_true(in.loud.set && !in.loud.v);
    assert_int_equal(in.members.n, 2);
    assert_true(cs_uuid_eq(&in.members.ids[1], &id));
    assert_int_equal(in.places.n, 2);
    assert_int_equal(cs_json_raw(in.places.objs[1], &raw, NULL), CS_OK);
    assert_text(raw, "{\"b\":2}");
    assert_int_equal(cs_json_raw(in.meta, &raw, NULL), CS_OK);
    assert_text(raw, "{\"a\":[1]}");
}

static void absent_and_null_optional_fields_stay_unset(void **state)
{
    struct input in;

    (void)state;
    assert_int_equal(bind("{\"name\":\"Ann\",\"password\":null,\"roomId\":null,\"limit\":null,"
                          "\"loud\":null,\"meta\":null,\"members\":null,\"admin\":true}",
                          &in),
                     CS_OK);
    assert_null(in.password.p);
    assert_null(in.role.p);
    assert_false(in.room.set || in.parent.set || in.limit.set || in.seq.set || in.loud.set);
    assert_null(in.meta);
    assert_null(in.members.ids);
    assert_null(in.places.objs);
}

static void bad_fields_are_named_with_a_sentence(void **state)
{
    static const struct {
        const char *json, *field, *detail;
    } cases[] = {
        {"{}", "name", "name: is required"},
        {"{\"name\":null}", "name", "name: must not be null"},
        {"{\"name\":1}", "name", "name: must be a string"},
        {"{\"name\":[\"x\"]}", "name", "name: must be a string"},
        {"{\"name\":\"\"}", "name", "name: must have 1 to 5 characters"},
        {"{\"name\":\"123456\"}", "name", "name: must have 1 to 5 characters"},
        {"{\"name\":\"x\",\"password\":\"1234567\"}", "password",
         "password: must have 8 to 10 bytes"},
        {"{\"name\":\"x\",\"role\":\"owner\"}", "role", "role: must be one of member|moderator"},
        {"{\"name\":\"x\",\"role\":\"member|moderator\"}", "role",
         "role: must be one of member|moderator"},
        {"{\"name\":\"x\",\"roomId\":7}", "roomId", "roomId: must be a UUID"},
        {"{\"name\":\"x\",\"roomId\":\"7\"}", "roomId", "roomId: must be a UUID"},
        {"{\"name\":\"x\",\"roomId\":\"\"}", "roomId", "roomId: must be a UUID"},
        {"{\"name\":\"x\",\"limit\":0}", "limit", "limit: must be from 1 to 100"},
        {"{\"name\":\"x\",\"limit\":101}", "limit", "limit: must be from 1 to 100"},
        {"{\"name\":\"x\",\"seq\":-1}", "seq", "seq: must be 0 or more"},
        {"{\"name\":\"x\",\"meta\":[]}", "meta", "meta: must be an object"},
        {"{\"name\":\"x\",\"meta\":\"{}\"}", "meta", "meta: must be an object"},
        {"{\"name\":\"x\",\"members\":{}}", "members", "members: must be an array of UUIDs"},
        {"{\"name\":\"x\",\"members\":[]}", "members", "members: must have 1 to 3 elements"},
        {"{\"name\":\"x\",\"places\":{}}", "places", "places: must be an array of objects"},
        {"{\"name\":\"x\",\"places\":[{},{},{}]}", "places", "places: must have at most 2 elements"},
        {"{\"name\":\"x\",\"places\":[{},null]}", "places", "places: must be an array of objects"},
        {"{\"name\":\"x\",\"places\":[[]]}", "places", "places: must be an array of objects"},
        {"{\"name\":\"x\",\"members\":[null]}", "members", "members: must be an array of UUIDs"},
        {"{\"name\":\"x\",\"members\":[\"x\"]}", "members", "members: must be an array of UUIDs"},
        {"{\"name\":\"x\",\"members\":[1,2,3,4]}", "members", "members: must have 1 to 3 elements"},
    };
    struct input in;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(bind(cases[i].json, &in), CS_E_BAD_FIELD);
        assert_string_equal(err.field, cases[i].field);
        assert_string_equal(err.detail, cases[i].detail);
    }
}

static void s14_no_coercion_between_types(void **state)
{
    static const char *const bad[] = {
        "{\"name\":true}",
        "{\"name\":{}}",
        "{\"name\":\"x\",\"limit\":\"1\"}",
        "{\"name\":\"x\",\"limit\":1.0}",
        "{\"name\":\"x\",\"limit\":1e1}",
        "{\"name\":\"x\",\"limit\":true}",
        "{\"name\":\"x\",\"limit\":[1]}",
        "{\"name\":\"x\",\"loud\":1}",
        "{\"name\":\"x\",\"loud\":0}",
        "{\"name\":\"x\",\"loud\":\"true\"}",
        "{\"name\":\"x\",\"loud\":\"\"}",
        "{\"name\":\"x\",\"loud\":{}}",
        "{\"name\":\"x\",\"roomId\":true}",
        "{\"name\":\"x\",\"roomId\":[\"" ID "\"]}",
    };
    struct input in;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (bind(bad[i], &in) != CS_E_BAD_FIELD)
            fail_msg("taken: %s", bad[i]);
}

static void text_counts_code_points_and_bytes_count_bytes(void **state)
{
    struct input in;

    (void)state;
    assert_int_equal(
        bind("{\"name\":\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xe2\x82\xac\xc3\xa4z\"}", &in), CS_OK);
    assert_int_equal(in.name.len, 14);
    /* four code points, eight bytes; then six and eleven */
    assert_int_equal(
        bind("{\"name\":\"x\",\"password\":\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\"}", &in), CS_OK);
    assert_int_equal(
        bind("{\"name\":\"x\",\"password\":\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4x\"}", &in),
        CS_E_BAD_FIELD);
}

static void ranges_may_be_open(void **state)
{
    struct one {
        struct cs_str s;
    } in = {0};
    static const struct cs_field any[] = {CS_FIELD_TEXT(struct one, s, "s", 0, 0, 0)};
    static const struct cs_field two_up[] = {CS_FIELD_TEXT(struct one, s, "s", 0, 2, 0)};
    static const struct cs_field to_two[] = {CS_FIELD_TEXT(struct one, s, "s", 0, 0, 2)};
    static const struct cs_field two[] = {CS_FIELD_TEXT(struct one, s, "s", 0, 2, 2)};
    struct cs_json *one, *three;

    (void)state;
    assert_int_equal(cs_json_parse(&arena, CS_LIT("{\"s\":\"x\"}"), &one, &err), CS_OK);
    assert_int_equal(cs_json_parse(&arena, CS_LIT("{\"s\":\"xxx\"}"), &three, &err), CS_OK);
    assert_int_equal(cs_json_bind(any, 1, three, &in, &err), CS_OK);
    assert_int_equal(cs_json_bind(two_up, 1, three, &in, &err), CS_OK);
    assert_int_equal(cs_json_bind(two_up, 1, one, &in, &err), CS_E_BAD_FIELD);
    assert_string_equal(err.detail, "s: must have at least 2 characters");
    assert_int_equal(cs_json_bind(to_two, 1, three, &in, &err), CS_E_BAD_FIELD);
    assert_string_equal(err.detail, "s: must have at most 2 characters");
    assert_int_equal(cs_json_bind(two, 1, three, &in, &err), CS_E_BAD_FIELD);
    assert_string_equal(err.detail, "s: must have exactly 2 characters");
}

static void a_nullable_required_field_must_be_there(void **state)
{
    struct one {
        struct cs_str s;
    } in = {0};
    static const struct cs_field f[] = {
        CS_FIELD_TEXT(struct one, s, "s", CS_F_REQUIRED | CS_F_NULLABLE, 1, 9)};
    struct cs_json *null_one, *empty;

    (void)state;
    assert_int_equal(cs_json_parse(&arena, CS_LIT("{\"s\":null}"), &null_one, &err), CS_OK);
    assert_int_equal(cs_json_parse(&arena, CS_LIT("{}"), &empty, &err), CS_OK);
    assert_int_equal(cs_json_bind(f, 1, null_one, &in, &err), CS_OK);
    assert_null(in.s.p);
    assert_int_equal(cs_json_bind(f, 1, empty, &in, &err), CS_E_BAD_FIELD);
}

static void null_clears_where_the_row_says_so(void **state)
{
    struct one {
        struct cs_str s, t;
    } in = {.s = {NULL, 0}};
    static const struct cs_field f[] = {
        CS_FIELD_TEXT(struct one, s, "s", CS_F_CLEARS, 0, 9),
        CS_FIELD_TEXT(struct one, t, "t", 0, 0, 9)};
    struct cs_json *null_one, *empty;

    (void)state;
    assert_int_equal(cs_json_parse(&arena, CS_LIT("{\"s\":null,\"t\":null}"), &null_one, &err),
                     CS_OK);
    assert_int_equal(cs_json_parse(&arena, CS_LIT("{}"), &empty, &err), CS_OK);
    assert_int_equal(cs_json_bind(f, 2, empty, &in, &err), CS_OK);
    assert_null(in.s.p);
    assert_int_equal(cs_json_bind(f, 2, null_one, &in, &err), CS_OK);
    assert_string_equal(in.s.p, "");
    assert_int_equal(in.s.len, 0);
    assert_null(in.t.p);
}

static void objects_bind_with_a_table_of_their_own(void **state)
{
    struct permissions {
        struct cs_opt_bool read, write;
    } p = {0};
    static const struct cs_field inner[] = {
        CS_FIELD_BOOL(struct permissions, read, "read", 0),
        CS_FIELD_BOOL(struct permissions, write, "write", 0),
    };
    struct input in;

    (void)state;
    assert_int_equal(bind("{\"name\":\"x\",\"meta\":{\"read\":true}}", &in), CS_OK);
    assert_int_equal(cs_json_bind(inner, COUNT(inner), in.meta, &p, &err), CS_OK);
    assert_true(p.read.set && p.read.v && !p.write.set);
}

static void a_form_binds_by_the_same_table(void **state)
{
    struct input in;

    (void)state;
    assert_int_equal(bind_form("grant_type=password&name=A+%C3%A4&limit=7&loud=on&roomId=" ID
                               "&role=&meta=%7B%7D&seq=",
                               &in),
                     CS_OK);
    assert_text(in.name, "A \xc3\xa4");
    assert_true(in.limit.set && in.limit.v == 7);
    assert_true(in.loud.set && in.loud.v);
    assert_true(in.room.set);
    assert_null(in.role.p); /* empty and optional: absent */
    assert_false(in.seq.set);
    assert_null(in.meta); /* no form carries an object */
}

static void bad_forms_are_refused(void **state)
{
    static const struct {
        const char *form, *detail;
    } cases[] = {
        {"", "name: is required"},
        {"name=", "name: must have 1 to 5 characters"},
        {"name=x&name=y", "name: is given twice"},
        {"name=x&role=&role=member", "role: is given twice"},
        {"name=x&limit=ten", "limit: must be an integer"},
        {"name=x&limit=+7", "limit: must be an integer"},
        {"name=x&limit=0", "limit: must be from 1 to 100"},
        {"name=x&loud=maybe", "loud: must be true or false"},
        {"name=x&roomId=7", "roomId: must be a UUID"},
    };
    struct input in;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(bind_form(cases[i].form, &in), CS_E_BAD_FIELD);
        assert_string_equal(err.detail, cases[i].detail);
    }
    assert_int_equal(bind_form("name=%ff", &in), CS_E_BAD_ENCODING);
    assert_int_equal(bind_form("name=%00", &in), CS_E_BAD_ENCODING);
    assert_int_equal(bind_form("name=x&other=%", &in), CS_E_BAD_ENCODING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_object_fills_the_struct),
        cmocka_unit_test(absent_and_null_optional_fields_stay_unset),
        cmocka_unit_test(bad_fields_are_named_with_a_sentence),
        cmocka_unit_test(s14_no_coercion_between_types),
        cmocka_unit_test(text_counts_code_points_and_bytes_count_bytes),
        cmocka_unit_test(ranges_may_be_open),
        cmocka_unit_test(a_nullable_required_field_must_be_there),
        cmocka_unit_test(null_clears_where_the_row_says_so),
        cmocka_unit_test(objects_bind_with_a_table_of_their_own),
        cmocka_unit_test(a_form_binds_by_the_same_table),
        cmocka_unit_test(bad_forms_are_refused),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
