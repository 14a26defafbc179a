/* hub_link.h - intrusive lists: circular, the head is an element; an unlinked one points to itself. */
#ifndef HUB_LINK_H
#define HUB_LINK_H

#include <stddef.h>

struct hub_link {
    struct hub_link *next, *prev;
};

static inline void link_init(struct hub_link *l)
{
    l->next = l->prev = l;
}

static inline bool link_empty(const struct hub_link *head)
{
    return head->next == head;
}

static inline void link_remove(struct hub_link *l)
{
    l->prev->next = l->next;
    l->next->prev = l->prev;
    link_init(l);
}

/* Before `at`: at the tail when `at` is the head of a list, at the front when it is its first. */
static inline void link_move_before(struct hub_link *l, struct hub_link *at)
{
    link_remove(l);
    l->prev = at->prev;
    l->next = at;
    at->prev->next = l;
    at->prev = l;
}

#define LINK_OF(link, type, member) ((type *)(void *)((char *)(link) - offsetof(type, member)))

/* `link` may leave its list in the body, and no other element may. */
#define LINK_EACH(link, head)                                                                      \
    for (struct hub_link *link = (head)->next, *link##_next = link->next; link != (head);          \
         link = link##_next, link##_next = link->next)

#endif
