/* page.h - pages of messages in an answer: the headers of its position, the links to its neighbours. */
#ifndef PAGE_H
#define PAGE_H

#include "req.h"
#include "store_page.h"

enum { PAGE_DEFAULT = 50, PAGE_MAX = 100 }; /* messages */

/* Receives rows that begin with a page's head, and lets through who may read the room.
 * CS_E_ROOM_NOT_FOUND, CS_E_NOT_MEMBER, CS_E_BANNED. */
enum cs_rc page_take(struct req *r, struct cs_rows *rows, struct store_page_head *head,
                     struct cs_err *err) CS_MUST_CHECK;

/* Chat-Epoch and Chat-Seq: the position read in the page's own statement. */
void page_position(struct req *r, const struct store_page_head *head);

/* Where a page ends, and whether there is more beyond. */
struct page_ends {
    uint64_t first, last; /* seqs; 0: the page is empty */
    bool older, newer;
};
struct page_ends page_ends(const struct cs_rows *rows, const struct store_page *page);

/* Link: prev to older messages, next to newer ones. */
void page_links(struct req *r, const struct page_ends *ends, int64_t limit);

/* The messages as an array, each written by `put`. */
typedef void page_put_fn(struct cs_jw *w, const struct cs_message *m);
void page_put(struct req *r, const struct cs_rows *rows, const struct store_page *page,
              page_put_fn *put);

/* Link: prev to what is older, in a list over rooms (of one: not nil) that pages by message id. */
void page_link_before(struct req *r, const struct cs_uuid *id, const struct cs_uuid *room,
                      int64_t limit);

#endif
