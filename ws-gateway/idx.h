/* idx.h - an index by id: all sockets of a user, or of a credential, without looking at the others.
 *
 * A hash table of chains whose links stand in what is indexed, so adding allocates nothing (but now
 * and then the table, and without memory for that the chains only grow longer). Several nodes may
 * have the same id. It owns no node.
 */
#ifndef IDX_H
#define IDX_H

#include "cs_id.h"

#include <stdbool.h>
#include <stddef.h>

/* Zeroed: in no index. Stays at one address while it is in one. */
struct idx_node {
    struct idx_node *next, **at;
    struct cs_uuid id;
};

struct idx {
    struct idx_node **chains;
    int bits; /* of the number of chains */
    size_t n;
};

bool idx_init(struct idx *x); /* false: no memory */
void idx_release(struct idx *x);

/* Under this id from now on, whether it was in before or not. */
void idx_put(struct idx *x, struct idx_node *node, const struct cs_uuid *id);

/* Does nothing to one that is not in. */
void idx_take(struct idx *x, struct idx_node *node);

/* One after the other those of an id, in no order; NULL at the end. The one that was handed out may
 * be taken only after the next has been asked for. */
struct idx_node *idx_first(const struct idx *x, const struct cs_uuid *id);
struct idx_node *idx_next(const struct idx_node *node);

#endif
