/* store_seen.h - when people were there last, as their sockets tell it (contract, `last_seen`).
 *
 * Requests tell it by store_touch_call.
 */
#ifndef STORE_SEEN_H
#define STORE_SEEN_H

#include "cs_db.h"

/* These people (an array under construction, of any length, each as often as he likes) are here
 * now; whoever was noted within the last minute stays as he is. A writing call that waits for no
 * lock and no disk. One row without meaning. */
void store_seen_call(struct cs_call *call, struct cs_arena *arena, struct cs_buf *users);

extern const struct cs_stmt store_seen_stmt;

#endif
