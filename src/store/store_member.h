/* store_member.h - making and changing rooms, and moving people in and out of them.
 *
 * Every one calls a function that takes the room's lock and writes its log (rule 3). The readers
 * map the function's status to a row of the error table; CS_OK also for what was so already.
 */
#ifndef STORE_MEMBER_H
#define STORE_MEMBER_H

#include "cs_db.h"
#include "cs_field.h"

/* Who does something in a room, and from which address: for the audit log. */
struct store_acting {
    struct cs_uuid room, actor;
    bool as_client; /* an application: needs no role in the room */
    struct cs_str ip;
};

/* Begins a call with the three that such statements begin with: room, actor, as_client. */
void store_acting_call(struct cs_call *call, const struct cs_stmt *stmt, struct cs_arena *arena,
                       const struct store_acting *who);

struct store_new_room {
    struct cs_uuid id, creator;
    struct cs_str name, description; /* description absent: none */
    struct cs_str history;           /* all, since_join */
    bool is_private;
};

/* Under an id that its creator has used already it is the room that there is.
 * CS_E_USER_NOT_FOUND: no such enabled creator. CS_E_CONFLICT: the id is another one's. */
void store_room_create_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_new_room *room);

/* `role` is owner, moderator or member. CS_E_ROOM_NOT_FOUND, CS_E_USER_NOT_FOUND,
 * CS_E_FORBIDDEN. */
void store_member_add_call(struct cs_call *call, struct cs_arena *arena,
                           const struct store_acting *who, const struct cs_uuid *user,
                           struct cs_str role);

/* CS_E_ROOM_NOT_FOUND, CS_E_BANNED, CS_E_UNAUTHORIZED: the account was deleted just now. */
void store_join_room_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                          const struct cs_uuid *user);

/* CS_E_ROOM_NOT_FOUND, CS_E_NOT_MEMBER, CS_E_FORBIDDEN (nobody leaves the lobby or a p2p room). */
void store_leave_room_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                           const struct cs_uuid *user);

/* What is absent stays; a description of "" goes. */
struct store_room_change {
    struct cs_str name, description, history;
    struct cs_opt_int slow_mode_s;
    struct cs_opt_bool archived, is_private;
};

/* CS_E_ROOM_NOT_FOUND, CS_E_FORBIDDEN, CS_E_ROOM_FIXED: the lobby and p2p rooms stay as public or
 * private as they are. */
void store_room_set_call(struct cs_call *call, struct cs_arena *arena,
                         const struct store_acting *who, const struct store_room_change *change);

/* CS_E_ROOM_NOT_FOUND, CS_E_FORBIDDEN (the lobby and p2p rooms stay). */
void store_room_delete_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_acting *who);
/* Of each of its rows: a member who is to be told; false: there is none. */
bool store_room_deleted_for(const struct cs_rows *rows, int row, struct cs_uuid *user);

/* CS_E_ROOM_NOT_FOUND, CS_E_FORBIDDEN, CS_E_USER_NOT_FOUND: he is not in the room; to ban him he
 * need not be. */
void store_member_remove_call(struct cs_call *call, struct cs_arena *arena,
                              const struct store_acting *who, const struct cs_uuid *user, bool ban);

/* CS_E_ROOM_NOT_FOUND, CS_E_FORBIDDEN, CS_E_USER_NOT_FOUND: he is not banned. */
void store_ban_lift_call(struct cs_call *call, struct cs_arena *arena,
                         const struct store_acting *who, const struct cs_uuid *user);

struct store_member_change {
    struct cs_str role;     /* absent: stays */
    bool sets_mute;         /* else the mute stays */
    int64_t muted_until_ms; /* since 1970; 0 lifts it */
};

/* CS_E_ROOM_NOT_FOUND, CS_E_FORBIDDEN, CS_E_USER_NOT_FOUND. */
void store_member_set_call(struct cs_call *call, struct cs_arena *arena,
                           const struct store_acting *who, const struct cs_uuid *user,
                           const struct store_member_change *change);

/* The first column of all of them, and of store_invite.h and store_report.h. */
enum cs_rc store_member_outcome(const struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

extern const struct cs_stmt store_room_create_stmt, store_member_add_stmt, store_join_room_stmt,
    store_leave_room_stmt, store_room_set_stmt, store_room_delete_stmt, store_member_remove_stmt,
    store_member_set_stmt, store_ban_lift_stmt;

#endif
