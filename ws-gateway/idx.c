/* idx.c - see idx.h. */
#include "idx.h"

#include <stdlib.h>

enum { FIRST_BITS = 6 };

bool idx_init(struct idx *x)
{
    *x = (struct idx){.bits = FIRST_BITS};
    x->chains = calloc((size_t)1 << FIRST_BITS, sizeof(struct idx_node *));
    return x->chains != NULL;
}

void idx_release(struct idx *x)
{
    free(x->chains);
    *x = (struct idx){.bits = 0};
}

/* The product's upper bits are the well mixed ones. */
static struct idx_node **chain(const struct idx *x, const struct cs_uuid *id)
{
    return &x->chains[cs_uuid_hash(id) >> (64 - x->bits)];
}

static void link_in(struct idx_node **head, struct idx_node *node)
{
    node->next = *head;
    node->at = head;
    if (node->next)
        node->next->at = &node->next;
    *head = node;
}

/* Twice as many chains, when there is memory for them. */
static void grow(struct idx *x)
{
    struct idx old = *x;
    struct idx_node **chains = calloc((size_t)2 << x->bits, sizeof *chains);

    if (!chains)
        return;
    x->chains = chains;
    x->bits++;
    for (size_t i = 0; i < (size_t)1 << old.bits; i++) {
        for (struct idx_node *node = old.chains[i], *next; node; node = next) {
            next = node->next;
            link_in(chain(x, &node->id), node);
        }
    }
    free(old.chains);
}

void idx_put(struct idx *x, struct idx_node *node, const struct cs_uuid *id)
{
    idx_take(x, node);
    if (x->n >= (size_t)1 << x->bits)
        grow(x);
    node->id = *id;
    link_in(chain(x, id), node);
    x->n++;
}

void idx_take(struct idx *x, struct idx_node *node)
{
    if (!node->at)
        return;
    *node->at = node->next;
    if (node->next)
        node->next->at = node->at;
    node->at = NULL;
    node->next = NULL;
    x->n--;
}

static struct idx_node *of_id(struct idx_node *node, const struct cs_uuid *id)
{
    while (node && !cs_uuid_eq(&node->id, id))
        node = node->next;
    return node;
}

struct idx_node *idx_first(const struct idx *x, const struct cs_uuid *id)
{
    return of_id(*chain(x, id), id);
}

struct idx_node *idx_next(const struct idx_node *node)
{
    return of_id(node->next, &node->id);
}
