/* store_access.h - who may read a room, decided from its row: the same for a request and for a socket.
 *
 *   see    the room is public, or he is a member, an ADMIN or an application
 *   read   he is a member, an ADMIN or an application; the lobby is everybody's
 *
 * Rooms of two are closed to ADMINs, and open to applications only with permission `admin`. What may not
 * be seen does not exist; what may be seen but not read is refused. An application is no member
 * anywhere: its token's owner may be one, and says nothing about it, so statements that read a room's
 * columns are asked as nobody for it.
 */
#ifndef STORE_ACCESS_H
#define STORE_ACCESS_H

#include "store_room.h"

static inline bool store_is_client(const struct cs_who *who)
{
    return cs_str_is(who->token_type, "CLIENT");
}

bool store_access_reads(const struct store_access *room, const struct cs_who *who);

/* CS_OK, CS_E_ROOM_NOT_FOUND, CS_E_BANNED or CS_E_NOT_MEMBER. */
enum cs_rc store_access_read(const struct store_access *room, const struct cs_who *who,
                             struct cs_err *err) CS_MUST_CHECK;

#endif
