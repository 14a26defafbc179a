/* pagememory.c - see pagememory.h. A page has one place, by its room: two busy rooms that share it
 * cost each other a read, and nothing has to be kept in order. */
#include "pagememory.h"

struct page_memory *pagememory_new(void)
{
    struct page_memory *m = calloc(1, sizeof *m);

    for (size_t i = 0; m && i < PAGEMEMORY_PAGES; i++)
        cs_buf_init(&m->pages[i].body, PAGEMEMORY_BYTES);
    return m;
}

void pagememory_free(struct page_memory *m)
{
    for (size_t i = 0; m && i < PAGEMEMORY_PAGES; i++)
        cs_buf_release(&m->pages[i].body);
    free(m);
}

/* The end of an id is random (RFC 9562, 5.7); the lobby's is as good as any. */
static struct page_copy *place_of(struct page_memory *m, const struct cs_uuid *room)
{
    return &m->pages[room->b[sizeof room->b - 1] % PAGEMEMORY_PAGES];
}

static const char *base_of(const struct req *r)
{
    return cs_db_facts(r->app->db)->epoch_base;
}

static bool is_newest(const struct store_page *page)
{
    return page->where == STORE_PAGE_BEFORE && page->at == INT64_MAX;
}

const struct page_copy *pagememory_find(const struct req *r, const struct store_page *page,
                                        page_put_fn *put)
{
    struct page_memory *m = r->app->pages;
    const struct page_copy *copy = place_of(m, &page->room);

    if (!is_newest(page) || copy->put != put || copy->limit != page->limit ||
        !cs_uuid_eq(&copy->room, &page->room) || strcmp(m->base, base_of(r)) != 0)
        return NULL;
    return copy;
}

/* The first page of another database: what was kept is of a past that may not be its own. */
static void begin_anew(struct page_memory *m, const char *base)
{
    for (size_t i = 0; i < PAGEMEMORY_PAGES; i++)
        m->pages[i].put = NULL;
    (void)snprintf(m->base, sizeof m->base, "%s", base);
}

void pagememory_keep(const struct req *r, const struct store_page *page, page_put_fn *put,
                     struct cs_str tag, const struct page_ends *ends)
{
    struct page_memory *m = r->app->pages;
    struct page_copy *copy = place_of(m, &page->room);

    if (!is_newest(page) || tag.len >= sizeof copy->tag || r->resp.body.failed)
        return;
    if (strcmp(m->base, base_of(r)) != 0)
        begin_anew(m, base_of(r));
    copy->put = NULL;
    cs_buf_clear(&copy->body);
    cs_buf_str(&copy->body, cs_buf_view(&r->resp.body));
    if (copy->body.failed) /* too long, or no memory */
        return;
    (void)snprintf(copy->tag, sizeof copy->tag, CS_STR_FMT, CS_STR_ARG(tag));
    copy->room = page->room;
    copy->limit = page->limit;
    copy->ends = *ends;
    copy->put = put;
}
