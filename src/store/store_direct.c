/* store_direct.c - see store_direct.h.
 *
 * A list over all conversations is merged from branches, two a conversation: what he sent in it, and
 * what the other one did. Of each branch the newest message that counts is one probe of the index by
 * room and sender; the branches with the newest of these are kept, as many as the page is long: one
 * whose newest is not among them has nothing on the page. Of these a few heads are read, to know
 * where the page ends at the latest, and then what is above that. That is exact, and it reads
 * nobody's whole past. In the order of ids, because the position that clients name is one.
 */
#include "store_direct.h"

#include "mentions.h"
#include "store_outcome.h"

enum { DIRECT_COLS = 9 };

/* One of the user's ($1) conversations: who the other one is, and how far both have read. */
#define PAIR_COLUMNS                                                                               \
    "SELECT m.room_id, coalesce(o.user_id, $1) AS other,\n"                                        \
    "       coalesce(d.read_seq, 0) AS own_read, coalesce(e.read_seq, 0) AS other_read\n"

#define PAIR_JOINS                                                                                 \
    "  FROM chat.room_members AS m\n"                                                              \
    "  JOIN LATERAL (SELECT k.kind, k.deleted_at FROM chat.rooms AS k\n"                           \
    "                 WHERE k.id = m.room_id LIMIT 1) AS r\n"                                      \
    "       ON r.kind = 'p2p' AND r.deleted_at IS NULL\n"                                          \
    "  LEFT JOIN LATERAL (SELECT k.user_id FROM chat.room_members AS k\n"                          \
    "                      WHERE k.room_id = m.room_id AND k.user_id <> $1 LIMIT 1) AS o ON true\n" \
    "  LEFT JOIN LATERAL (SELECT k.read_seq FROM chat.room_reads AS k\n"                           \
    "                      WHERE k.room_id = m.room_id AND k.user_id = $1 LIMIT 1) AS d ON true\n" \
    "  LEFT JOIN LATERAL (SELECT k.read_seq FROM chat.room_reads AS k\n"                           \
    "                      WHERE k.room_id = m.room_id AND k.user_id = o.user_id\n"                \
    "                      LIMIT 1) AS e ON true\n"

#define IS_READ                                                                                    \
    "CASE WHEN q.other = $1 THEN true\n"                                                           \
    "            WHEN g.sender_id = $1 THEN g.seq <= q.other_read ELSE g.seq <= q.own_read END"

/* Of a message g in a conversation q. */
#define DIRECT_COLUMNS                                                                             \
    "SELECT g.id, g.sender_id, CASE WHEN g.sender_id = $1 THEN q.other ELSE $1 END, g.content,\n"  \
    "       " IS_READ ",\n"                                                                        \
    "       g.parent_id, g.room_id, g.created_at, g.edited_at\n"

#define PAIR_OF(room)                                                                              \
    " CROSS JOIN LATERAL (\n" PAIR_COLUMNS PAIR_JOINS                                              \
    " WHERE m.room_id = " room " AND m.user_id = $1 AND m.state = 'member') AS q\n"

const struct cs_stmt store_direct_one_stmt = {
    .name = "direct_one",
    .nparams = 2,
    .ncols = DIRECT_COLS,
    .sql = DIRECT_COLUMNS
           "  FROM (SELECT t.* FROM chat.messages AS t WHERE t.id = $2::uuid OFFSET 0) AS g\n"
           PAIR_OF("g.room_id") " WHERE g.deleted_at IS NULL",
};

/* --- a page of one ---------------------------------------------------------------------------- */

/* seq > 0, and how tombstones are left out, are said for the planner. It knows nothing of these tables
 * while they are empty: IS NULL would be so rare to it that it would sort a whole room. */

