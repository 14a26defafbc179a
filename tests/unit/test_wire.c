/* test_wire.c - messages and events in JSON, byte for byte, as the contract has them. */
#include "unit.h"

#include "cs_arena.h"
#include "cs_json.h"
#include "cs_wire.h"

static struct cs_uuid id_ending(uint8_t last)
{
    struct cs_uuid id = {{0x01, 0x98, 0, 0, 0, 0, 0x70, 0, 0x80, 0}};

    id.b[15] = last;
    return id;
}

static struct cs_message message(void)
{
    return (struct cs_message){
        .id = id_ending(1),
        .room_id = id_ending(2),
        .sender_id = id_ending(3),
        .seq = 7,
        .rev = 9,
        .sender_name = CS_LIT("ann"),
        .client_id = CS_LIT("c-1"),
        .kind = CS_LIT("text"),
        .content = CS_LIT("say \"hi\"\n\xf0\x9f\x98\x80"),
        .created_at = CS_LIT("2026-11-20 12:00:00.12+00"),
    };
}

static void assert_json(struct cs_buf *b, const char *want)
{
    struct cs_arena arena;
    struct cs_json *tree;
    struct cs_err err;

    assert_false(b->failed);
    assert_string_equal(cs_buf_cview(b), want);
    cs_arena_init(&arena, 256 * 1024);
    assert_int_equal(cs_json_parse(&arena, cs_buf_view(b), &tree, &err), CS_OK);
    cs_arena_release(&arena);
    cs_buf_release(b);
}

static struct cs_jw writer(struct cs_buf *b)
{
    cs_buf_init(b, 64 * 1024);
    return cs_jw_on(b);
}

#define MESSAGE                                                                                    \
    "{\"id\":\"01980000-0000-7000-8000-000000000001\",\"seq\":7,\"rev\":9,"                        \
    "\"roomId\":\"01980000-0000-7000-8000-000000000002\","                                         \
    "\"userId\":\"01980000-0000-7000-8000-000000000003\","                                         \
    "\"content\":\"say \\\"hi\\\"\\n\xf0\x9f\x98\x80\",\"kind\":\"text\",\"meta\":null,"           \
    "\"createdAt\":\"2026-11-20T12:00:00.120Z\",\"updatedAt\":\"2026-11-20T12:00:00.120Z\","       \
    "\"editedAt\":null,\"deletedAt\":null,\"parentId\":null,\"replyCount\":0,"                     \
    "\"clientId\":\"c-1\",\"reactions\":{},"                                                       \
    "\"user\":{\"id\":\"01980000-0000-7000-8000-000000000003\",\"username\":\"ann\"}}"

static void a_message_has_every_field_of_the_contract(void **state)
{
    struct cs_message m = message();
    struct cs_buf b;
    struct cs_jw w = writer(&b);

    (void)state;
    cs_wire_message(&w, &m);
    assert_json(&b, MESSAGE);
}

/* "key":value stands in the text. */
static void assert_field(struct cs_buf *b, const char *key, const char *value)
{
    char pair[1024];

    (void)snprintf(pair, sizeof pair, "\"%s\":%s", key, value);
    if (!strstr(cs_buf_cview(b), pair))
        fail_msg("%s is not in %s", pair, cs_buf_cview(b));
}

static void optional_fields_are_there_when_they_are_set(void **state)
{
    struct cs_message m = message();
    struct cs_buf b;
    struct cs_jw w = writer(&b);

    (void)state;
    m.parent_id = id_ending(4);
    m.reply_count = 3;
    m.meta = CS_LIT("{\"a\": [1]}");
    m.reactions = CS_LIT("{\"\xf0\x9f\x91\x8d\": 2}");
    m.edited_at = CS_LIT("2026-11-20 12:00:01+00");
    cs_wire_message(&w, &m);
    assert_field(&b, "parentId", "\"01980000-0000-7000-8000-000000000004\"");
    assert_field(&b, "replyCount", "3");
    assert_field(&b, "meta", "{\"a\": [1]}");
    assert_field(&b, "reactions", "{\"\xf0\x9f\x91\x8d\": 2}");
    assert_field(&b, "editedAt", "\"2026-11-20T12:00:01.000Z\"");
    assert_field(&b, "updatedAt", "\"2026-11-20T12:00:01.000Z\"");
    cs_buf_release(&b);
}

static void a_tombstone_was_updated_when_it_was_deleted(void **state)
{
    struct cs_message m = message();
    struct cs_buf b;
    struct cs_jw w = writer(&b);

    (void)state;
    m.content = CS_LIT("");
    m.edited_at = CS_LIT("2026-11-20 12:00:01+00");
    m.deleted_at = CS_LIT("2026-11-20 12:00:02+00");
    cs_wire_message(&w, &m);
    assert_field(&b, "content", "\"\"");
    assert_field(&b, "updatedAt", "\"2026-11-20T12:00:02.000Z\"");
    assert_field(&b, "deletedAt", "\"2026-11-20T12:00:02.000Z\"");
    cs_buf_release(&b);
}

