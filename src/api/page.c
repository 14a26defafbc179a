/* page.c - see page.h. */
#include "page.h"

#include "access.h"
#include "position.h"

enum cs_rc page_take(struct req *r, struct cs_rows *rows, struct store_page_head *head,
                     struct cs_err *err)
{
    enum cs_rc rc = req_recv(r, rows, err);

    if (rc == CS_OK && !store_page_head(rows, head))
        rc = cs_fail(err, CS_E_ROOM_NOT_FOUND);
    return rc == CS_OK ? access_read(r, &head->access, err) : rc;
}

void page_position(struct req *r, const struct store_page_head *head)
{
    position_headers(r, head->epoch, head->last_seq);
}

static const char *link_to(struct req *r, const char *where, uint64_t seq, int64_t limit,
                           const char *rel)
{
    return cs_arena_printf(&r->arena, "<" CS_STR_FMT "?limit=%lld&%s=%llu>; rel=\"%s\"",
                           CS_STR_ARG(r->uri.raw_path), (long long)limit, where,
                           (unsigned long long)seq, rel);
}

struct page_ends page_ends(const struct cs_rows *rows, const struct store_page *page)
{
    struct store_page_rows p = store_page_rows(rows, page);
    struct cs_message first, last;

    if (p.n == 0)
        return (struct page_ends){.first = 0};
    store_page_message(rows, p.first, &page->room, &first);
    store_page_message(rows, p.first + (p.n - 1) * p.step, &page->room, &last);
    return (struct page_ends){first.seq, last.seq, p.older, p.newer};
}

void page_links(struct req *r, const struct page_ends *ends, int64_t limit)
{
    const char *prev = NULL, *next = NULL;

    if (!ends->first)
        return;
    if (ends->older)
        prev = link_to(r, "before", ends->first, limit, "prev");
    if (ends->newer)
        next = link_to(r, "after", ends->last, limit, "next");
    if (prev && next)
        prev = cs_arena_printf(&r->arena, "%s, %s", prev, next);
    if (prev || next)
        resp_header(&r->resp, "Link", cs_str_c(prev ? prev : next));
}

void page_link_before(struct req *r, const struct cs_uuid *id, const struct cs_uuid *room,
                      int64_t limit)
{
    char before[CS_UUID_LEN + 1], of[CS_UUID_LEN + 1];

    cs_uuid_text(id, before);
    cs_uuid_text(room, of);
    bool all = cs_uuid_is_nil(room);
    resp_header(&r->resp, "Link",
                cs_str_c(cs_arena_printf(&r->arena, "<" CS_STR_FMT "?limit=%lld%s%s&before=%s>; rel=\"prev\"",
                                         CS_STR_ARG(r->uri.raw_path), (long long)limit,
                                         all ? "" : "&room=", all ? "" : of, before)));
}

void page_put(struct req *r, const struct cs_rows *rows, const struct store_page *page,
              page_put_fn *put)
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
