/* store_feed.c - see store_feed.h.
 *
 * All messages are walked along the index of ids. Those of one person are merged from the rooms in
 * which he has spoken, as store_direct.c merges.
 */
#include "store_feed.h"

#include "store_page_sql.h"

enum { FEED_COLS = STORE_PAGE_COLS + 1 };

#define BEFORE(id) " < coalesce(" id "::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')\n"

#define FEED(from) STORE_PAGE_MESSAGE ", m.room_id\n" STORE_PAGE_FROM(from)

const struct cs_stmt store_feed_all_stmt = {
    .name = "feed_all",
    .nparams = 3,
    .ncols = FEED_COLS,
    .sql = FEED("(SELECT g.*\n"
                "          FROM chat.messages AS g\n"
                "          JOIN LATERAL (SELECT k.kind, k.deleted_at FROM chat.rooms AS k\n"
                "                         WHERE k.id = g.room_id LIMIT 1) AS r\n"
                "               ON r.deleted_at IS NULL AND ($2::boolean OR r.kind <> 'p2p')\n"
                "         WHERE g.id" BEFORE("$1")
                "         ORDER BY g.id DESC LIMIT $3::int) AS m")
           " ORDER BY m.id DESC",
};

const struct cs_stmt store_feed_room_stmt = {
    .name = "feed_room",
    .nparams = 4,
    .ncols = STORE_PAGE_COLS,
    .sql = STORE_PAGE_HEAD "(" STORE_PAGE_MESSAGES STORE_PAGE_VISIBLE
           "   AND m.seq < CASE WHEN $3::uuid IS NULL THEN 9223372036854775807 ELSE (\n"
           "       SELECT b.seq FROM " STORE_PAGE_BY_ID("$3") " AS b WHERE b.room_id = $1) END\n"
           " ORDER BY m.seq DESC LIMIT $4::int)",
};

/* His messages in the room q, since he came (`floor`: history_visibility since_join); sender and condition
 * as the index messages_sender has them (0012_spoken.sql), and + 0, that none by seq is thought to be as good. */
#define SPOKEN(floor)                                                                              \
    "         WHERE g.room_id = q.room_id AND coalesce(g.sender_id, g.room_id) = $1\n"             \
    "           AND (g.deleted_at IS NULL) IS TRUE AND g.seq + 0 > " floor "\n"                     \
    "           AND g.id" BEFORE("$2")
#define NEWEST "         ORDER BY g.id DESC LIMIT "

const struct cs_stmt store_feed_of_stmt = {
    .name = "feed_of",
    .nparams = 6,
    .ncols = FEED_COLS,
    .sql = "WITH rooms AS MATERIALIZED (\n"
           "    SELECT q.room_id, r.floor\n"
           "      FROM chat.room_reads AS q\n"
           "     CROSS JOIN LATERAL (\n"
           "           SELECT CASE WHEN $5::boolean AND k.history_visibility = 'since_join'\n"
           "                       THEN coalesce(b.since_seq, 0) ELSE 0 END AS floor\n"
           "             FROM chat.rooms AS k\n"
           "             LEFT JOIN chat.room_members AS b\n"
           "                    ON b.room_id = k.id AND b.user_id = $1 AND b.state = 'member'\n"
           "            WHERE k.id = q.room_id AND k.deleted_at IS NULL\n"
           "              AND CASE WHEN $5::boolean THEN k.is_lobby OR b.room_id IS NOT NULL\n"
           "                       ELSE $6::boolean OR k.kind <> 'p2p' END\n"
           "            LIMIT 1) AS r\n"
           "     CROSS JOIN LATERAL (SELECT g.id FROM chat.messages AS g\n" SPOKEN("r.floor") NEWEST
           "1) AS l\n"
           "     WHERE q.user_id = $1 AND ($3::uuid IS NULL OR q.room_id = $3)\n"
           "     ORDER BY l.id DESC LIMIT $4::int),\n"
           "least AS MATERIALIZED (\n"
           "    SELECT m.id\n"
           "      FROM rooms AS q\n"
           "     CROSS JOIN LATERAL (SELECT g.id FROM chat.messages AS g\n" SPOKEN("q.floor")
           NEWEST "5) AS m\n"
           "     ORDER BY m.id DESC OFFSET $4::int - 1 LIMIT 1)\n"
           FEED("rooms AS q\n"
                " CROSS JOIN LATERAL (SELECT g.* FROM chat.messages AS g\n" SPOKEN("q.floor")
                "           AND g.id >= coalesce((SELECT e.id FROM least AS e),\n"
                "                                '00000000-0000-0000-0000-000000000000')\n" NEWEST
                "$4::int) AS m")
           " ORDER BY m.id DESC LIMIT $4::int",
};

static const struct cs_uuid *unless_nil(const struct cs_uuid *id)
{
    return cs_uuid_is_nil(id) ? NULL : id;
}

void store_feed_all_call(struct cs_call *call, struct cs_arena *arena, const struct store_feed *f)
{
    cs_call_init(call, &store_feed_all_stmt, arena);
    cs_call_uuid(call, unless_nil(&f->before));
    cs_call_bool(call, f->pairs);
    cs_call_i64(call, f->limit + 1);
}

void store_feed_room_call(struct cs_call *call, struct cs_arena *arena, const struct store_feed *f)
{
    cs_call_init(call, &store_feed_room_stmt, arena);
    cs_call_uuid(call, &f->room);
    cs_call_uuid(call, &f->user);
    cs_call_uuid(call, unless_nil(&f->before));
    cs_call_i64(call, f->limit + 1);
}

void store_feed_of_call(struct cs_call *call, struct cs_arena *arena, const struct store_feed *f)
{
    cs_call_init(call, &store_feed_of_stmt, arena);
    cs_call_uuid(call, &f->user);
    cs_call_uuid(call, unless_nil(&f->before));
    cs_call_uuid(call, unless_nil(&f->room));
    cs_call_i64(call, f->limit + 1);
    cs_call_bool(call, f->as_self);
    cs_call_bool(call, f->pairs);
}

void store_feed_read(const struct cs_rows *rows, int row, struct cs_message *out)
{
    struct cs_uuid room = cs_rows_uuid(rows, row, STORE_PAGE_COLS);

    store_page_message(rows, row, &room, out);
}
