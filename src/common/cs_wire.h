/* cs_wire.h - how messages and durable events look in JSON, over HTTP and on the native socket
 * alike (contract, "Rooms and messages" and "WebSocket"). One encoder, so they cannot differ. */
#ifndef CS_WIRE_H
#define CS_WIRE_H

#include "cs_err.h"
#include "cs_jsonw.h"
#include "cs_model.h"

/* {id,seq,rev,roomId,userId,content,…,user:{id,username}} */
void cs_wire_message(struct cs_jw *w, const struct cs_message *m);

/* The same with `snippet`: what a search has found. */
void cs_wire_found(struct cs_jw *w, const struct cs_message *m, struct cs_str snippet);

/* {type,roomId,seq,…}: with `message` where a message is concerned, with `user` and `data` for the
 * events of members and rooms. Where the message is not for everybody (history_visibility since_join),
 * a change has `messageId` and `targetSeq` instead, and a client loads what it may see. */
void cs_wire_event(struct cs_jw *w, const struct cs_event *e);

/* The body of every error over HTTP, application/problem+json (RFC 9457; contract,
 * "Conventions"). */
void cs_wire_problem(struct cs_jw *w, const struct cs_err *err);

#endif