const struct cs_stmt store_direct_page_stmt = {
    .name = "direct_page",
    .nparams = 4,
    .ncols = DIRECT_COLS,
    .sql = DIRECT_COLUMNS
           "  FROM (" PAIR_COLUMNS PAIR_JOINS
           " WHERE m.room_id = $2::uuid AND m.user_id = $1 AND m.state = 'member') AS q\n"
           "  LEFT JOIN LATERAL (\n"
           "       SELECT t.* FROM chat.messages AS t\n"
           "        WHERE t.room_id = $2 AND t.seq > 0\n"
           "          AND (t.deleted_at IS NOT NULL)::int <> 1\n"
           "          AND t.seq < CASE WHEN $3::uuid IS NULL THEN 9223372036854775807 ELSE (\n"
           "              SELECT b.seq FROM (SELECT c.room_id, c.seq FROM chat.messages AS c\n"
           "                                  WHERE c.id = $3 OFFSET 0) AS b\n"
           "               WHERE b.room_id = $2) END\n"
           "        ORDER BY t.seq DESC LIMIT $4::int) AS g ON true\n"
           " ORDER BY g.seq",
};

/* --- a list over all -------------------------------------------------------------------------- */

/* The user's pairs, with how far both have read. */
#define MINE                                                                                       \
    "WITH mine AS MATERIALIZED (\n"                                                                \
    "    SELECT p.room_id, p.other, coalesce(d.read_seq, 0) AS own_read,\n"                        \
    "           coalesce(e.read_seq, 0) AS other_read\n"                                           \
    "      FROM (SELECT k.room_id, k.hi AS other FROM chat.p2p_pairs AS k WHERE k.lo = $1\n"        \
    "            UNION ALL\n"                                                                       \
    "            SELECT k.room_id, k.lo FROM chat.p2p_pairs AS k\n"                                 \
    "             WHERE k.hi = $1 AND k.lo <> $1) AS p\n"                                           \
    "      JOIN LATERAL (SELECT k.deleted_at FROM chat.rooms AS k WHERE k.id = p.room_id\n"         \
    "                     LIMIT 1) AS r ON r.deleted_at IS NULL\n"                                  \
    "      LEFT JOIN LATERAL (SELECT k.read_seq FROM chat.room_reads AS k\n"                        \
    "                          WHERE k.room_id = p.room_id AND k.user_id = $1\n"                    \
    "                          LIMIT 1) AS d ON true\n"                                            \
    "      LEFT JOIN LATERAL (SELECT k.read_seq FROM chat.room_reads AS k\n"                        \
    "                          WHERE k.room_id = p.room_id AND k.user_id = p.other\n"               \
    "                          LIMIT 1) AS e ON true),\n"

/* Of the branch b of the conversation q the newest ones before the position ($2). Sender and condition
 * as the index messages_sender has them, word by word (0012_spoken.sql). */
#define BRANCH                                                                                     \
    "        WHERE g.room_id = q.room_id AND coalesce(g.sender_id, g.room_id) = b.sender\n"         \
    "          AND (g.deleted_at IS NULL) IS TRUE\n"                                               \
    "          AND g.id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')\n"
#define NEWEST "        ORDER BY g.id DESC LIMIT "
#define COUNTS " WHERE NOT ($4::boolean AND g.seq <= b.floor)\n"
#define FROM_BRANCHES "  FROM branches AS q CROSS JOIN LATERAL (SELECT q.sender, q.floor) AS b\n"

/* Along a branch what is unread comes first: where it is asked for, what is behind it is dropped
 * from the page that was read. */
