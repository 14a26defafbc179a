/* store_member.c - see store_member.h. */
#include "store_member.h"

#include "store_outcome.h"

const struct cs_stmt store_room_create_stmt = {
    .name = "room_create",
    .nparams = 6,
    .ncols = 1,
    .sql = "SELECT CASE c.status WHEN 'not_found' THEN 'user_not_found' ELSE c.status END\n"
           "  FROM chat.create_room($1::uuid, $2::uuid,\n"
           "                        CASE WHEN $5::boolean THEN 'group' ELSE 'channel' END,\n"
           "                        $3::text, $4::text, $5::boolean, $6::text) AS c",
};

const struct cs_stmt store_member_add_stmt = {
    .name = "member_add",
    .nparams = 6,
    .ncols = 1,
    .sql = "SELECT a.status\n"
           "  FROM chat.add_member($1::uuid, $2::uuid, $3::boolean, $4::uuid, $5::text,\n"
           "                       $6::text) AS a",
};

const struct cs_stmt store_join_room_stmt = {
    .name = "room_join",
    .nparams = 2,
    .ncols = 1,
    .sql = "SELECT j.status FROM chat.join_room($1::uuid, $2::uuid) AS j",
};

const struct cs_stmt store_leave_room_stmt = {
    .name = "room_leave",
    .nparams = 2,
    .ncols = 1,
    .sql = "SELECT l.status FROM chat.leave_room($1::uuid, $2::uuid) AS l",
};

void store_room_create_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_new_room *room)
{
    cs_call_init(call, &store_room_create_stmt, arena);
    cs_call_uuid(call, &room->id);
    cs_call_uuid(call, &room->creator);
    cs_call_text(call, room->name);
    cs_call_text(call, room->description);
    cs_call_bool(call, room->is_private);
    cs_call_text(call, room->history);
}

static void call_pair(struct cs_call *call, const struct cs_stmt *stmt, struct cs_arena *arena,
                      const struct cs_uuid *room, const struct cs_uuid *user)
{
    cs_call_init(call, stmt, arena);
    cs_call_uuid(call, room);
    cs_call_uuid(call, user);
}

void store_join_room_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                          const struct cs_uuid *user)
{
    call_pair(call, &store_join_room_stmt, arena, room, user);
}

void store_leave_room_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                           const struct cs_uuid *user)
{
    call_pair(call, &store_leave_room_stmt, arena, room, user);
}

/* Who is not in the room is, to him who names him, nobody there. */
#define OF_ANOTHER "CASE c.status WHEN 'not_member' THEN 'user_not_found' ELSE c.status END"

const struct cs_stmt store_member_remove_stmt = {
    .name = "member_remove",
    .nparams = 6,
    .ncols = 1,
    .sql = "SELECT " OF_ANOTHER "\n"
           "  FROM chat.remove_member($1::uuid, $2::uuid, $3::boolean, $4::uuid, $5::boolean,\n"
           "                          $6::text) AS c",
};

const struct cs_stmt store_ban_lift_stmt = {
    .name = "ban_lift",
    .nparams = 5,
    .ncols = 1,
    .sql = "SELECT c.status\n"
           "  FROM chat.lift_ban($1::uuid, $2::uuid, $3::boolean, $4::uuid, $5::text) AS c",
};

const struct cs_stmt store_member_set_stmt = {
    .name = "member_set",
    .nparams = 8,
    .ncols = 1,
    .sql = "SELECT " OF_ANOTHER "\n"
           "  FROM chat.set_member($1::uuid, $2::uuid, $3::boolean, $4::uuid, $5::text,\n"
           "                       timestamptz 'epoch' + $6::bigint * interval '1 millisecond',\n"
           "                       $7::boolean, $8::text) AS c",
};

const struct cs_stmt store_room_set_stmt = {
    .name = "room_set",
    .nparams = 10,
    .ncols = 1,
    .sql = "SELECT c.status\n"
           "  FROM chat.set_room($1::uuid, $2::uuid, $3::boolean, $4::text, $5::text, $6::int,\n"
           "                     $7::boolean, $8::text, $9::boolean, $10::text) AS c",
};

const struct cs_stmt store_room_delete_stmt = {
    .name = "room_delete",
    .nparams = 4,
    .ncols = 2,
    .sql = "SELECT c.status, w.id\n"
           "  FROM chat.delete_room($1::uuid, $2::uuid, $3::boolean, $4::text) AS c\n"
           "  LEFT JOIN LATERAL unnest(c.users) AS w (id) ON true",
};

