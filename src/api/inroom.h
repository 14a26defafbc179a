/* inroom.h - what the handlers of a room share: who acts in it, the room itself, its members, and how
 * a change went. The room is always the path's first id. */
#ifndef INROOM_H
#define INROOM_H

#include "req.h"
#include "store_member.h"
#include "store_room.h"

/* The sender in the room of the path: an application where it is one. */
struct store_acting inroom_acting(const struct req *r);

/* For `ask`: sends for the room as the sender sees it. For `answer`: reads it; CS_E_ROOM_NOT_FOUND:
 * there is none. Whether he may see it is not decided yet (access.h). */
enum cs_rc inroom_ask(struct req *r, struct cs_err *err) CS_MUST_CHECK;
enum cs_rc inroom_take(struct req *r, struct store_room *room, struct cs_err *err) CS_MUST_CHECK;

/* A list of what is in the room, in the order of ids: ?limit&after. inroom_ask_list sends for the room
 * and for the page that the query (inroom_list_query) names; `make` makes the call for that. */
typedef void inroom_list_call(struct cs_call *call, struct cs_arena *arena,
                              const struct cs_uuid *room, int64_t limit,
                              const struct cs_uuid *after);
enum cs_rc inroom_ask_list(struct req *r, inroom_list_call *make, struct cs_err *err) CS_MUST_CHECK;

/* For `answer`: the room as by inroom_take, then the rows, for what is shown to those who keep order
 * alone. CS_E_ROOM_NOT_FOUND, CS_E_FORBIDDEN. */
enum cs_rc inroom_take_kept(struct req *r, struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

/* Reads how a change went: the errors of store_member_outcome. */
enum cs_rc inroom_outcome(struct req *r, struct cs_err *err) CS_MUST_CHECK;

/* The members as elements of an array. Whoever reads the room sees who is muted until when, as its
 * log says it to all of them. */
void inroom_put_members(struct cs_jw *w, const struct cs_rows *members);

/* A time of RFC 3339, in milliseconds since 1970. CS_E_BAD_FIELD with `field`. */
enum cs_rc inroom_instant(struct cs_str text, const char *field, int64_t *ms,
                          struct cs_err *err) CS_MUST_CHECK;

enum { INSTANT_MAX = 64 }; /* bytes: more than any form of an instant has */

#endif