const struct cs_stmt store_direct_list_stmt = {
    .name = "direct_list",
    .nparams = 5,
    .ncols = DIRECT_COLS,
    .sql = MINE
           "branches AS MATERIALIZED (\n"
           "    SELECT q.*, b.sender, b.floor\n"
           "      FROM mine AS q\n"
           "     CROSS JOIN LATERAL (VALUES ('sent', $1, q.other_read),\n"
           "                                ('received', q.other, q.own_read))\n"
           "           AS b (which, sender, floor)\n"
           "     CROSS JOIN LATERAL (SELECT g.id, g.seq FROM chat.messages AS g\n" BRANCH NEWEST
           "1) AS l\n"
           "     WHERE (b.which = $3::text\n"
           "            OR $3::text = 'all' AND (b.which = 'sent' OR q.other <> $1))\n"
           "       AND NOT ($4::boolean AND (q.other = $1 OR l.seq <= b.floor))\n"
           "     ORDER BY l.id DESC LIMIT $5::int),\n"
           "least AS MATERIALIZED (\n"
           "SELECT g.id\n" FROM_BRANCHES
           " CROSS JOIN LATERAL (SELECT g.id, g.seq FROM chat.messages AS g\n" BRANCH NEWEST
           "5) AS g\n" COUNTS
           " ORDER BY g.id DESC OFFSET $5::int - 1 LIMIT 1)\n"
           DIRECT_COLUMNS FROM_BRANCHES
           " CROSS JOIN LATERAL (SELECT g.* FROM chat.messages AS g\n" BRANCH
           "          AND g.id >= coalesce((SELECT e.id FROM least AS e),\n"
           "                               '00000000-0000-0000-0000-000000000000')\n" NEWEST
           "$5::int) AS g\n" COUNTS
           " ORDER BY g.id DESC LIMIT $5::int",
};

/* --- writing ---------------------------------------------------------------------------------- */

const struct cs_stmt store_direct_post_stmt = {
    .name = "direct_post",
    .nparams = 10,
    .ncols = 4,
    .sql = "SELECT p.status, p.room_id, p.opened, p.retry_after_ms\n"
           "  FROM chat.post_direct($1::uuid, $2::uuid, $3::uuid, $4::text, $5::uuid, $6::text,\n"
           "                        $7::uuid, $8::text, $9::uuid, $10::jsonb) AS p",
};

const struct cs_stmt store_direct_posted_stmt = {
    .name = "direct_posted",
    .nparams = 4,
    .ncols = DIRECT_COLS,
    .sql = DIRECT_COLUMNS
           "  FROM (SELECT coalesce($2::uuid, (\n"
           "               SELECT p.room_id FROM chat.p2p_pairs AS p\n"
           "                WHERE p.lo = least($1, $3::uuid) AND p.hi = greatest($1, $3)))) AS w (id)\n"
           "  JOIN LATERAL (SELECT t.* FROM chat.messages AS t\n"
           "                 WHERE t.room_id = w.id AND t.sender_id = $1 AND t.client_id = $4::text\n"
           "                 LIMIT 1) AS g ON true\n" PAIR_OF("w.id"),
};

const struct cs_stmt store_direct_edit_stmt = {
    .name = "direct_edit",
    .nparams = 4,
    .ncols = 2,
    .sql = "SELECT c.status, c.room_id FROM chat.edit_direct($1::uuid, $2::uuid, $3::text, $4::jsonb) AS c",
};

const struct cs_stmt store_direct_delete_stmt = {
    .name = "direct_delete",
    .nparams = 3,
    .ncols = 2,
    .sql = "SELECT c.status, c.room_id FROM chat.delete_direct($1::uuid, $2::uuid, $3::text) AS c",
};

const struct cs_stmt store_direct_mark_stmt = {
    .name = "direct_mark",
    .nparams = 2,
    .ncols = 2,
    .sql = "SELECT c.status, c.room_id FROM chat.read_direct($1::uuid, $2::uuid) AS c",
};

const struct cs_stmt store_direct_mark_all_stmt = {
    .name = "direct_mark_all",
    .nparams = 2,
    .ncols = 2,
    .sql = "SELECT chat.read_pairs($1::uuid, $2::uuid), NULL::uuid",
};

/* Where a position has come to: in a room ($2), or in that of a message ($3). Asked behind the function that
 * moves it, in its transaction. */
const struct cs_stmt store_direct_marked_stmt = {
    .name = "direct_marked",
    .nparams = 3,
    .ncols = 2,
    .sql = "SELECT d.room_id, d.read_seq\n"
           "  FROM chat.room_reads AS d\n"
           " WHERE d.user_id = $1::uuid AND d.room_id = coalesce($2::uuid, (\n"
           "       SELECT g.room_id FROM (SELECT o.room_id FROM chat.messages AS o\n"
           "                               WHERE o.id = $3::uuid OFFSET 0) AS g LIMIT 1))",
};

