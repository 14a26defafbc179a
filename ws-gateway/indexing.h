/* indexing.h - the share of a gateway in filling the index of search (schema/functions/search.sql).
 *
 * A little at a time on the reader's connection, once a second, and as long as something is due at
 * each tick; of all gateways and workers one is at it at a time. While the database is away nothing
 * is lost: what is due stands in it.
 */
#ifndef INDEXING_H
#define INDEXING_H

#include "gw.h"

/* NULL: no memory. */
struct indexing *indexing_new(struct gw *gw);
void indexing_free(struct indexing *x);

void indexing_tick(struct indexing *x, uint64_t now_ms);

#endif
