/* store_member.h - making rooms and moving people in and out of them.
 *
 * Every one calls a function that takes the room's lock and writes its log (rule 3). The readers
 * map the function's status to a row of the error table; CS_OK also for what was so already.
 */
#ifndef STORE_MEMBER_H
#define STORE_MEMBER_H

#include "cs_db.h"

struct store_new_room {
    struct cs_uuid id, creator;
    struct cs_str name, description; /* description absent: none */
    struct cs_str history;           /* all, since_join */
    bool is_private;
};

/* CS_E_USER_NOT_FOUND: no such enabled creator. */
void store_room_create_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_new_room *room);

struct store_adding {
    struct cs_uuid room, actor, user;
    struct cs_str role; /* owner, moderator, member */
    bool as_client;     /* an application: needs no role in the room */
};

/* CS_E_ROOM_NOT_FOUND, CS_E_USER_NOT_FOUND, CS_E_FORBIDDEN. */
void store_member_add_call(struct cs_call *call, struct cs_arena *arena,
                           const struct store_adding *a);

/* CS_E_ROOM_NOT_FOUND, CS_E_BANNED. */
void store_join_room_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                          const struct cs_uuid *user);

/* CS_E_ROOM_NOT_FOUND, CS_E_NOT_MEMBER, CS_E_FORBIDDEN (nobody leaves the lobby or a p2p room). */
void store_leave_room_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                           const struct cs_uuid *user);

/* Of all four. */
enum cs_rc store_member_outcome(const struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

extern const struct cs_stmt store_room_create_stmt, store_member_add_stmt, store_join_room_stmt,
    store_leave_room_stmt;

#endif
