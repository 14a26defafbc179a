/* indexing.h - the share of a worker in filling the index of search (schema/functions/search.sql).
 *
 * After an answer has left, so that nobody waits for it, and a little at a time: some milliseconds,
 * for the next request may wait already. Only one process is at it at a time, the others are told
 * that nothing is due.
 */
#ifndef INDEXING_H
#define INDEXING_H

#include "req.h"

/* At most twice a second, as long as something is due behind each request. A failure is logged and
 * costs nothing: what is due stays so. */
void indexing_after(struct req *r);

#endif
