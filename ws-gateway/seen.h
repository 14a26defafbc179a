/* seen.h - last_seen of people whose sockets open and close (contract, "Identity").
 *
 * They are gathered and told in one statement a second at most, for all of them, on the reader's
 * connection; the database moves nobody twice within a minute. While it is away they wait, up to
 * SEEN_MAX of them; a statement that fails is not repeated, for nothing depends on it.
 */
#ifndef SEEN_H
#define SEEN_H

#include "gw.h"

enum { SEEN_MAX = 20000 };

/* NULL: no memory. */
struct seen *seen_new(struct gw *gw);
void seen_free(struct seen *s);

/* This person is here, or was until now. */
void seen_note(struct seen *s, const struct cs_uuid *user);

/* Tells what has gathered when it is time, and in a draining gateway at once. */
void seen_tick(struct seen *s, uint64_t now_ms);

/* Nothing is on its way, and nothing waits that could be told now. */
bool seen_idle(const struct seen *s);

#endif