/* --- calls ------------------------------------------------------------------------------------ */

static const struct cs_uuid *unless_nil(const struct cs_uuid *id)
{
    return cs_uuid_is_nil(id) ? NULL : id;
}

/* Whom a text names, as in every room (store_post.h). */
static void call_mentions(struct cs_call *call, struct cs_str content)
{
    struct cs_buf mentions;

    cs_buf_init(&mentions, MENTIONS_MAX_BYTES);
    mentions_put(&mentions, content);
    cs_call_text(call, mentions.len ? cs_buf_view(&mentions) : cs_str_n(NULL, 0));
    cs_buf_release(&mentions);
}

void store_direct_list_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_direct_list *list)
{
    static const char *const names[] = {"all", "sent", "received"};

    cs_call_init(call, &store_direct_list_stmt, arena);
    cs_call_uuid(call, &list->user);
    cs_call_uuid(call, unless_nil(&list->before));
    cs_call_cstr(call, names[list->which]);
    cs_call_bool(call, list->unread_only);
    cs_call_i64(call, list->limit);
}

void store_direct_page_call(struct cs_call *call, struct cs_arena *arena,
                            const struct cs_uuid *user, const struct cs_uuid *room,
                            const struct cs_uuid *before, int64_t limit)
{
    cs_call_init(call, &store_direct_page_stmt, arena);
    cs_call_uuid(call, user);
    cs_call_uuid(call, room);
    cs_call_uuid(call, before);
    cs_call_i64(call, limit);
}

static void call_message(struct cs_call *call, const struct cs_stmt *stmt, struct cs_arena *arena,
                         const struct cs_uuid *user, const struct cs_uuid *message)
{
    cs_call_init(call, stmt, arena);
    cs_call_uuid(call, user);
    cs_call_uuid(call, message);
}

void store_direct_one_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user,
                           const struct cs_uuid *message)
{
    call_message(call, &store_direct_one_stmt, arena, user, message);
}

void store_direct_read(const struct cs_rows *rows, int row, struct store_direct *out)
{
    *out = (struct store_direct){
        .id = cs_rows_uuid(rows, row, 0),
        .sender = cs_rows_uuid(rows, row, 1),
        .recipient = cs_rows_uuid(rows, row, 2),
        .content = cs_rows_str(rows, row, 3),
        .is_read = cs_rows_bool(rows, row, 4),
        .parent = cs_rows_uuid(rows, row, 5),
        .room = cs_rows_uuid(rows, row, 6),
        .created_at = cs_rows_str(rows, row, 7),
        .edited_at = cs_rows_str(rows, row, 8),
    };
}

void store_direct_post_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_direct_post *post)
{
    cs_call_init(call, &store_direct_post_stmt, arena);
    cs_call_uuid(call, unless_nil(&post->room));
    cs_call_uuid(call, unless_nil(&post->recipient));
    cs_call_uuid(call, &post->sender);
    cs_call_text(call, post->cred_kind);
    cs_call_uuid(call, &post->cred_id);
    cs_call_text(call, post->client_id);
    cs_call_uuid(call, &post->id);
    cs_call_text(call, post->content);
    cs_call_uuid(call, unless_nil(&post->parent));
    call_mentions(call, post->content);
}

void store_direct_posted_call(struct cs_call *call, struct cs_arena *arena,
                              const struct store_direct_post *post)
{
    cs_call_init(call, &store_direct_posted_stmt, arena);
    cs_call_uuid(call, &post->sender);
    cs_call_uuid(call, unless_nil(&post->room));
    cs_call_uuid(call, unless_nil(&post->recipient));
    cs_call_text(call, post->client_id);
}

void store_direct_edit_call(struct cs_call *call, struct cs_arena *arena,
                            const struct cs_uuid *user, const struct cs_uuid *message,
                            struct cs_str content)
{
    call_message(call, &store_direct_edit_stmt, arena, user, message);
    cs_call_text(call, content);
    call_mentions(call, content);
}

