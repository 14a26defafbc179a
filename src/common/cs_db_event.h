/* cs_db_event.h - the event-driven face of the database, for the gateway.
 *
 * One connection that never blocks: it connects, prepares, sends and receives as its socket allows,
 * and connects again with backoff when it is lost. Work is submitted in segments (calls and a sync:
 * one transaction); several may be on the way, and their answers come in order.
 *
 * The completion runs only when the segment's sync has arrived (ReadyForQuery), never at the rows,
 * so it is impossible to acknowledge before the commit (R3).
 */
#ifndef CS_DB_EVENT_H
#define CS_DB_EVENT_H

#include "cs_db.h"

struct cs_dbc;

enum { CS_DBC_CALLS_MAX = 2 }; /* calls of one segment */

/* How a segment ended:
 *   CS_OK                 committed; rows[i] answers call i
 *   CS_E_COMMIT_UNKNOWN   sent, then the connection was lost, the deadline passed, or the server
 *                         warned during the commit: it may or may not have happened
 *   CS_E_UNAVAILABLE …    known not to have happened
 * The rows are released after the completion returns. It may submit again. */
typedef void cs_dbc_done(void *arg, enum cs_rc rc, const struct cs_rows *rows,
                         const struct cs_err *err);

struct cs_dbc_ops {
    /* Watch `fd` for these events from now on; fd -1: stop watching. Level-triggered. */
    void (*watch)(void *ctx, int fd, bool read, bool write);
    /* Up: statements are prepared and segments may be submitted. Down: everything that was on the
     * way has been completed with an error before this call. May be NULL. */
    void (*state)(void *ctx, bool up);
    /* A NOTIFY arrived on a connection that listens. The payload is borrowed. May be NULL. */
    void (*notify)(void *ctx, struct cs_str payload);
};

/* `conf` is copied, its texts and statements borrowed; `name` appears in log lines. Connects at the
 * first tick. NULL: out of memory. */
struct cs_dbc *cs_dbc_new(const char *name, const struct cs_db_conf *conf,
                          const struct cs_dbc_ops *ops, void *ctx);

/* Completes nothing: what was on the way is forgotten. */
void cs_dbc_free(struct cs_dbc *c);

bool cs_dbc_up(const struct cs_dbc *c);
int cs_dbc_in_flight(const struct cs_dbc *c); /* segments submitted and not completed */
const struct cs_db_facts *cs_dbc_facts(const struct cs_dbc *c);

/* Sends n calls (1 … CS_DBC_CALLS_MAX) and a sync; `done` runs later, exactly once, unless an error
 * is returned here. CS_E_UNAVAILABLE: not connected; CS_E_NO_MEMORY. Values are copied before it
 * returns. */
enum cs_rc cs_dbc_submit(struct cs_dbc *c, const struct cs_call *calls, int n, cs_dbc_done *done,
                         void *arg, struct cs_err *err) CS_MUST_CHECK;

/* The watched socket is ready. */
void cs_dbc_ready(struct cs_dbc *c);

/* Time passes: starts a connection when one is due, enforces deadlines. Call at least every 100 ms
 * with the monotonic clock. */
void cs_dbc_tick(struct cs_dbc *c, uint64_t now_ms);

/* Drops the connection and connects again (a listener that hears nothing). */
void cs_dbc_reconnect(struct cs_dbc *c, const char *why);

#endif
