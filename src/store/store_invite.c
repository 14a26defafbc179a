/* store_invite.c - see store_invite.h. */
#include "store_invite.h"

const struct cs_stmt store_invite_create_stmt = {
    .name = "invite_create",
    .nparams = 9,
    .ncols = 1,
    .sql = "SELECT chat.create_room_invite($4::uuid, $1::uuid, $2::uuid, $3::boolean, $5::bytea,\n"
           "           $6::text, timestamptz 'epoch' + $7::bigint * interval '1 millisecond',\n"
           "           $8::int, $9::text)",
};

const struct cs_stmt store_invite_revoke_stmt = {
    .name = "invite_revoke",
    .nparams = 5,
    .ncols = 1,
    .sql = "SELECT chat.revoke_room_invite($1::uuid, $2::uuid, $3::boolean, $4::uuid, $5::text)",
};

const struct cs_stmt store_invite_accept_stmt = {
    .name = "invite_accept",
    .nparams = 2,
    .ncols = 1,
    .sql = "SELECT a.status FROM chat.accept_room_invite($1::bytea, $2::uuid) AS a",
};

#define INVITE_COLUMNS                                                                             \
    "SELECT i.id, i.prefix, i.created_by, i.created_at, i.expires_at, i.max_uses, i.uses\n"        \
    "  FROM chat.room_invites AS i\n"

enum { INVITE_COLS = 7 };

const struct cs_stmt store_invites_stmt = {
    .name = "invites",
    .nparams = 1,
    .ncols = INVITE_COLS,
    .sql = INVITE_COLUMNS " WHERE i.room_id = $1 AND i.revoked_at IS NULL\n"
                          "   AND (i.expires_at IS NULL OR i.expires_at > clock_timestamp())\n"
                          "   AND (i.max_uses IS NULL OR i.uses < i.max_uses)\n"
                          "   AND (SELECT u.is_active AND u.deleted_at IS NULL FROM chat.users AS u\n"
                          "         WHERE u.id = i.created_by)\n"
                          " ORDER BY i.id DESC",
};

const struct cs_stmt store_invite_stmt = {
    .name = "invite",
    .nparams = 1,
    .ncols = INVITE_COLS,
    .sql = INVITE_COLUMNS " WHERE i.id = $1",
};

/* A number of which 0 says that there is none. */
static void call_unless_0(struct cs_call *call, int64_t v)
{
    if (v)
        cs_call_i64(call, v);
    else
        cs_call_null(call);
}

void store_invite_create_call(struct cs_call *call, struct cs_arena *arena,
                              const struct store_acting *who, const struct store_new_invite *in)
{
    store_acting_call(call, &store_invite_create_stmt, arena, who);
    cs_call_uuid(call, &in->id);
    cs_call_bytes(call, in->code_hash, CS_SHA256_BYTES);
    cs_call_text(call, in->prefix);
    call_unless_0(call, in->expires_ms);
    call_unless_0(call, in->max_uses);
    cs_call_text(call, who->ip);
}

void store_invite_revoke_call(struct cs_call *call, struct cs_arena *arena,
                              const struct store_acting *who, const struct cs_uuid *id)
{
    store_acting_call(call, &store_invite_revoke_stmt, arena, who);
    cs_call_uuid(call, id);
    cs_call_text(call, who->ip);
}

void store_invite_accept_call(struct cs_call *call, struct cs_arena *arena,
                              const uint8_t code_hash[CS_SHA256_BYTES], const struct cs_uuid *user)
{
    cs_call_init(call, &store_invite_accept_stmt, arena);
    cs_call_bytes(call, code_hash, CS_SHA256_BYTES);
    cs_call_uuid(call, user);
}

void store_invites_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room)
{
    cs_call_init(call, &store_invites_stmt, arena);
    cs_call_uuid(call, room);
}

void store_invite_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *id)
{
    cs_call_init(call, &store_invite_stmt, arena);
    cs_call_uuid(call, id);
}

void store_invite_read(const struct cs_rows *rows, int row, struct store_invite *out)
{
    *out = (struct store_invite){
        .id = cs_rows_uuid(rows, row, 0),
        .prefix = cs_rows_str(rows, row, 1),
        .created_by = cs_rows_uuid(rows, row, 2),
        .created_at = cs_rows_str(rows, row, 3),
        .expires_at = cs_rows_str(rows, row, 4),
        .max_uses = cs_rows_i64(rows, row, 5),
        .uses = cs_rows_i64(rows, row, 6),
    };
}