void store_direct_delete_call(struct cs_call *call, struct cs_arena *arena,
                              const struct cs_uuid *user, const struct cs_uuid *message,
                              struct cs_str ip)
{
    call_message(call, &store_direct_delete_stmt, arena, user, message);
    cs_call_text(call, ip);
}

void store_direct_mark_call(struct cs_call *call, struct cs_arena *arena,
                            const struct cs_uuid *user, const struct cs_uuid *message)
{
    call_message(call, &store_direct_mark_stmt, arena, user, message);
}

void store_direct_mark_all_call(struct cs_call *call, struct cs_arena *arena,
                                const struct cs_uuid *user, const struct cs_uuid *room)
{
    call_message(call, &store_direct_mark_all_stmt, arena, user, room);
}

void store_direct_marked_call(struct cs_call *call, struct cs_arena *arena,
                              const struct cs_uuid *user, const struct cs_uuid *room,
                              const struct cs_uuid *message)
{
    call_message(call, &store_direct_marked_stmt, arena, user, room);
    cs_call_uuid(call, message);
}

bool store_direct_marked_read(const struct cs_rows *outcome, const struct cs_rows *rows,
                              struct cs_uuid *room, uint64_t *seq)
{
    if (!cs_str_is(store_status(outcome), "ok") || cs_rows_count(rows) != 1)
        return false;
    *room = cs_rows_uuid(rows, 0, 0);
    *seq = (uint64_t)cs_rows_i64(rows, 0, 1);
    return true;
}

/* --- what became of it ------------------------------------------------------------------------ */

/* The statuses of all functions of direct.sql, and of those that they call. */
static const struct store_outcome outcomes[] = {
    {"ok", CS_OK, NULL},
    {"duplicate", CS_OK, NULL},
    {"unchanged", CS_OK, NULL},
    {"user_not_found", CS_E_USER_NOT_FOUND, "Recipient not found"},
    {"not_found", CS_E_ROOM_NOT_FOUND, "Conversation not found"},
    {"room_not_found", CS_E_ROOM_NOT_FOUND, "Conversation not found"},
    {"message_not_found", CS_E_MESSAGE_NOT_FOUND, NULL},
    {"parent_not_found", CS_E_PARENT_NOT_FOUND, NULL},
    {"not_author", CS_E_FORBIDDEN, NULL},
    {"not_recipient", CS_E_FORBIDDEN, NULL},
    {"forbidden", CS_E_FORBIDDEN, NULL},
    {"unauthorized", CS_E_UNAUTHORIZED, NULL},
    {"banned", CS_E_BANNED, NULL},
    {"not_member", CS_E_NOT_MEMBER, NULL},
    {"bad_content", CS_E_INTERNAL, NULL},
    {"blocked", CS_E_BLOCKED, NULL},
    {"muted", CS_E_MUTED, NULL},
    {"archived", CS_E_ARCHIVED, NULL},
    {"slow_mode", CS_E_SLOW_MODE, NULL},
};

static enum cs_rc outcome(const struct cs_rows *rows, const char *not_his, struct cs_err *err)
{
    enum cs_rc rc = STORE_OUTCOME(store_status(rows), outcomes, err);

    return rc == CS_E_FORBIDDEN && not_his ? cs_fail_detail(err, rc, "%s", not_his) : rc;
}

enum cs_rc store_direct_posted_read(const struct cs_rows *rows, struct store_direct_posted *out,
                                    struct cs_err *err)
{
    enum cs_rc rc = outcome(rows, NULL, err);

    if (rc == CS_E_SLOW_MODE)
        err->retry_after_ms = (int)cs_rows_i64(rows, 0, 3);
    if (rc == CS_OK)
        *out = (struct store_direct_posted){.room = cs_rows_uuid(rows, 0, 1),
                                            .opened = cs_rows_bool(rows, 0, 2)};
    return rc;
}

enum cs_rc store_direct_change_read(const struct cs_rows *rows, const char *not_his,
                                    struct cs_uuid *room, struct cs_err *err)
{
    enum cs_rc rc = outcome(rows, not_his, err);

    if (rc == CS_OK)
        *room = cs_rows_uuid(rows, 0, 1);
    return rc;
}