static void a_new_message_carries_the_message_alone(void **state)
{
    struct cs_event e = {.room_id = id_ending(2), .seq = 7, .kind = CS_LIT("new_message")};
    struct cs_buf b;
    struct cs_jw w = writer(&b);

    (void)state;
    e.msg = message();
    cs_wire_event(&w, &e);
    assert_json(&b, "{\"type\":\"new_message\","
                    "\"roomId\":\"01980000-0000-7000-8000-000000000002\",\"seq\":7,"
                    "\"message\":" MESSAGE "}");
}

static void a_member_event_names_the_member(void **state)
{
    struct cs_event e = {
        .room_id = id_ending(2),
        .actor_id = id_ending(3),
        .subject_id = id_ending(5),
        .seq = 8,
        .kind = CS_LIT("member_left"),
        .data = CS_LIT("{\"reason\": \"removed\"}"),
        .subject_name = CS_LIT("bob"),
        .created_at = CS_LIT("2026-11-20 12:00:00+00"),
    };
    struct cs_buf b;
    struct cs_jw w = writer(&b);

    (void)state;
    cs_wire_event(&w, &e);
    assert_json(&b, "{\"type\":\"member_left\","
                    "\"roomId\":\"01980000-0000-7000-8000-000000000002\",\"seq\":8,"
                    "\"actorId\":\"01980000-0000-7000-8000-000000000003\","
                    "\"createdAt\":\"2026-11-20T12:00:00.000Z\",\"data\":{\"reason\": \"removed\"},"
                    "\"user\":{\"id\":\"01980000-0000-7000-8000-000000000005\","
                    "\"username\":\"bob\"}}");
}

static void an_application_has_no_actor(void **state)
{
    struct cs_event e = {
        .room_id = id_ending(2),
        .seq = 8,
        .kind = CS_LIT("room_updated"),
        .data = CS_LIT("{}"),
        .created_at = CS_LIT("2026-11-20 12:00:00+00"),
    };
    struct cs_buf b;
    struct cs_jw w = writer(&b);

    (void)state;
    cs_wire_event(&w, &e);
    assert_json(&b, "{\"type\":\"room_updated\","
                    "\"roomId\":\"01980000-0000-7000-8000-000000000002\",\"seq\":8,"
                    "\"actorId\":null,\"createdAt\":\"2026-11-20T12:00:00.000Z\",\"data\":{}}");
}

static void a_change_of_a_message_carries_its_present_state(void **state)
{
    struct cs_event e = {
        .room_id = id_ending(2),
        .actor_id = id_ending(3),
        .seq = 9,
        .target_seq = 7,
        .kind = CS_LIT("message_edited"),
        .data = CS_LIT("{}"),
        .created_at = CS_LIT("2026-11-20 12:00:00+00"),
    };
    struct cs_buf b;
    struct cs_jw w = writer(&b);

    (void)state;
    e.msg = message();
    cs_wire_event(&w, &e);
    assert_field(&b, "seq", "9");
    assert_field(&b, "message", MESSAGE);
    cs_buf_release(&b);
}

static void a_change_of_what_not_everybody_sees_names_it(void **state)
{
    struct cs_event e = {
        .room_id = id_ending(2),
        .seq = 9,
        .target_seq = 7,
        .kind = CS_LIT("message_edited"),
        .data = CS_LIT("{}"),
        .created_at = CS_LIT("2026-11-20 12:00:00+00"),
    };
    struct cs_buf b;
    struct cs_jw w = writer(&b);

    (void)state;
    e.msg.id = id_ending(1);
    cs_wire_event(&w, &e);
    assert_json(&b, "{\"type\":\"message_edited\","
                    "\"roomId\":\"01980000-0000-7000-8000-000000000002\",\"seq\":9,"
                    "\"actorId\":null,\"createdAt\":\"2026-11-20T12:00:00.000Z\",\"data\":{},"
                    "\"messageId\":\"01980000-0000-7000-8000-000000000001\",\"targetSeq\":7}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_has_every_field_of_the_contract),
        cmocka_unit_test(optional_fields_are_there_when_they_are_set),
        cmocka_unit_test(a_tombstone_was_updated_when_it_was_deleted),
        cmocka_unit_test(a_new_message_carries_the_message_alone),
        cmocka_unit_test(a_member_event_names_the_member),
        cmocka_unit_test(an_application_has_no_actor),
        cmocka_unit_test(a_change_of_a_message_carries_its_present_state),
        cmocka_unit_test(a_change_of_what_not_everybody_sees_names_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
