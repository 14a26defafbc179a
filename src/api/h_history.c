/* h_history.c - pages of a room's history, and the lobby's in the older shape of /auth/messages.
 *
 * Keyset pages: a position is a seq, never an offset. Every page carries Chat-Epoch and Chat-Seq,
 * the position read in its own statement: a client that joins the room with them misses nothing.
 */
#include "cs_parse.h"
#include "cs_wire.h"
#include "handlers.h"
#include "inroom.h"
#include "pagememory.h"
#include "position.h"

enum { LOBBY_DEFAULT = 100 };

struct page_in {
    struct cs_opt_int limit, before, after, around;
    struct cs_str instant;
};

static const struct cs_field page_fields[] = {
    CS_FIELD_INT(struct page_in, limit, "limit", 0, 1, PAGE_MAX),
    CS_FIELD_INT(struct page_in, before, "before", 0, 0, INT64_MAX),
    CS_FIELD_INT(struct page_in, after, "after", 0, 0, INT64_MAX),
    CS_FIELD_INT(struct page_in, around, "around", 0, 0, INT64_MAX),
    CS_FIELD_TEXT(struct page_in, instant, "at", 0, 0, INSTANT_MAX),
};
const struct form page_query = FORM(struct page_in, page_fields);

static const struct cs_field lobby_fields[] = {
    CS_FIELD_INT(struct page_in, limit, "limit", 0, 1, PAGE_MAX),
    CS_FIELD_INT(struct page_in, before, "before", 0, 0, INT64_MAX),
};
const struct form lobby_query = FORM(struct page_in, lobby_fields);

/* The page that a query names. The same for both handlers of a request. */
static struct store_page wanted(const struct req *r, const struct cs_uuid *room, int64_t limit)
{
    const struct page_in *in = r->query;
    struct store_page page = {
        .room = *room, .user = *req_member(r), .at = INT64_MAX};

    page.limit = in->limit.set ? in->limit.v : limit;
    if (in->before.set) {
        page.at = in->before.v;
    } else if (in->after.set) {
        page.where = STORE_PAGE_AFTER;
        page.at = in->after.v;
    } else if (in->around.set) {
        page.where = STORE_PAGE_AROUND;
        page.at = in->around.v;
    } else if (in->instant.p && cs_parse_rfc3339(in->instant, &page.at)) {
        page.where = STORE_PAGE_AT;
    }
    return page;
}

/* What need not be read: the page that the client has, else the one that this worker has. */
static struct cs_str known(const struct req *r, const struct store_page *page, page_put_fn *put)
{
    struct cs_str theirs = position_known(r);
    const struct page_copy *ours = theirs.p ? NULL : pagememory_find(r, page, put);

    return ours ? cs_str_c(ours->tag) : theirs;
}

static enum cs_rc ask(struct req *r, const struct cs_uuid *room, int64_t limit, page_put_fn *put,
                      struct cs_err *err)
{
    const struct page_in *in = r->query;
    struct store_page page = wanted(r, room, limit);
    struct cs_call call;

    if (in->before.set + in->after.set + in->around.set + (in->instant.p != NULL) > 1)
        return cs_fail_field(err, in->instant.p ? "at" : in->after.set ? "after" : "around",
                             "only one position is taken");
    if (in->instant.p && page.where != STORE_PAGE_AT)
        return inroom_instant(in->instant, "at", &page.at, err);
    page.known = known(r, &page, put);
    store_page_call(&call, &r->arena, &page);
    return req_send(r, &call, err);
}

static void put_copy(struct req *r, const struct page_copy *copy)
{
    (void)resp_json(&r->resp, 200);
    page_links(r, &copy->ends, copy->limit);
    cs_buf_str(&r->resp.body, cs_buf_view(&copy->body));
}

static void put_rows(struct req *r, const struct cs_rows *rows, const struct store_page *page,
                     page_put_fn *put, struct cs_str tag)
{
    struct page_ends ends = page_ends(rows, page);

    page_links(r, &ends, page->limit);
    page_put(r, rows, page, put);
    pagememory_keep(r, page, put, tag, &ends);
}

/* Nothing but the headers when the caller has the page already. */
static enum cs_rc answer(struct req *r, const struct store_page *page, page_put_fn *put,
                         struct cs_err *err)
{
    struct store_page_head head;
    struct cs_rows rows;
    enum cs_rc rc = page_take(r, &rows, &head, err);

    if (rc != CS_OK)
        return rc;
    page_position(r, &head);
    bool theirs = position_tag(r, head.tag, head.is_known && position_known(r).p);
    cs_count(&r->app->count->pages[theirs ? PAGE_CLIENTS : head.is_known ? PAGE_REMEMBERED : PAGE_READ]);
    if (theirs)
        return CS_OK;
    if (head.is_known)
        put_copy(r, pagememory_find(r, page, put));
    else
        put_rows(r, &rows, page, put, head.tag);
    return CS_OK;
}

enum cs_rc page_ask(struct req *r, struct cs_err *err)
{
    return ask(r, &r->ids[0], PAGE_DEFAULT, cs_wire_message, err);
}

enum cs_rc page_answer(struct req *r, struct cs_err *err)
{
    struct store_page page = wanted(r, &r->ids[0], PAGE_DEFAULT);

    return answer(r, &page, cs_wire_message, err);
}

/* --- the lobby -------------------------------------------------------------------------------- */

/* Clients of that document know integer ids: the seq. They know no deletion, so what was deleted is
 * left out: an empty line would look like something that somebody said. */
static void put_lobby_message(struct cs_jw *w, const struct cs_message *m)
{
    if (m->deleted_at.p)
        return;
    cs_jw_obj_begin(w);
    cs_jw_kv_u64(w, "id", m->seq);
    cs_jw_kv_str(w, "username", m->sender_name);
    cs_jw_kv_str(w, "text", m->content);
    cs_jw_obj_end(w);
}

enum cs_rc lobby_ask(struct req *r, struct cs_err *err)
{
    return ask(r, &CS_LOBBY_ID, LOBBY_DEFAULT, put_lobby_message, err);
}

enum cs_rc lobby_answer(struct req *r, struct cs_err *err)
{
    struct store_page page = wanted(r, &CS_LOBBY_ID, LOBBY_DEFAULT);

    return answer(r, &page, put_lobby_message, err);
}
