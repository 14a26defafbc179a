/* store_access.c - see store_access.h. */
#include "store_access.h"

#include "cs_rights.h"

/* More than a member, without being one. */
static bool is_privileged(const struct store_access *room, const struct cs_who *who)
{
    bool direct = cs_str_is(room->kind, "p2p"), admin = who->rights & CS_MAY_ADMIN;

    return store_is_client(who) ? !direct || admin : !direct && admin;
}

bool store_access_reads(const struct store_access *room, const struct cs_who *who)
{
    return room->is_lobby || cs_str_is(room->state, "member") || is_privileged(room, who);
}

enum cs_rc store_access_read(const struct store_access *room, const struct cs_who *who,
                             struct cs_err *err)
{
    if (store_access_reads(room, who))
        return CS_OK;
    if (room->is_private)
        return cs_fail(err, CS_E_ROOM_NOT_FOUND);
    return cs_fail(err, cs_str_is(room->state, "banned") ? CS_E_BANNED : CS_E_NOT_MEMBER);
}
