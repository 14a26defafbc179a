/* store.h - the lists of statements. A statement that stands in none of them is never prepared.
 *
 * store_stmts is what a worker prepares at connect; the gateway's connections and chatspherectl
 * have lists of their own, for each prepares only what it runs. store_all_stmts is the list of the
 * lists that need the whole schema: the test prepares all of them on a fresh one.
 */
#ifndef STORE_H
#define STORE_H

#include "cs_db.h"

extern const struct cs_stmt *const store_stmts[];           /* NULL-terminated */
extern const struct cs_stmt *const *const store_all_stmts[]; /* so is this, and each in it */

/* Whether the database answers. One row. */
void store_ping_call(struct cs_call *call, struct cs_arena *arena);
extern const struct cs_stmt store_ping_stmt;

#endif
