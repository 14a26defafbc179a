/* watch.h - who is told who is there: the sockets that have joined a small room hear of its members
 * (contract, `presence`).
 *
 * That somebody's status has changed is a hint, from the own beat or by a bell: what he is now and where
 * he is a member is then read from the table, so hints may come twice, late, or in any order. They are
 * gathered and read in slices, and each socket is told once, however many rooms it shares with him.
 *
 * Who joins a room of at most WATCH_MEMBERS_MAX members is told who of them is there, and hears of them
 * until he leaves it. In larger rooms, and in the lobby, nobody is told of anybody: what each of them does
 * would be told to each of them. For the same reason read positions are told here only (ephemera.c).
 */
#ifndef WATCH_H
#define WATCH_H

#include "conn.h"
#include "store_presence.h"

enum { WATCH_MEMBERS_MAX = STORE_PRESENT_MAX };

struct watch;

/* NULL: no memory. */
struct watch *watch_new(struct gw *gw);
void watch_free(struct watch *w);
void watch_tick(struct watch *w, uint64_t now_ms);

/* Look at this user; `ring`: the other gateways are to look as well. */
void watch_changed(struct watch *w, const struct cs_uuid *user, bool ring);

/* The connections that hear of the members of this room. fn may queue, not close. */
void watch_each(struct watch *w, const struct cs_uuid *room,
                void (*fn)(struct conn *c, void *arg), void *arg);

/* The connection has joined the room, or left it (as any other: that does nothing). These take notes
 * only. */
void watch_joined(struct conn *c, const struct cs_uuid *room, int64_t members);
void watch_left(struct conn_room *r);

#endif
