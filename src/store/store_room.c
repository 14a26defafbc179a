/* store_room.c - see store_room.h.
 *
 * All statements that give a room are one text around another choice of rooms: $1 is the user, $2
 * the limit of a list. The last message is one probe of the key, and only of what the user may see
 * of the history. A position outlives a membership, so it is joined for members only: who has left
 * has nothing unread.
 */
#include "store_room.h"

#define ROOM_COLUMNS                                                                               \
    "SELECT r.id, r.name, r.description, r.created_at, r.updated_at,\n"                            \
    "       r.kind, m.state, r.is_private, r.is_lobby, m.role,\n"                                  \
    "       s.last_seq, s.msg_count, s.member_count,\n"                                            \
    "       d.unread, d.mentions,\n"                                                               \
    "       l.id, l.seq, l.rev, l.sender_id, u.username, left(l.content, 280), l.kind,\n"          \
    "       l.created_at, l.edited_at, l.deleted_at, l.client_id, l.parent_id, l.reply_count,\n"   \
    "       l.meta, l.reactions,\n"                                                                \
    "       CASE WHEN m.state = 'member' OR r.is_lobby\n"                                          \
    "            THEN coalesce(d.read_seq, s.last_seq) END,\n"                                     \
    "       r.slow_mode_s, r.history_visibility, r.archived_at IS NOT NULL,\n"                     \
    "       CASE WHEN m.state = 'member' AND m.muted_until > clock_timestamp()\n"                  \
    "            THEN m.muted_until END\n"

#define ROOM_JOINS                                                                                 \
    "  JOIN chat.room_seq AS s ON s.room_id = r.id\n"                                              \
    "  LEFT JOIN chat.room_members AS m ON m.room_id = r.id AND m.user_id = $1\n"                  \
    "  LEFT JOIN LATERAL chat.unread_of(r.id, $1) AS d ON m.state = 'member' OR r.is_lobby\n"      \
    "  LEFT JOIN LATERAL (\n"                                                                      \
    "       SELECT g.* FROM chat.messages AS g\n"                                                  \
    "        WHERE g.room_id = r.id\n"                                                             \
    "          AND g.seq > CASE WHEN r.history_visibility = 'since_join' AND m.state = 'member'\n" \
    "                           THEN m.since_seq ELSE 0 END\n"                                     \
    "        ORDER BY g.seq DESC LIMIT 1) AS l ON true\n"                                          \
    "  LEFT JOIN chat.users AS u ON u.id = l.sender_id\n"

enum { ROOM_COLS = 35 };

const struct cs_stmt store_rooms_own_stmt = {
    .name = "rooms_own",
    .nparams = 3,
    .ncols = ROOM_COLS,
    .sql = ROOM_COLUMNS
    "  FROM (SELECT o.room_id FROM chat.room_members AS o\n"
    "         WHERE o.user_id = $1 AND o.state = 'member' AND NOT o.is_hidden\n"
    "        UNION ALL SELECT b.id FROM chat.rooms AS b WHERE b.is_lobby) AS mine\n"
    "  JOIN chat.rooms AS r ON r.id = mine.room_id\n" ROOM_JOINS
    " WHERE r.deleted_at IS NULL\n"
    "   AND ($3::uuid IS NULL OR (s.last_at, r.id) <\n"
    "        (SELECT q.last_at, q.room_id FROM chat.room_seq AS q\n"
    "          WHERE q.room_id = $3\n"
    "            AND (EXISTS (SELECT FROM chat.room_members AS h\n"
    "                          WHERE h.room_id = $3 AND h.user_id = $1)\n"
    "                 OR EXISTS (SELECT FROM chat.rooms AS b WHERE b.id = $3 AND b.is_lobby))))\n"
    " ORDER BY s.last_at DESC, r.id DESC LIMIT $2::int",
};

const struct cs_stmt store_rooms_all_stmt = {
    .name = "rooms_all",
    .nparams = 3,
    .ncols = ROOM_COLS,
    .sql = ROOM_COLUMNS "  FROM chat.rooms AS r\n" ROOM_JOINS
                        " WHERE r.deleted_at IS NULL AND (r.kind <> 'p2p' OR m.state = 'member')\n"
                        "   AND r.id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')\n"
                        " ORDER BY r.id DESC LIMIT $2::int",
};

