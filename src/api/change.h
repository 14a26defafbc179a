/* change.h - what handlers that change a message have in common. */
#ifndef CHANGE_H
#define CHANGE_H

#include "req.h"
#include "store_change.h"

/* The message of the path, changed by the sender: an application where it is one. */
struct store_change change_of(const struct req *r);

/* For `ask`: sends the call of a change of this message, and rings its room when it is done. */
enum cs_rc change_send(struct req *r, const struct cs_call *call, struct cs_err *err) CS_MUST_CHECK;

/* For `answer`: 200 and {"message":text}, also when there was nothing to change; or the errors of
 * store_change_read. */
enum cs_rc change_answer(struct req *r, const char *text, struct cs_err *err) CS_MUST_CHECK;

/* Whom a new text mentions, as the store has read it: their own logs have something new. */
void change_ring_mentioned(struct req *r, struct cs_str mentioned);

#endif
