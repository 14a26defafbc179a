/* access.c - see access.h. */
#include "access.h"

#include "store_access.h"

bool access_reads(struct req *r, const struct store_access *room)
{
    return store_access_reads(room, &r->who);
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
    return store_access_read(room, &r->who, err);
}