const struct cs_stmt store_rooms_public_stmt = {
    .name = "rooms_public",
    .nparams = 3,
    .ncols = ROOM_COLS,
    .sql = ROOM_COLUMNS
           "  FROM (SELECT o.* FROM chat.rooms AS o\n"
           "         WHERE NOT o.is_private AND o.deleted_at IS NULL AND NOT o.is_lobby\n"
           "           AND o.archived_at IS NULL\n"
           "           AND NOT EXISTS (SELECT FROM chat.room_members AS b\n"
           "                            WHERE b.room_id = o.id AND b.user_id = $1\n"
           "                              AND b.state <> 'left')\n"
           "           AND o.id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')\n"
           "         ORDER BY o.id DESC LIMIT $2::int) AS r\n" ROOM_JOINS
           " ORDER BY r.id DESC",
};

const struct cs_stmt store_room_stmt = {
    .name = "room",
    .nparams = 2,
    .ncols = ROOM_COLS,
    .sql = ROOM_COLUMNS "  FROM chat.rooms AS r\n" ROOM_JOINS
                        " WHERE r.id = $2 AND r.deleted_at IS NULL",
};

/* The code has let its bearer in, in a statement of the same transaction before this one. */
const struct cs_stmt store_room_invited_stmt = {
    .name = "room_invited",
    .nparams = 2,
    .ncols = ROOM_COLS,
    .sql = ROOM_COLUMNS "  FROM chat.room_invites AS i\n"
                        "  JOIN chat.rooms AS r ON r.id = i.room_id\n" ROOM_JOINS
                        " WHERE i.code_hash = $2 AND r.deleted_at IS NULL",
};

const struct cs_stmt store_members_stmt = {
    .name = "members",
    .nparams = 3,
    .ncols = 5,
    .sql = "SELECT u.id, u.username, m.role, m.joined_at,\n"
           "       CASE WHEN m.muted_until > clock_timestamp() THEN m.muted_until END\n"
           "  FROM chat.room_members AS m\n"
           "  JOIN chat.users AS u ON u.id = m.user_id\n"
           " WHERE m.room_id = $1 AND m.state = 'member'\n"
           "   AND m.user_id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')\n"
           " ORDER BY m.user_id LIMIT $2::int",
};

const struct cs_stmt store_bans_stmt = {
    .name = "bans",
    .nparams = 3,
    .ncols = 2,
    .sql = "SELECT u.id, u.username\n"
           "  FROM chat.room_members AS m\n"
           "  JOIN chat.users AS u ON u.id = m.user_id\n"
           " WHERE m.room_id = $1 AND m.state = 'banned'\n"
           "   AND m.user_id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')\n"
           " ORDER BY m.user_id LIMIT $2::int",
};

void store_rooms_own_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user,
                          int64_t limit, const struct cs_uuid *before)
{
    cs_call_init(call, &store_rooms_own_stmt, arena);
    cs_call_uuid(call, user);
    cs_call_i64(call, limit);
    cs_call_uuid(call, before);
}

void store_rooms_all_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user,
                          int64_t limit, const struct cs_uuid *before)
{
    cs_call_init(call, &store_rooms_all_stmt, arena);
    cs_call_uuid(call, user);
    cs_call_i64(call, limit);
    cs_call_uuid(call, before);
}

void store_rooms_public_call(struct cs_call *call, struct cs_arena *arena,
                             const struct cs_uuid *user, int64_t limit,
                             const struct cs_uuid *before)
{
    cs_call_init(call, &store_rooms_public_stmt, arena);
    cs_call_uuid(call, user);
    cs_call_i64(call, limit);
    cs_call_uuid(call, before);
}

void store_room_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user,
                     const struct cs_uuid *room)
{
    cs_call_init(call, &store_room_stmt, arena);
    cs_call_uuid(call, user);
    cs_call_uuid(call, room);
}

