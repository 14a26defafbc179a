/* h_history.c - pages of a room's history, and the lobby's in the older shape of /auth/messages.
 *
 * Keyset pages: a position is a seq, never an offset. Every page carries Chat-Epoch and Chat-Seq,
 * the position read in its own statement: a client that joins the room with them misses nothing.
 */
#include "access.h"
#include "cs_wire.h"
#include "handlers.h"
#include "req.h"
#include "store_page.h"

enum { PAGE_DEFAULT = 50, LOBBY_DEFAULT = 100, PAGE_MAX = 100 };

struct page_in {
    struct cs_opt_int limit, before, after, around;
};

static const struct cs_field page_fields[] = {
    CS_FIELD_INT(struct page_in, limit, "limit", 0, 1, PAGE_MAX),
    CS_FIELD_INT(struct page_in, before, "before", 0, 0, INT64_MAX),
    CS_FIELD_INT(struct page_in, after, "after", 0, 0, INT64_MAX),
    CS_FIELD_INT(struct page_in, around, "around", 0, 0, INT64_MAX),
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
    struct store_page page = {.room = *room, .user = *req_member(r), .at = INT64_MAX};

    page.limit = in->limit.set ? in->limit.v : limit;
    if (in->before.set) {
        page.at = in->before.v;
    } else if (in->after.set) {
        page.where = STORE_PAGE_AFTER;
        page.at = in->after.v;
    } else if (in->around.set) {
        page.where = STORE_PAGE_AROUND;
        page.at = in->around.v;
    }
    return page;
}

static enum cs_rc ask(struct req *r, const struct cs_uuid *room, int64_t limit, struct cs_err *err)
{
    const struct page_in *in = r->query;
    struct store_page page = wanted(r, room, limit);
    struct cs_call call;

    if (in->before.set + in->after.set + in->around.set > 1)
        return cs_fail_field(err, in->after.set ? "after" : "around", "only one position is taken");
    store_page_call(&call, &r->arena, &page);
    return req_send(r, &call, err);
}

/* The rows of a page that the sender may read, and the headers of its position. */
static enum cs_rc take_page(struct req *r, struct cs_rows *rows, struct cs_err *err)
{
    struct store_page_head head;
    enum cs_rc rc = req_recv(r, rows, err);

    if (rc == CS_OK && !store_page_head(rows, &head))
        rc = cs_fail(err, CS_E_ROOM_NOT_FOUND);
    if (rc == CS_OK)
        rc = access_read(r, &head.access, err);
    if (rc != CS_OK)
        return rc;
    const char *epoch = cs_arena_printf(&r->arena, "%s-" CS_STR_FMT,
                                        cs_db_facts(r->app->db)->epoch_base,
                                        CS_STR_ARG(head.epoch));
    resp_header(&r->resp, "Chat-Epoch", cs_str_c(epoch));
    resp_header_i64(&r->resp, "Chat-Seq", head.last_seq);
    return CS_OK;
}

static const char *link_to(struct req *r, const char *where, uint64_t seq, int64_t limit,
                           const char *rel)
{
    return cs_arena_printf(&r->arena, "<" CS_STR_FMT "?limit=%lld&%s=%llu>; rel=\"%s\"",
                           CS_STR_ARG(r->uri.raw_path), (long long)limit, where,
                           (unsigned long long)seq, rel);
}

/* prev: older messages, next: newer ones, from the ends of this page. */
static void link_header(struct req *r, const struct cs_rows *rows, const struct store_page *page)
{
    struct store_page_rows p = store_page_rows(rows, page);
    struct cs_message first, last;
    const char *prev = NULL, *next = NULL;

    if (p.n == 0)
        return;
    store_page_message(rows, p.first, &page->room, &first);
    store_page_message(rows, p.first + (p.n - 1) * p.step, &page->room, &last);
    if (p.older)
        prev = link_to(r, "before", first.seq, page->limit, "prev");
    if (p.newer)
        next = link_to(r, "after", last.seq, page->limit, "next");
    if (prev && next)
        prev = cs_arena_printf(&r->arena, "%s, %s", prev, next);
    if (prev || next)
        resp_header(&r->resp, "Link", cs_str_c(prev ? prev : next));
}

/* The messages of a page as an array, each written by `put`. */
static void put_page(struct req *r, const struct cs_rows *rows, const struct store_page *page,
                     void (*put)(struct cs_jw *w, const struct cs_message *m))
{
    struct store_page_rows p = store_page_rows(rows, page);
    struct cs_message message;
    struct cs_jw w = resp_json(&r->resp, 200);

    cs_jw_arr_begin(&w);
    for (int i = 0; i < p.n; i++) {
        store_page_message(rows, p.first + i * p.step, &page->room, &message);
        put(&w, &message);
    }
    cs_jw_arr_end(&w);
}

enum cs_rc page_ask(struct req *r, struct cs_err *err)
{
    return ask(r, &r->ids[0], PAGE_DEFAULT, err);
}

enum cs_rc page_answer(struct req *r, struct cs_err *err)
{
    struct store_page page = wanted(r, &r->ids[0], PAGE_DEFAULT);
    struct cs_rows rows;
    enum cs_rc rc = take_page(r, &rows, err);

    if (rc != CS_OK)
        return rc;
    link_header(r, &rows, &page);
    put_page(r, &rows, &page, cs_wire_message);
    return CS_OK;
}

/* --- the lobby -------------------------------------------------------------------------------- */

/* Clients of that document know integer ids: the seq. */
static void put_lobby_message(struct cs_jw *w, const struct cs_message *m)
{
    cs_jw_obj_begin(w);
    cs_jw_kv_u64(w, "id", m->seq);
    cs_jw_kv_str(w, "username", m->sender_name);
    cs_jw_kv_str(w, "text", m->content);
    cs_jw_obj_end(w);
}

enum cs_rc lobby_ask(struct req *r, struct cs_err *err)
{
    return ask(r, &CS_LOBBY_ID, LOBBY_DEFAULT, err);
}

enum cs_rc lobby_answer(struct req *r, struct cs_err *err)
{
    struct store_page page = wanted(r, &CS_LOBBY_ID, LOBBY_DEFAULT);
    struct cs_rows rows;
    enum cs_rc rc = take_page(r, &rows, err);

    if (rc != CS_OK)
        return rc;
    link_header(r, &rows, &page);
    put_page(r, &rows, &page, put_lobby_message);
    return CS_OK;
}
