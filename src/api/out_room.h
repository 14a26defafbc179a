/* out_room.h - how a room looks in lists and alone (contract, "Rooms and messages"). */
#ifndef OUT_ROOM_H
#define OUT_ROOM_H

#include "cs_jsonw.h"
#include "store_room.h"

/* The fields without the braces. `readable`: the last message is shown too. */
void out_room_fields(struct cs_jw *w, const struct store_room *room, bool readable);
void out_room(struct cs_jw *w, const struct store_room *room, bool readable); /* with them */

/* {id,username,role,joinedAt,mutedUntil} */
void out_member(struct cs_jw *w, const struct store_member *m);

#endif