void store_room_invited_call(struct cs_call *call, struct cs_arena *arena,
                             const struct cs_uuid *user, const uint8_t code_hash[CS_SHA256_BYTES])
{
    cs_call_init(call, &store_room_invited_stmt, arena);
    cs_call_uuid(call, user);
    cs_call_bytes(call, code_hash, CS_SHA256_BYTES);
}

static void read_last(const struct cs_rows *rows, int row, struct store_room *out)
{
    out->last = (struct cs_message){
        .id = cs_rows_uuid(rows, row, 15),
        .room_id = out->id,
        .seq = (uint64_t)cs_rows_i64(rows, row, 16),
        .rev = (uint64_t)cs_rows_i64(rows, row, 17),
        .sender_id = cs_rows_uuid(rows, row, 18),
        .sender_name = cs_rows_str(rows, row, 19),
        .content = cs_rows_str(rows, row, 20),
        .kind = cs_rows_str(rows, row, 21),
        .created_at = cs_rows_str(rows, row, 22),
        .edited_at = cs_rows_str(rows, row, 23),
        .deleted_at = cs_rows_str(rows, row, 24),
        .client_id = cs_rows_str(rows, row, 25),
        .parent_id = cs_rows_uuid(rows, row, 26),
        .reply_count = cs_rows_i64(rows, row, 27),
        .meta = cs_rows_str(rows, row, 28),
        .reactions = cs_rows_str(rows, row, 29),
    };
}

void store_room_read(const struct cs_rows *rows, int row, struct store_room *out)
{
    *out = (struct store_room){
        .id = cs_rows_uuid(rows, row, 0),
        .name = cs_rows_str(rows, row, 1),
        .description = cs_rows_str(rows, row, 2),
        .created_at = cs_rows_str(rows, row, 3),
        .updated_at = cs_rows_str(rows, row, 4),
        .access = {.kind = cs_rows_str(rows, row, 5),
                   .state = cs_rows_str(rows, row, 6),
                   .is_private = cs_rows_bool(rows, row, 7),
                   .is_lobby = cs_rows_bool(rows, row, 8)},
        .role = cs_rows_str(rows, row, 9),
        .last_seq = cs_rows_i64(rows, row, 10),
        .messages = cs_rows_i64(rows, row, 11),
        .members = cs_rows_i64(rows, row, 12),
        .unread = cs_rows_i64(rows, row, 13),
        .mentions = cs_rows_i64(rows, row, 14),
        .has_read = !cs_rows_null(rows, row, 30),
        .read_seq = cs_rows_i64(rows, row, 30),
        .slow_mode_s = cs_rows_i64(rows, row, 31),
        .history = cs_rows_str(rows, row, 32),
        .is_archived = cs_rows_bool(rows, row, 33),
        .muted_until = cs_rows_str(rows, row, 34),
    };
    read_last(rows, row, out);
}

static void call_page(struct cs_call *call, const struct cs_stmt *stmt, struct cs_arena *arena,
                      const struct cs_uuid *room, int64_t limit, const struct cs_uuid *after)
{
    cs_call_init(call, stmt, arena);
    cs_call_uuid(call, room);
    cs_call_i64(call, limit);
    cs_call_uuid(call, after);
}

void store_members_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                        int64_t limit, const struct cs_uuid *after)
{
    call_page(call, &store_members_stmt, arena, room, limit, after);
}

void store_bans_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                     int64_t limit, const struct cs_uuid *after)
{
    call_page(call, &store_bans_stmt, arena, room, limit, after);
}

void store_ban_read(const struct cs_rows *rows, int row, struct store_member *out)
{
    *out = (struct store_member){
        .id = cs_rows_uuid(rows, row, 0),
        .username = cs_rows_str(rows, row, 1),
    };
}

void store_member_read(const struct cs_rows *rows, int row, struct store_member *out)
{
    *out = (struct store_member){
        .id = cs_rows_uuid(rows, row, 0),
        .username = cs_rows_str(rows, row, 1),
        .role = cs_rows_str(rows, row, 2),
        .joined_at = cs_rows_str(rows, row, 3),
        .muted_until = cs_rows_str(rows, row, 4),
    };
}
