/* access.c - see access.h. */
#include "access.h"

#include "cs_json.h"

/* An application's permission; `admin` is not among those that it has by default. */
static bool client_is_admin(struct req *r)
{
    struct {
        struct cs_opt_bool admin;
    } permissions = {{false, false}};
    static const struct cs_field fields[] = {
        {"admin", CS_F_BOOL, 0, 0, 0, 0, NULL},
    };
    struct cs_json *json;

    if (!r->who.permissions.p || cs_json_parse(&r->arena, r->who.permissions, &json, NULL) != CS_OK)
        return false;
    return cs_json_bind(fields, 1, json, &permissions, NULL) == CS_OK && permissions.admin.v;
}

/* More than a member, without being one. */
static bool is_privileged(struct req *r, const struct store_access *room)
{
    bool direct = cs_str_is(room->kind, "p2p");

    if (req_is_client(r))
        return !direct || client_is_admin(r);
    return !direct && cs_str_is(r->who.role, "ADMIN");
}

bool access_reads(struct req *r, const struct store_access *room)
{
    return room->is_lobby || cs_str_is(room->state, "member") || is_privileged(r, room);
}

enum cs_rc access_read(struct req *r, const struct store_access *room, struct cs_err *err)
{
    if (access_reads(r, room))
        return CS_OK;
    if (room->is_private)
        return cs_fail(err, CS_E_ROOM_NOT_FOUND);
    return cs_fail(err, cs_str_is(room->state, "banned") ? CS_E_BANNED : CS_E_NOT_MEMBER);
}
