/* store_conversation.c - see store_conversation.h. */
#include "store_conversation.h"

#include "store_outcome.h"

const struct cs_stmt store_pair_open_stmt = {
    .name = "pair_open",
    .nparams = 3,
    .ncols = 2,
    .sql = "SELECT p.status, p.room_id FROM chat.open_pair($1::uuid, $2::uuid, $3::uuid) AS p",
};

const struct cs_stmt store_group_create_stmt = {
    .name = "group_create",
    .nparams = 4,
    .ncols = 2,
    .sql = "SELECT g.status, g.room_id\n"
           "  FROM chat.create_group($1::uuid, $2::uuid, $3::uuid[], $4::text) AS g",
};

/* A page of the user's conversations of some kinds. The counter is looked up in a subquery with a
 * limit, which only a nested loop can execute: on empty tables a join over all rooms looks as good.
 * What is unread is asked for the hidden ones alone. */
#define PAGE(kinds)                                                                                \
    "WITH at AS MATERIALIZED (\n"                                                                  \
    "    SELECT c.last_at, c.room_id\n"                                                            \
    "      FROM chat.room_seq AS c\n"                                                              \
    "      JOIN chat.room_members AS b\n"                                                          \
    "        ON b.room_id = c.room_id AND b.user_id = $1 AND b.state = 'member'\n"                 \
    "     WHERE c.room_id = $2::uuid),\n"                                                          \
    "page AS MATERIALIZED (\n"                                                                     \
    "    SELECT r.id, r.kind, r.name, r.created_by, r.created_at, s.last_at\n"                     \
    "      FROM chat.room_members AS m\n"                                                          \
    "      JOIN LATERAL (SELECT o.* FROM chat.rooms AS o WHERE o.id = m.room_id LIMIT 1) AS r\n"   \
    "           ON r.kind IN (" kinds ") AND r.deleted_at IS NULL\n"                               \
    "      JOIN LATERAL (SELECT c.last_at FROM chat.room_seq AS c\n"                               \
    "                     WHERE c.room_id = m.room_id LIMIT 1) AS s ON true\n"                     \
    "     WHERE m.user_id = $1 AND m.state = 'member'\n"                                           \
    "       AND (NOT m.is_hidden\n"                                                                \
    "            OR (SELECT n.unread FROM chat.unread_of(m.room_id, $1) AS n) > 0)\n"              \
    "       AND ($2::uuid IS NULL\n"                                                               \
    "            OR (s.last_at, m.room_id) < (SELECT a.last_at, a.room_id FROM at AS a))\n"        \
    "     ORDER BY s.last_at DESC, m.room_id DESC LIMIT $3::int)\n"

const struct cs_stmt store_conversations_stmt = {
    .name = "conversations",
    .nparams = 4,
    .ncols = 8,
    .sql = PAGE("'p2p', 'group'")
           "SELECT p.id, p.kind, p.name, p.created_by, p.created_at, w.id, w.username, w.joined_at\n"
           "  FROM page AS p\n"
           " CROSS JOIN LATERAL (\n"
           "       SELECT u.id, u.username, o.joined_at\n"
           "         FROM chat.room_members AS o\n"
           "         JOIN LATERAL (SELECT e.id, e.username FROM chat.users AS e\n"
           "                        WHERE e.id = o.user_id LIMIT 1) AS u ON true\n"
           "        WHERE o.room_id = p.id AND o.state = 'member'\n"
           "        ORDER BY o.user_id LIMIT $4::int) AS w\n"
           " ORDER BY p.last_at DESC, p.id DESC, w.id",
};

const struct cs_stmt store_pairs_stmt = {
    .name = "pairs",
    .nparams = 3,
    .ncols = 6,
    .sql = PAGE("'p2p'")
           "SELECT p.id, u.id, u.username, left(l.content, 280), l.created_at, n.unread\n"
           "  FROM page AS p\n"
           " CROSS JOIN LATERAL (\n"
           "       SELECT coalesce((SELECT o.user_id FROM chat.room_members AS o\n"
           "                         WHERE o.room_id = p.id AND o.user_id <> $1 LIMIT 1), $1)) AS w (id)\n"
           "  LEFT JOIN LATERAL (SELECT e.id, e.username FROM chat.users AS e\n"
           "                      WHERE e.id = w.id LIMIT 1) AS u ON true\n"
           "  LEFT JOIN LATERAL (\n"
           "       SELECT g.content, g.created_at FROM chat.messages AS g\n"
           "        WHERE g.room_id = p.id AND g.seq > 0\n" /* as in store_direct.c, of a page */
           "          AND (g.deleted_at IS NOT NULL)::int <> 1\n"
           "        ORDER BY g.seq DESC LIMIT 1) AS l ON true\n"
           "  LEFT JOIN LATERAL chat.unread_of(p.id, $1) AS n ON true\n"
           " ORDER BY p.last_at DESC, p.id DESC",
};

