/* pagememory.h - the newest pages that this worker has written last.
 *
 * When everybody opens the same room, after an outage or in the morning, its page is the same for
 * all, and three quarters of what it costs is reading and writing it again. So the tag of the copy
 * here goes into the page's own statement (store_page.known), which answers with the caller's rights
 * and the room's position only, and whether the copy is still the page. The database decides each
 * time; nothing here is believed without it, and losing all of it costs nothing but time.
 */
#ifndef PAGEMEMORY_H
#define PAGEMEMORY_H

#include "page.h"

enum {
    PAGEMEMORY_PAGES = 8,
    PAGEMEMORY_BYTES = 48 * 1024, /* a longer page is not kept; the worker stays under 12 MiB */
    PAGEMEMORY_TAG_MAX = 160,
};

struct page_copy {
    struct cs_uuid room;
    int64_t limit;
    page_put_fn *put; /* how its messages are written; NULL: nothing is kept here */
    char tag[PAGEMEMORY_TAG_MAX];
    struct page_ends ends;
    struct cs_buf body;
};

struct page_memory {
    char base[48]; /* of the epoch in which they were read: another database, another past */
    struct page_copy pages[PAGEMEMORY_PAGES];
};

/* NULL: no memory. */
struct page_memory *pagememory_new(void);
void pagememory_free(struct page_memory *m);

/* The copy of the page that the request wants, written by `put`; NULL: it is not the newest of its
 * room, or there is none. Stays for the request. */
const struct page_copy *pagememory_find(const struct req *r, const struct store_page *page,
                                        page_put_fn *put);

/* Keeps the body that the request has written, in the place of another page. */
void pagememory_keep(const struct req *r, const struct store_page *page, page_put_fn *put,
                     struct cs_str tag, const struct page_ends *ends);

#endif
