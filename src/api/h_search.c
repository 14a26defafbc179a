/* h_search.c - messages by their words, over all rooms that the sender may read or in one.
 *
 * Besides the words q may say where to look: from:name and in:room, as people type them. A filter in
 * quotes is text. Snippets are plain text in which U+0002 and U+0003 stand around what was found
 * (store_search.h); how a client shows them safely stands in schema/openapi.yaml.
 */
#include "access.h"
#include "cs_wire.h"
#include "handlers.h"
#include "names.h"
#include "req.h"
#include "store_search.h"

enum { SEARCH_DEFAULT = 25, WORDS_MAX = 200, ROOM_NAME_MAX = 255 };

struct search_in {
    struct cs_str q, from, sort;
    struct cs_opt_uuid room, before;
    struct cs_opt_int limit;
};

static const struct cs_field search_fields[] = {
    CS_FIELD_TEXT(struct search_in, q, "q", CS_F_REQUIRED, 1, WORDS_MAX),
    CS_FIELD_UUID(struct search_in, room, "roomId", 0),
    CS_FIELD_TEXT(struct search_in, from, "from", 0, 1, USERNAME_MAX),
    CS_FIELD_UUID(struct search_in, before, "before", 0),
    CS_FIELD_INT(struct search_in, limit, "limit", 0, 1, STORE_SEARCH_MAX),
    CS_FIELD_CHOICE(struct search_in, sort, "sort", 0, "newest|rank"),
};
const struct form search_query = FORM(struct search_in, search_fields);

/* What was asked for, and the memory for the ids in it. */
struct wanted {
    struct store_search s;
    struct cs_uuid room, sender;
    struct cs_str from, in; /* of q */
};

/* --- the language of q ------------------------------------------------------------------------ */

/* from:x: x goes to *value. */
static bool is_filter(struct cs_str word, struct cs_str prefix, struct cs_str *value)
{
    if (word.len <= prefix.len || !cs_str_ieq(cs_str_n(word.p, prefix.len), prefix))
        return false;
    *value = cs_str_n(word.p + prefix.len, word.len - prefix.len);
    return true;
}

/* One word between spaces; `quoted`: inside a phrase that an earlier one has begun. */
static enum cs_rc take_word(struct wanted *w, struct cs_buf *words, struct cs_str word, bool quoted,
                            struct cs_err *err)
{
    struct cs_str value, *filter = NULL;

    if (!quoted && is_filter(word, CS_LIT("from:"), &value))
        filter = &w->from;
    else if (!quoted && is_filter(word, CS_LIT("in:"), &value))
        filter = &w->in;
    if (!filter) {
        cs_buf_putc(words, ' ');
        cs_buf_str(words, word);
        return CS_OK;
    }
    if (filter->p)
        return cs_fail_field(err, "q", "names a sender or a room twice");
    *filter = value;
    return CS_OK;
}

/* Divides q into its filters and the words that are left. */
static enum cs_rc read_words(struct req *r, struct wanted *w, struct cs_str q, struct cs_err *err)
{
    struct cs_buf words;
    bool quoted = false;
    enum cs_rc rc = CS_OK;

    cs_buf_init(&words, 8 * WORDS_MAX);
    for (struct cs_str rest = q; rest.p && rc == CS_OK;) {
        struct cs_str word = cs_str_split(&rest, ' ');
        rc = take_word(w, &words, word, quoted, err);
        for (size_t i = 0; i < word.len; i++)
            quoted ^= word.p[i] == '"';
    }
    w->s.words = cs_str_dup(&r->arena, cs_buf_view(&words));
    if (rc == CS_OK && (words.failed || !w->s.words.p))
        rc = cs_fail(err, CS_E_NO_MEMORY);
    cs_buf_release(&words);
    return rc;
}

/* A sender by id or by name. */
static enum cs_rc read_sender(struct wanted *w, struct cs_str from, struct cs_err *err)
{
    if (from.p && w->from.p)
        return cs_fail_field(err, "from", "is given in q as well");
    w->s.sender_name = from.p ? from : w->from;
    if (!w->s.sender_name.p || !cs_uuid_parse(w->s.sender_name, &w->sender))
        return CS_OK;
    w->s.sender = &w->sender;
    w->s.sender_name = cs_str_n(NULL, 0);
    return CS_OK;
}

