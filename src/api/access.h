/* access.h - who may see a room, who may read it (store_access.h), and who keeps order in it (contract,
 * "Rooms and messages").
 *
 *   keep   he holds an office in it, or is an ADMIN or an application; in public channels whoever
 * has the right `rooms`: chat.room_rank of 2 and more, for what is read without a lock
 *
 * What may not be seen does not exist (404); what may be seen but not read is refused (403).
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
