/* userlog.h - the user log: what concerns one person, told to each of his sockets, in order, once.
 *
 * For each user with a socket here the gateway keeps the position that all of his sockets have passed.
 * Bells mark users; one statement at a time fetches the events of all that are marked, and what
 * gathers meanwhile is the next one. Bells are hints: a poll finds what they would have told. A socket
 * has a position of its own, so that one that resumes, or enters while a fetch is on its way, gets
 * each event once and without a hole.
 *
 * Applications have no log: what concerns the owner of a token is none of theirs.
 */
#ifndef USERLOG_H
#define USERLOG_H

#include "conn.h"

enum { USERLOG_RESUME_MAX = 1000 }; /* events that a socket which comes back is told afterwards */

/* NULL: no memory. */
struct userlog *userlog_new(struct gw *gw);

/* The connections are gone by then. */
void userlog_free(struct userlog *ul);

/* The connection's user is known, and how far his log had got by then: from there on it hears it, from
 * the moment of userlog_hear on. */
void userlog_enter(struct conn *c, uint64_t last_useq);

/* It has heard the log up to `after` of this epoch, and goes on from there if nothing has to be left
 * out; else it stays where it is. True: what lies between follows. */
bool userlog_resume(struct conn *c, uint64_t after, const char *epoch);

/* It is told what happens from now on. Again has no effect, nor for one that has no log. False: no
 * memory. */
bool userlog_hear(struct conn *c) CS_MUST_CHECK;

/* It is gone. */
void userlog_gone(struct conn *c);

/* A bell: the user's log has got so far; 0: the bell did not say. */
void userlog_reached(struct userlog *ul, const struct cs_uuid *user, uint64_t useq);

/* Bells may have been lost: all are looked at. */
void userlog_poll_all(struct userlog *ul);

/* The epoch has changed: all positions are void. */
void userlog_resync(struct userlog *ul);

/* Fetches for those who are marked; at the end of each turn. */
void userlog_pump(struct userlog *ul);

/* Polls; a few times a second. */
void userlog_tick(struct userlog *ul, uint64_t now_ms);

#endif
