/* store_change.c - see store_change.h. */
#include "store_change.h"

#include "store_outcome.h"

const struct cs_stmt store_edit_message_stmt = {
    .name = "message_edit",
    .nparams = 6,
    .ncols = 3,
    .sql = "SELECT c.status, c.seq, c.mentioned\n"
           "  FROM chat.edit_message($1::uuid, $2::uuid, $3::uuid, $4::boolean, $5::text,\n"
           "                         $6::jsonb) AS c",
};

const struct cs_stmt store_delete_message_stmt = {
    .name = "message_delete",
    .nparams = 5,
    .ncols = 2,
    .sql = "SELECT c.status, c.seq\n"
           "  FROM chat.delete_message($1::uuid, $2::uuid, $3::uuid, $4::boolean, $5::text) AS c",
};

const struct cs_stmt store_react_stmt = {
    .name = "react",
    .nparams = 5,
    .ncols = 2,
    .sql = "SELECT c.status, c.seq\n"
           "  FROM chat.react($1::uuid, $2::uuid, $3::uuid, $4::text, $5::boolean) AS c",
};

const struct cs_stmt store_unreact_stmt = {
    .name = "unreact",
    .nparams = 5,
    .ncols = 2,
    .sql = "SELECT c.status, c.seq\n"
           "  FROM chat.unreact($1::uuid, $2::uuid, $3::uuid, $4::text, $5::boolean) AS c",
};

const struct cs_stmt store_pin_stmt = {
    .name = "pin",
    .nparams = 5,
    .ncols = 2,
    .sql = "SELECT c.status, c.seq\n"
           "  FROM chat.pin($1::uuid, $2::uuid, $3::uuid, $4::boolean, $5::text) AS c",
};

const struct cs_stmt store_unpin_stmt = {
    .name = "unpin",
    .nparams = 5,
    .ncols = 2,
    .sql = "SELECT c.status, c.seq\n"
           "  FROM chat.unpin($1::uuid, $2::uuid, $3::uuid, $4::boolean, $5::text) AS c",
};

static void call_change(struct cs_call *call, const struct cs_stmt *stmt, struct cs_arena *arena,
                        const struct store_change *c)
{
    cs_call_init(call, stmt, arena);
    cs_call_uuid(call, &c->room);
    cs_call_uuid(call, &c->message);
    cs_call_uuid(call, &c->actor);
}

void store_edit_message_call(struct cs_call *call, struct cs_arena *arena,
                             struct store_post_bufs *bufs, const struct store_change *c)
{
    call_change(call, &store_edit_message_stmt, arena, c);
    cs_call_bool(call, c->as_client);
    cs_call_text(call, c->content);
    cs_call_text(call, store_post_mentions(bufs, c->content));
}

void store_delete_message_call(struct cs_call *call, struct cs_arena *arena,
                               const struct store_change *c)
{
    call_change(call, &store_delete_message_stmt, arena, c);
    cs_call_bool(call, c->as_client);
    cs_call_text(call, c->ip);
}

void store_react_call(struct cs_call *call, struct cs_arena *arena, const struct store_change *c)
{
    call_change(call, &store_react_stmt, arena, c);
    cs_call_text(call, c->emoji);
    cs_call_bool(call, c->as_client);
}

void store_unreact_call(struct cs_call *call, struct cs_arena *arena, const struct store_change *c)
{
    call_change(call, &store_unreact_stmt, arena, c);
    cs_call_text(call, c->emoji);
    cs_call_bool(call, c->as_client);
}

void store_pin_call(struct cs_call *call, struct cs_arena *arena, const struct store_change *c)
{
    call_change(call, &store_pin_stmt, arena, c);
    cs_call_bool(call, c->as_client);
    cs_call_text(call, c->ip);
}

void store_unpin_call(struct cs_call *call, struct cs_arena *arena, const struct store_change *c)
{
    call_change(call, &store_unpin_stmt, arena, c);
    cs_call_bool(call, c->as_client);
    cs_call_text(call, c->ip);
}

/* The statuses of the functions. */
static const struct store_outcome outcomes[] = {
    {"ok", CS_OK, NULL},
    {"unchanged", CS_OK, NULL},
    {"room_not_found", CS_E_ROOM_NOT_FOUND, NULL},
    {"message_not_found", CS_E_MESSAGE_NOT_FOUND, NULL},
    {"not_member", CS_E_NOT_MEMBER, NULL},
    {"banned", CS_E_BANNED, NULL},
    {"unauthorized", CS_E_UNAUTHORIZED, NULL},
    {"not_allowed", CS_E_FORBIDDEN, NULL},
    {"forbidden", CS_E_FORBIDDEN, NULL},
    {"not_author", CS_E_FORBIDDEN, "You can change your own messages only"},
    {"muted", CS_E_MUTED, NULL},
    {"blocked", CS_E_BLOCKED, NULL},
    {"archived", CS_E_ARCHIVED, NULL},
    {"bad_content", CS_E_BAD_FIELD, "content: must not be empty"},
    {"full_of_reactions", CS_E_LIMIT, "A message can have 20 different reactions"},
    {"full_of_pins", CS_E_LIMIT, "A room can have 50 pinned messages: unpin one first"},
};

enum cs_rc store_change_outcome(struct cs_str status, struct cs_err *err)
{
    return STORE_OUTCOME(status, outcomes, err);
}

enum cs_rc store_change_read(const struct cs_rows *rows, uint64_t *seq, struct cs_err *err)
{
    struct cs_str status = store_status(rows);

    if (seq)
        *seq = status.p ? (uint64_t)cs_rows_i64(rows, 0, 1) : 0;
    return store_change_outcome(status, err);
}

enum cs_rc store_edit_message_read(const struct cs_rows *rows, struct cs_str *mentioned,
                                   struct cs_err *err)
{
    enum cs_rc rc = store_change_read(rows, NULL, err);

    if (rc == CS_OK)
        *mentioned = cs_rows_str(rows, 0, 2);
    return rc;
}
