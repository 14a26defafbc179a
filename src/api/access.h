/* access.h - who may see a room, and who may read it (contract, "Rooms and messages").
 *
 *   see    the room is public, or he is a member, an ADMIN or an application
 *   read   he is a member, an ADMIN or an application; the lobby is everybody's
 *
 *   keep   he holds an office in it, or is an ADMIN or an application; in public channels whoever
 * has the right `rooms`: chat.room_rank of 2 and more, for what is read without a lock
 *
 * Rooms of two are closed to ADMINs, and open to applications only with permission `admin`. What
 * may not be seen does not exist (404); what may be seen but not read is refused (403). An
 * application is no member anywhere: its token's owner may be one, and says nothing about it
 * (req_member, in the statements that read a room's columns).
 */
#ifndef ACCESS_H
#define ACCESS_H

#include "req.h"
#include "store_room.h"

/* Whether the sender of the request reads as a member or more. After the guard only: it needs the
 * role. */
bool access_reads(struct req *r, const struct store_access *room);

/* Whether the sender keeps order in the room. After the guard only. */
bool access_keeps_order(const struct req *r, const struct store_room *room);

/* CS_OK, CS_E_ROOM_NOT_FOUND, CS_E_BANNED or CS_E_NOT_MEMBER. */
enum cs_rc access_read(struct req *r, const struct store_access *room,
                       struct cs_err *err) CS_MUST_CHECK;

#endif