const struct cs_stmt store_pairs_unread_stmt = {
    .name = "pairs_unread",
    .nparams = 1,
    .ncols = 1,
    .sql = "SELECT coalesce(sum(n.unread), 0)::bigint\n"
           "  FROM chat.room_members AS m\n"
           "  JOIN LATERAL (SELECT o.kind, o.deleted_at FROM chat.rooms AS o\n"
           "                 WHERE o.id = m.room_id LIMIT 1) AS r\n"
           "       ON r.kind = 'p2p' AND r.deleted_at IS NULL\n"
           " CROSS JOIN LATERAL chat.unread_of(m.room_id, $1) AS n\n"
           " WHERE m.user_id = $1 AND m.state = 'member'",
};

void store_pair_open_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *id,
                          const struct cs_uuid *user, const struct cs_uuid *other)
{
    cs_call_init(call, &store_pair_open_stmt, arena);
    cs_call_uuid(call, id);
    cs_call_uuid(call, user);
    cs_call_uuid(call, other);
}

void store_group_create_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *id,
                             const struct cs_uuid *user, struct cs_buf *members, struct cs_str name)
{
    cs_call_init(call, &store_group_create_stmt, arena);
    cs_call_uuid(call, id);
    cs_call_uuid(call, user);
    cs_call_array(call, members);
    cs_call_text(call, name);
}

static const struct store_outcome outcomes[] = {
    {"ok", CS_OK, NULL},
    {"already", CS_OK, NULL},
    {"user_not_found", CS_E_USER_NOT_FOUND, NULL},
    {"blocked", CS_E_BLOCKED, NULL},
};

enum cs_rc store_opened_read(const struct cs_rows *rows, struct store_opened *out,
                             struct cs_err *err)
{
    struct cs_str status = store_status(rows);
    enum cs_rc rc = STORE_OUTCOME(status, outcomes, err);

    if (rc == CS_OK)
        *out = (struct store_opened){.room = cs_rows_uuid(rows, 0, 1),
                                     .made = cs_str_is(status, "ok")};
    return rc;
}

static void call_page(struct cs_call *call, const struct cs_stmt *stmt, struct cs_arena *arena,
                      const struct cs_uuid *user, const struct cs_uuid *before, int64_t limit)
{
    cs_call_init(call, stmt, arena);
    cs_call_uuid(call, user);
    cs_call_uuid(call, before);
    cs_call_i64(call, limit);
}

void store_conversations_call(struct cs_call *call, struct cs_arena *arena,
                              const struct cs_uuid *user, const struct cs_uuid *before,
                              int64_t limit)
{
    call_page(call, &store_conversations_stmt, arena, user, before, limit);
    cs_call_i64(call, STORE_GROUP_MAX + 1);
}

void store_conversation_read(const struct cs_rows *rows, int row, struct store_conversation *out)
{
    *out = (struct store_conversation){
        .id = cs_rows_uuid(rows, row, 0),
        .kind = cs_rows_str(rows, row, 1),
        .name = cs_rows_str(rows, row, 2),
        .created_by = cs_rows_uuid(rows, row, 3),
        .created_at = cs_rows_str(rows, row, 4),
        .member = cs_rows_uuid(rows, row, 5),
        .username = cs_rows_str(rows, row, 6),
        .joined_at = cs_rows_str(rows, row, 7),
    };
}

void store_pairs_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user,
                      const struct cs_uuid *before, int64_t limit)
{
    call_page(call, &store_pairs_stmt, arena, user, before, limit);
}

void store_pair_read(const struct cs_rows *rows, int row, struct store_pair *out)
{
    *out = (struct store_pair){
        .id = cs_rows_uuid(rows, row, 0),
        .other = cs_rows_uuid(rows, row, 1),
        .other_name = cs_rows_str(rows, row, 2),
        .last = cs_rows_str(rows, row, 3),
        .last_at = cs_rows_str(rows, row, 4),
        .unread = cs_rows_i64(rows, row, 5),
    };
}

void store_pairs_unread_call(struct cs_call *call, struct cs_arena *arena,
                             const struct cs_uuid *user)
{
    cs_call_init(call, &store_pairs_unread_stmt, arena);
    cs_call_uuid(call, user);
}
