/* lane.h - the writers: group commit of what sockets post and change (architecture, "Lanes").
 *
 * A room belongs to one lane, a lane has one connection and one batch in flight; what arrives
 * meanwhile is the next batch. So a sender's order is kept, and the batches grow with the load by
 * themselves: they leave at the end of a turn of the loop, and not before what came in during the
 * delivery of the last one has been read, or a busy room would go on in two batches that never
 * meet. A batch is of one kind, for it is one statement: consecutive messages, or consecutive changes.
 *
 * A batch whose outcome is unknown is sent once more. A message is then found by its client id, and a
 * change changes nothing, for it is so already. If that stays unknown, the batch and what is queued
 * behind it from the same senders in those rooms end in commit_unknown.
 *
 * lane.c sends and times, lane_queue.c keeps what waits, lane_outcome.c decides what an outcome means,
 * lane_post.c and lane_change.c know what a message and a change are.
 */
#ifndef LANE_H
#define LANE_H

#include "conn.h"
#include "store_changes.h"

struct lanes;

/* NULL: no memory. */
struct lanes *lanes_new(struct gw *gw);
void lanes_free(struct lanes *ls);
void lanes_tick(struct lanes *ls, uint64_t now_ms);

/* Queues a message, or a change; its texts are copied. The connection `from` gets one ack or error with
 * `ref`, when it is still there; until then it counts as writing. CS_E_UNAVAILABLE: the queue is full,
 * or the gateway has done draining (retryable); CS_E_NO_MEMORY. */
enum cs_rc lanes_post(struct lanes *ls, struct conn *from, const char *ref,
                      const struct store_post *post, struct cs_err *err) CS_MUST_CHECK;
enum cs_rc lanes_change(struct lanes *ls, struct conn *from, const char *ref,
                        const struct store_asked *asked, struct cs_err *err) CS_MUST_CHECK;

/* At the end of each turn of the loop, after deliveries: sends what is queued. */
void lanes_pump(struct lanes *ls);

/* Messages and changes that are queued or in flight. */
size_t lanes_waiting(const struct lanes *ls);

/* This message of his is being committed by us. Who reads it before its ack is there waits for that, for an
 * ack precedes the message (architecture, "Joining"): false when it has taken a second since it was sent
 * last. (After a batch was refused in pieces, or for one that was sent twice, the ack may be the second.) */
bool lanes_posting(struct lanes *ls, const struct cs_uuid *room, const struct cs_uuid *sender,
                   struct cs_str client_id);

/* Nothing is queued or in flight. */
bool lanes_idle(const struct lanes *ls);

#endif
