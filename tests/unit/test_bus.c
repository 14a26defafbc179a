/* test_bus.c - the envelope of bells: what is written is read, the payload's bound, and what a
 * newer or a broken sender may put into the channel. */
#include "unit.h"

#include "cs_bus.h"

static const char room_text[] = "01980000-0000-7000-8000-00000000000a";
static const char user_text[] = "01980000-0000-7000-8000-00000000000b";

static struct cs_uuid id_of(const char *text)
{
    struct cs_uuid id;

    assert_true(cs_uuid_parse(cs_str_c(text), &id));
    return id;
}

static void entries_come_back_as_they_went(void **state)
{
    const struct cs_bus_entry sent[] = {
        {.kind = CS_BUS_ROOM, .id = id_of(room_text), .seq = 42},
        {.kind = CS_BUS_ROOM, .id = id_of(room_text)},
        {.kind = CS_BUS_USER, .id = id_of(user_text), .seq = UINT64_MAX},
        {.kind = CS_BUS_REVOKED, .id = id_of(user_text)},
        {.kind = CS_BUS_EPHEMERA, .body = CS_LIT("t,01980000:somebody")},
        {.kind = CS_BUS_SELF, .id = id_of(room_text), .seq = 7},
    };
    struct cs_buf payload;
    struct cs_bus_entry got;

    (void)state;
    cs_buf_init(&payload, CS_BUS_PAYLOAD_MAX);
    for (size_t i = 0; i < COUNT(sent); i++)
        assert_true(cs_bus_add(&payload, &sent[i]));
    struct cs_str rest = cs_buf_view(&payload);
    for (size_t i = 0; i < COUNT(sent); i++) {
        assert_true(cs_bus_next(&rest, &got));
        assert_int_equal(got.kind, sent[i].kind);
        assert_true(got.seq == sent[i].seq);
        assert_true(cs_str_eq(got.body, sent[i].body));
        assert_true(cs_uuid_eq(&got.id, &sent[i].id));
    }
    assert_false(cs_bus_next(&rest, &got));
    cs_buf_release(&payload);
}

static void the_text_is_what_the_schema_writes(void **state)
{
    struct cs_buf payload;

    (void)state;
    cs_buf_init(&payload, CS_BUS_PAYLOAD_MAX);
    assert_true(
        cs_bus_add(&payload, &(struct cs_bus_entry){.kind = CS_BUS_ROOM, .id = id_of(room_text)}));
    assert_true(cs_bus_add(
        &payload, &(struct cs_bus_entry){.kind = CS_BUS_ROOM, .id = id_of(user_text), .seq = 9}));
    assert_text(cs_buf_view(&payload), "r01980000-0000-7000-8000-00000000000a;"
                                       "r01980000-0000-7000-8000-00000000000b:9");
    cs_buf_release(&payload);
}

static void what_does_not_fit_leaves_the_payload_as_it_was(void **state)
{
    struct cs_bus_entry e = {.kind = CS_BUS_ROOM, .id = id_of(room_text), .seq = UINT64_MAX};
    struct cs_buf payload;
    size_t n = 0, len = 0;

    (void)state;
    cs_buf_init(&payload, CS_BUS_PAYLOAD_MAX);
    while (cs_bus_add(&payload, &e)) {
        len = payload.len;
        n++;
    }
    assert_int_equal(n, 17); /* 1 + 36 + 1 + 20 bytes and a separator each: 17 × 59 - 1 = 1002 */
    assert_int_equal(payload.len, len);
    assert_false(payload.failed);
    struct cs_str rest = cs_buf_view(&payload);
    while (cs_bus_next(&rest, &e))
        n--;
    assert_int_equal(n, 0);
    cs_buf_release(&payload);
}

