/* lane.h - the writers: group commit of messages (architecture, "Lanes").
 *
 * A room belongs to one lane, a lane has one connection and one batch in flight; what arrives
 * meanwhile is the next batch. So a sender's order is kept, and the batches grow with the load by
 * themselves: they leave at the end of a turn of the loop, and not before what came in during the
 * delivery of the last one has been read, or a busy room would go on in two batches that never
 * meet. A batch whose outcome is unknown is sent once more with the same client ids; if that stays
 * unknown, its messages and those queued behind them from the same senders in those rooms end in
 * commit_unknown.
 */
#ifndef LANE_H
#define LANE_H

#include "conn.h"
#include "store_post.h"

struct lanes;

/* NULL: no memory. */
struct lanes *lanes_new(struct gw *gw);
void lanes_free(struct lanes *ls);
void lanes_tick(struct lanes *ls, uint64_t now_ms);

/* Queues a message; its texts are copied. The connection `from` gets one ack or error with `ref`,
 * when it is still there; until then it counts as posting. CS_E_UNAVAILABLE: the queue is full, or
 * the gateway drains (retryable); CS_E_NO_MEMORY. */
enum cs_rc lanes_post(struct lanes *ls, struct conn *from, const char *ref,
                      const struct store_post *post, struct cs_err *err) CS_MUST_CHECK;

/* At the end of each turn of the loop, after deliveries: sends what is queued. */
void lanes_pump(struct lanes *ls);

/* Messages that are queued or in flight. */
size_t lanes_waiting(const struct lanes *ls);

/* Nothing is queued or in flight. */
bool lanes_idle(const struct lanes *ls);

#endif
