/* req.h - one request: what came, who sent it, what is answered.
 *
 * A worker has one struct req and uses it again for each request; everything that belongs to one
 * request is in its arena and goes in req_reset. Handlers see this struct and the store, never
 * FastCGI, libpq or json-c.
 */
#ifndef REQ_H
#define REQ_H

#include "app.h"
#include "cs_token.h"
#include "head.h"
#include "resp.h"
#include "route.h"
#include "uri.h"

struct fcgi;

struct req {
    struct app *app;
    struct fcgi *fcgi;
    struct cs_arena arena;
    struct resp resp;

    /* what came */
    struct head head;
    struct cs_str id; /* X-Request-Id */
    enum method method;
    bool is_head; /* the answer's body stays here */
    struct uri uri;
    const struct route *route;
    struct cs_uuid ids[ROUTE_IDS_MAX]; /* of the path, in order */
    struct cs_str text;                /* of the path's {text}: decoded, so valid UTF-8 */
    void *query, *body;                /* bound by the route's forms, never NULL when it has one */

    /* who sent it; before the guard's rows only what the credential itself proves */
    struct store_cred cred;
    struct cs_who who;
    bool resolved; /* `who` was read before the unit of work (opaque credentials) */
    bool touch;    /* last used more than a minute ago: note it after the answer */

    /* the unit of work */
    struct cs_uuid new_id;  /* for what the request makes; the same when it is tried again */
    struct cs_token secret; /* made by `ask`, which stores its hash; told once by `answer` */
    struct cs_err refused;  /* by the body or by `ask`: said once the guard has passed */
    struct cs_buf bell;     /* payload of the bell behind it; empty: none */
    bool bell_sent;         /* it left with the handler's statements */
    bool committed;
};

void req_init(struct req *r, struct app *app, struct fcgi *fcgi);
void req_release(struct req *r);
void req_reset(struct req *r);

/* For `ask`: queues a call. For `answer`: its rows, in the same order. */
enum cs_rc req_send(struct req *r, const struct cs_call *call, struct cs_err *err) CS_MUST_CHECK;
enum cs_rc req_recv(struct req *r, struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

/* For `answer`: the rows from `first` on as an array, each written by `put`; 200. */
typedef void req_put_fn(struct req *r, struct cs_jw *w, const struct cs_rows *rows, int row);
void req_put_rows(struct req *r, const struct cs_rows *rows, int first, req_put_fn *put);

/* … of all rows of the next call, when there is nothing else to be said about them. */
enum cs_rc req_put_list(struct req *r, req_put_fn *put, struct cs_err *err) CS_MUST_CHECK;

/* For `answer`: commits what was asked, so that nothing is locked while it goes on (a hash). */
enum cs_rc req_commit(struct req *r, struct cs_err *err) CS_MUST_CHECK;

/* For `answer`: a unit of work of its own, after what was asked has been committed. */
enum cs_rc req_run(struct req *r, enum cs_db_mode mode, const struct cs_call *call,
                   struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

/* Entries of the bell that follows the commit. From `ask` it leaves in the same flush; what only
 * `answer` knows is rung when the answer has left. */
void req_ring_room(struct req *r, const struct cs_uuid *room);
void req_ring_user(struct req *r, const struct cs_uuid *user);
/* He has read the room up to seq: for who is there now, kept by nobody. */
void req_ring_read(struct req *r, const struct cs_uuid *room, const struct cs_uuid *user,
                   uint64_t seq);
/* A session, an API token, or a user with all that he has. */
void req_ring_revoked(struct req *r, const struct cs_uuid *credential);

/* Whose memberships count: the sender's, or for an application those of nobody (the nil id). */
const struct cs_uuid *req_member(const struct req *r);

/* The credential is an application's (type CLIENT). */
bool req_is_client(const struct req *r);

#endif
