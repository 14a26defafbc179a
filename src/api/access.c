/* access.c - see access.h. */
#include "access.h"

/* More than a member, without being one. */
static bool is_privileged(const struct req *r, const struct store_access *room)
{
    bool direct = cs_str_is(room->kind, "p2p"), admin = r->who.rights & CS_MAY_ADMIN;

    return req_is_client(r) ? !direct || admin : !direct && admin;
}

bool access_reads(struct req *r, const struct store_access *room)
{
    return room->is_lobby || cs_str_is(room->state, "member") || is_privileged(r, room);
}

/* By what his credential permits, wherever he is a member. */
static bool keeps_by_right(const struct req *r, const struct store_access *room)
{
    bool open = cs_str_is(room->kind, "channel") && !room->is_private;

    if (r->who.rights & CS_MAY_ADMIN && !req_is_client(r))
        return true;
    return r->who.rights & CS_MAY_ROOMS && (open || req_is_client(r));
}

bool access_keeps_order(const struct req *r, const struct store_room *room)
{
    bool office = cs_str_is(room->role, "owner") || cs_str_is(room->role, "moderator");

    if (cs_str_is(room->access.kind, "p2p"))
        return false;
    return (office && cs_str_is(room->access.state, "member")) || keeps_by_right(r, &room->access);
}

enum cs_rc access_read(struct req *r, const struct store_access *room, struct cs_err *err)
{
    if (access_reads(r, room))
        return CS_OK;
    if (room->is_private)
        return cs_fail(err, CS_E_ROOM_NOT_FOUND);
    return cs_fail(err, cs_str_is(room->state, "banned") ? CS_E_BANNED : CS_E_NOT_MEMBER);
}