/* A room by id, or by the name that q has behind in: */
static enum cs_rc read_room(struct wanted *w, const struct cs_opt_uuid *room, struct cs_err *err)
{
    if (room->set && w->in.p)
        return cs_fail_field(err, "roomId", "is given in q as well");
    if (room->set)
        w->room = room->id;
    else if (!w->in.p || !cs_uuid_parse(w->in, &w->room))
        w->s.room_name = w->in;
    if (room->set || (w->in.p && !w->s.room_name.p))
        w->s.room = &w->room;
    return CS_OK;
}

/* --- asking ----------------------------------------------------------------------------------- */

/* The same for both handlers of a request; in `answer` the rights are known as well. */
static enum cs_rc read_query(struct req *r, struct wanted *w, struct cs_err *err)
{
    const struct search_in *in = r->query;
    enum cs_rc rc;

    *w = (struct wanted){.s = {
        .member = *req_member(r),
        .all_rooms = req_is_client(r) || r->who.rights & CS_MAY_ADMIN,
        .direct_too = req_is_client(r) && r->who.rights & CS_MAY_ADMIN,
        .before = in->before.set ? &in->before.id : NULL,
        .ranked = cs_str_is(in->sort, "rank"),
        .limit = in->limit.set ? in->limit.v : SEARCH_DEFAULT,
    }};
    if (w->s.ranked && w->s.before)
        return cs_fail_field(err, "before", "does not go with sort=rank, which has one page");
    rc = read_words(r, w, in->q, err);
    if (rc == CS_OK)
        rc = read_sender(w, in->from, err);
    return rc == CS_OK ? read_room(w, &in->room, err) : rc;
}

enum cs_rc search_ask(struct req *r, struct cs_err *err)
{
    struct wanted w;
    struct cs_call call;
    enum cs_rc rc = read_query(r, &w, err);

    if (rc != CS_OK)
        return rc;
    store_search_call(&call, &r->arena, &w.s);
    return req_send(r, &call, err);
}

/* Whether a session's user is an ADMIN is known only now: to search all rooms costs one round trip
 * more. */
static enum cs_rc take_rows(struct req *r, struct wanted *w, struct cs_rows *rows,
                            struct cs_err *err)
{
    struct cs_call call;
    enum cs_rc rc = req_recv(r, rows, err);

    if (rc == CS_OK)
        rc = read_query(r, w, err);
    if (rc != CS_OK || req_is_client(r) || !w->s.all_rooms)
        return rc;
    store_search_call(&call, &r->arena, &w->s);
    return req_run(r, CS_DB_READ, &call, rows, err);
}

/* --- answering -------------------------------------------------------------------------------- */

static enum cs_rc check(struct req *r, const struct wanted *w, const struct cs_rows *rows,
                        struct cs_err *err)
{
    struct store_search_head head;

    store_search_head(rows, &head);
    if (!head.has_words)
        return cs_fail_field(err, "q", "must have a word to look for");
    if (!w->s.room)
        return CS_OK;
    if (!head.room_known)
        return cs_fail(err, CS_E_ROOM_NOT_FOUND);
    return access_read(r, &head.access, err);
}

static void put_found(struct req *r, struct cs_jw *w, const struct cs_rows *rows, int row)
{
    struct cs_message message;
    struct cs_str snippet;

    (void)r;
    store_search_read(rows, row, &message, &snippet);
    cs_wire_found(w, &message, snippet);
}

enum cs_rc search_answer(struct req *r, struct cs_err *err)
{
    struct wanted w;
    struct cs_rows rows;
    enum cs_rc rc = take_rows(r, &w, &rows, err);

    if (rc == CS_OK)
        rc = check(r, &w, &rows, err);
    if (rc == CS_OK)
        req_put_rows(r, &rows, 1, put_found);
    return rc;
}
