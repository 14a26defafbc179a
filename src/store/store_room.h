/* store_room.h - reading rooms: lists of them, one, its members.
 *
 * A row carries what deciding about access needs (struct store_access) beside what is shown, so one
 * statement serves both; the decision itself is the caller's (src/api/access.h). Nothing here
 * counts by scanning: counters stand in room_seq and room_reads.
 */
#ifndef STORE_ROOM_H
#define STORE_ROOM_H

#include "cs_db.h"
#include "cs_hash.h"
#include "cs_model.h"

/* A room as seen by one user. */
struct store_access {
    struct cs_str kind;  /* p2p, group, channel */
    struct cs_str state; /* member, left, banned; absent: never was one */
    bool is_private, is_lobby;
};

struct store_room {
    struct cs_uuid id;
    struct cs_str name, description, created_at, updated_at;
    struct store_access access;
    struct cs_str role;    /* the user's in it; absent without a membership */
    struct cs_str history; /* all, since_join */
    bool is_archived;
    int64_t slow_mode_s; /* 0: none */
    struct cs_str muted_until; /* the user; absent: he may speak */
    int64_t last_seq, messages, members;
    int64_t unread, mentions, read_seq; /* the user's own; 0 where he is not in the room */
    bool has_read;                      /* he is in it: he has a position */
    struct cs_message last; /* id nil: none that the user may see; content is cut for lists */
};

/* Lists are bounded: what was active last comes first in the own one, the newest in the others. They
 * go on behind a room's place in that order (NULL: from the first); in the own one it is a room in
 * which the user is or was, else nothing follows. A room that becomes active between two pages moves
 * to the front of the own one. */
enum { STORE_ROOMS_MAX = 1000, STORE_MEMBERS_MAX = 1000, STORE_PREVIEW_MAX = 280 };

void store_rooms_own_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user,
                          int64_t limit, const struct cs_uuid *before);
void store_rooms_all_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user,
                          int64_t limit, const struct cs_uuid *before);
void store_rooms_public_call(struct cs_call *call, struct cs_arena *arena,
                             const struct cs_uuid *user, int64_t limit,
                             const struct cs_uuid *before);
/* No row: there is no such room. */
void store_room_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user,
                     const struct cs_uuid *room);
/* The room of an invitation. No row: its code is unknown, or there is no such room any more. */
void store_room_invited_call(struct cs_call *call, struct cs_arena *arena,
                             const struct cs_uuid *user, const uint8_t code_hash[CS_SHA256_BYTES]);
/* Of all of them. */
void store_room_read(const struct cs_rows *rows, int row, struct store_room *out);

struct store_member {
    struct cs_uuid id;
    struct cs_str username, role, joined_at;
    struct cs_str muted_until; /* absent: he is not muted now */
};

/* Members by their ids, those behind `after` (NULL: from the first); of the lobby none, it has no
 * rows. */
void store_members_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                        int64_t limit, const struct cs_uuid *after);
void store_member_read(const struct cs_rows *rows, int row, struct store_member *out);

/* Those who are banned, in the same way; of a ban only id and username are read. */
void store_bans_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                     int64_t limit, const struct cs_uuid *after);
void store_ban_read(const struct cs_rows *rows, int row, struct store_member *out);

extern const struct cs_stmt store_rooms_own_stmt, store_rooms_all_stmt, store_rooms_public_stmt,
    store_room_stmt, store_room_invited_stmt, store_members_stmt, store_bans_stmt;

#endif