static void what_is_no_entry_of_ours_is_skipped(void **state)
{
    struct cs_bus_entry e;
    struct cs_str rest = CS_LIT(";;z01980000-0000-7000-8000-00000000000a;r;rnonsense;"
                                "r01980000-0000-7000-8000-00000000000a:;"
                                "r01980000-0000-7000-8000-00000000000a:-1;"
                                "r01980000-0000-7000-8000-00000000000a:99999999999999999999;"
                                "r01980000-0000-7000-8000-00000000000a:5;");

    (void)state;
    assert_true(cs_bus_next(&rest, &e));
    assert_int_equal(e.kind, CS_BUS_ROOM);
    assert_int_equal(e.seq, 5);
    assert_false(cs_bus_next(&rest, &e));

    rest = CS_LIT("");
    assert_false(cs_bus_next(&rest, &e));
    rest = cs_str_n(NULL, 0);
    assert_false(cs_bus_next(&rest, &e));
}

static void reading_comes_back_as_it_went(void **state)
{
    struct cs_bus_read in = {.room = id_of(room_text), .user = id_of(user_text), .seq = UINT64_MAX}, out;
    struct cs_bus_entry e;
    struct cs_buf payload;

    (void)state;
    cs_buf_init(&payload, CS_BUS_PAYLOAD_MAX);
    assert_true(cs_bus_add_read(&payload, &in));
    struct cs_str rest = cs_buf_view(&payload);
    assert_true(cs_bus_next(&rest, &e));
    assert_int_equal(e.kind, CS_BUS_EPHEMERA);
    assert_true(cs_bus_read(e.body, &out));
    assert_memory_equal(&in, &out, sizeof in);
    while (cs_bus_add_read(&payload, &in)) {
    }
    assert_false(payload.failed);
    cs_buf_release(&payload);

    assert_false(cs_bus_read(CS_LIT(""), &out));
    assert_false(cs_bus_read(CS_LIT("t01980000-0000-7000-8000-00000000000a"), &out));
    assert_false(cs_bus_read(CS_LIT("r01980000-0000-7000-8000-00000000000a:5"), &out));
}

static void typing_comes_back_as_it_went(void **state)
{
    struct cs_bus_typing in = {.room = id_of(room_text), .user = id_of(user_text)}, out;
    struct cs_bus_read read;
    struct cs_buf body;

    (void)state;
    cs_buf_init(&body, CS_BUS_BODY_MAX);
    cs_bus_put_typing(&body, &in);
    assert_false(body.failed);
    assert_true(cs_bus_typing(cs_buf_view(&body), &out));
    assert_memory_equal(&in, &out, sizeof in);
    assert_false(cs_bus_read(cs_buf_view(&body), &read));
    cs_buf_putc(&body, ':'); /* what follows is of a program that says more by it */
    assert_false(cs_bus_typing(cs_buf_view(&body), &out));
    cs_buf_release(&body);

    assert_false(cs_bus_typing(CS_LIT(""), &out));
    assert_false(cs_bus_typing(CS_LIT("t"), &out));
    assert_false(cs_bus_typing(CS_LIT("t01980000-0000-7000-8000-00000000000a"), &out));
    assert_false(cs_bus_typing(CS_LIT("t01980000-0000-7000-8000-00000000000a:"), &out));
}

static void the_longest_body_fits(void **state)
{
    struct cs_bus_read in = {.room = id_of(room_text), .user = id_of(user_text), .seq = UINT64_MAX};
    struct cs_buf body;

    (void)state;
    cs_buf_init(&body, CS_BUS_BODY_MAX);
    cs_bus_put_read(&body, &in);
    assert_false(body.failed);
    cs_buf_release(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_back_as_they_went),
        cmocka_unit_test(the_text_is_what_the_schema_writes),
        cmocka_unit_test(what_does_not_fit_leaves_the_payload_as_it_was),
        cmocka_unit_test(what_is_no_entry_of_ours_is_skipped),
        cmocka_unit_test(reading_comes_back_as_it_went),
        cmocka_unit_test(typing_comes_back_as_it_went),
        cmocka_unit_test(the_longest_body_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
