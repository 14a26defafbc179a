/* events.h - GET /events: rooms for those who cannot open a WebSocket, as Server-Sent Events (WHATWG
 * HTML, 9.2) or by long polls.
 *
 * Another transport under struct conn: the same credentials, joins, hub and bounds as a socket, with two
 * dialects (dialect_events.c). What is its own: its rooms stand in the request, nothing comes in after
 * it, and with what it is sent goes a cursor (cursor.h) that resumes all of them by another request. The
 * answer waits for the first room that may be heard; when there is none, it says why.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include "conn.h"
#include "cursor.h"

/* Handler of ws.h: a request; the connection, or NULL: no memory. */
void *events_open(void *ctx, struct ws_sock *sock, const struct ws_events *req);

/* Where it is; the cursor behind the last event that it was sent. */
const struct cursor *events_at(const struct conn *c);

/* Its answer has not begun, or is a poll's. */
bool events_owed(const struct conn *c);

/* Once a second. */
void events_tick(struct conn *c, uint64_t now_ms);

void events_free(struct conn *c); /* when there are none: nothing */

/* --- notes of what happens to its rooms; nothing for the other connections -------------------- */

void events_joined(struct conn *c, const struct hub_joined *joined);
void events_left(struct conn *c, const struct cs_uuid *room);

/* His own log has got so far for it. */
void events_user(struct conn *c, uint64_t useq);

/* The rooms of `all` are joined or, err given, are not. False: as events_refused. */
bool events_all_joined(struct conn *c, const struct cs_err *err);

/* Where the client has got to in the room; false: it does not say. */
bool events_place(const struct conn *c, const struct cs_uuid *room, uint64_t *after);

/* False: it is no such connection, and has to be told otherwise. */
bool events_refused(struct conn *c, const struct cs_uuid *room, const struct cs_err *err);

/* --- their dialects ------------------------------------------------------------------ */

void events_enter(struct conn *c);
void events_flush_stream(struct conn *c);
void events_flush_poll(struct conn *c);

#endif
