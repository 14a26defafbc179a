/* gw.h - one gateway: the parts and who knows whom.
 *
 *   ws ─frame→ conn ─dialect→ op ─→ lane (posts, changes) · reader (joins, log, sessions)
 *                              └→ reads · typing · presence → watch
 *   listener, bell, lane, reader ─→ hub ─pull→ conn ─→ ws
 *
 * Everything runs in one loop and one thread; nothing here blocks. An asynchronous completion
 * carries a struct conn_ref, never a pointer to a connection.
 */
#ifndef GW_H
#define GW_H

#include "cs_arena.h"
#include "cs_cfg.h"
#include "cs_db_event.h"
#include "cs_jwt.h"
#include "drain.h"
#include "hub.h"
#include "loop.h"
#include "metrics.h"
#include "ws.h"

struct conns;
struct lanes;
struct history;
struct rates;
struct reader;
struct every;
struct listing;
struct userlog;
struct bell;
struct listener;
struct recheck;
struct seen;
struct indexing;
struct typing;
struct reads;
struct presence;
struct watch;
struct fanout;

enum { GW_EPOCH_MAX = 80 };

struct gw {
    struct cs_cfg cfg;
    struct cs_jwt_keys keys;
    struct cs_uuid id; /* of this process, in its bells to itself */
    struct loop *loop;
    struct ws *ws;
    struct hub *hub;
    struct conns *conns;
    struct fanout *fanout;
    struct lanes *lanes;
    struct history *history;
    struct rates *rates;
    struct reader *reader;
    struct every *every;
    struct listing *listing;
    struct userlog *userlog;
    struct bell *bell;
    struct listener *listener;
    struct recheck *recheck;
    struct seen *seen;
    struct indexing *indexing;
    struct typing *typing;
    struct reads *reads;
    struct presence *presence;
    struct watch *watch;
    struct cs_arena arena; /* of one inbound frame or one completion */
    char epoch[GW_EPOCH_MAX]; /* as of the last join statement; "" before the first */
    struct gw_counters count; /* metrics.h */
    size_t undecided; /* connections without a dialect yet */
    struct drain drain;
    int exit_status;
};

/* The database as the gateway reaches it, with the statements of one of its connections. */
struct cs_db_conf gw_db_conf(const struct gw *gw, const struct cs_stmt *const *stmts);

#endif