void store_acting_call(struct cs_call *call, const struct cs_stmt *stmt, struct cs_arena *arena,
                       const struct store_acting *who)
{
    cs_call_init(call, stmt, arena);
    cs_call_uuid(call, &who->room);
    cs_call_uuid(call, &who->actor);
    cs_call_bool(call, who->as_client);
}

void store_member_add_call(struct cs_call *call, struct cs_arena *arena,
                           const struct store_acting *who, const struct cs_uuid *user,
                           struct cs_str role)
{
    store_acting_call(call, &store_member_add_stmt, arena, who);
    cs_call_uuid(call, user);
    cs_call_text(call, role);
    cs_call_text(call, who->ip);
}

void store_member_remove_call(struct cs_call *call, struct cs_arena *arena,
                              const struct store_acting *who, const struct cs_uuid *user, bool ban)
{
    store_acting_call(call, &store_member_remove_stmt, arena, who);
    cs_call_uuid(call, user);
    cs_call_bool(call, ban);
    cs_call_text(call, who->ip);
}

void store_ban_lift_call(struct cs_call *call, struct cs_arena *arena,
                         const struct store_acting *who, const struct cs_uuid *user)
{
    store_acting_call(call, &store_ban_lift_stmt, arena, who);
    cs_call_uuid(call, user);
    cs_call_text(call, who->ip);
}

void store_member_set_call(struct cs_call *call, struct cs_arena *arena,
                           const struct store_acting *who, const struct cs_uuid *user,
                           const struct store_member_change *change)
{
    store_acting_call(call, &store_member_set_stmt, arena, who);
    cs_call_uuid(call, user);
    cs_call_text(call, change->role);
    if (change->muted_until_ms)
        cs_call_i64(call, change->muted_until_ms);
    else
        cs_call_null(call);
    cs_call_bool(call, change->sets_mute);
    cs_call_text(call, who->ip);
}

static void call_opt_bool(struct cs_call *call, struct cs_opt_bool v)
{
    if (v.set)
        cs_call_bool(call, v.v);
    else
        cs_call_null(call);
}

void store_room_set_call(struct cs_call *call, struct cs_arena *arena,
                         const struct store_acting *who, const struct store_room_change *change)
{
    store_acting_call(call, &store_room_set_stmt, arena, who);
    cs_call_text(call, change->name);
    cs_call_text(call, change->description);
    if (change->slow_mode_s.set)
        cs_call_i64(call, change->slow_mode_s.v);
    else
        cs_call_null(call);
    call_opt_bool(call, change->archived);
    cs_call_text(call, change->history);
    call_opt_bool(call, change->is_private);
    cs_call_text(call, who->ip);
}

void store_room_delete_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_acting *who)
{
    store_acting_call(call, &store_room_delete_stmt, arena, who);
    cs_call_text(call, who->ip);
}

bool store_room_deleted_for(const struct cs_rows *rows, int row, struct cs_uuid *user)
{
    if (cs_rows_null(rows, row, 1))
        return false;
    *user = cs_rows_uuid(rows, row, 1);
    return true;
}

static const struct store_outcome outcomes[] = {
    {"ok", CS_OK, NULL},
    {"already", CS_OK, NULL},
    {"not_found", CS_E_ROOM_NOT_FOUND, NULL},
    {"room_not_found", CS_E_ROOM_NOT_FOUND, NULL},
    {"user_not_found", CS_E_USER_NOT_FOUND, NULL},
    {"not_member", CS_E_NOT_MEMBER, NULL},
    {"banned", CS_E_BANNED, NULL},
    {"forbidden", CS_E_FORBIDDEN, NULL},
    {"unauthorized", CS_E_UNAUTHORIZED, NULL},
    {"conflict", CS_E_CONFLICT, NULL},
    {"fixed", CS_E_ROOM_FIXED, NULL},
    {"message_not_found", CS_E_MESSAGE_NOT_FOUND, NULL},
    {"invite_not_found", CS_E_INVITE_NOT_FOUND, NULL},
    {"report_not_found", CS_E_REPORT_NOT_FOUND, NULL},
    {"limit", CS_E_LIMIT, NULL},
};

enum cs_rc store_member_outcome(const struct cs_rows *rows, struct cs_err *err)
{
    struct cs_str status = store_status(rows);

    return STORE_OUTCOME(status, outcomes, err);
}
