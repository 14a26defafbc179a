/* route.h - the route table: everything that the dispatcher enforces before a handler runs.
 *
 * A route has two handlers. `ask` queues the statements, which leave in one flush together with the
 * guard's; `answer` reads their rows and writes the response. Neither checks a method, a credential
 * or a field: the row says it, and 401, 403, 404, 405, 413, 415, 422 and 429 follow from the row.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include "cs_db_block.h"
#include "cs_field.h"
#include "store_guard.h"

struct req;
typedef enum cs_rc handler(struct req *r, struct cs_err *err);

enum method {
    METHOD_GET, /* HEAD too */
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS, /* answered from the table: no route has it */
    METHOD_OTHER,
    METHODS_
};

/* The part of the deployment that serves it: what hashes passwords is kept apart. */
enum pool { POOL_API, POOL_AUTH };

/* What a body or a query may carry: bound into a zeroed struct of `size` bytes. */
struct form {
    const struct cs_field *fields;
    size_t n, size;
    bool urlencoded; /* a body may come as application/x-www-form-urlencoded too */
    bool may_be_empty; /* no body at all, of whatever type, is an empty object */
};
#define FORM(type, table) {.fields = table, .n = sizeof table / sizeof *table, .size = sizeof(type)}

enum { ROUTE_BODY_MAX = 64 * 1024 }; /* bytes, unless the row says otherwise; contract, "Conventions" */

struct route {
    enum method method;
    const char *pattern; /* segments; {id} stands for a UUID, kept in order in req.ids, {text}, of
                            which a pattern has one at most, for anything, kept in req.text */
    unsigned user, client; /* the rights that each needs (cs_rights.h); both 0: anyone may */
    enum cs_db_mode mode;
    enum pool pool;
    int cost;                 /* units of the user's write bucket */
    bool repeatable;          /* an unknown outcome is tried again once: twice is the same as once */
    const struct form *query; /* NULL: ignored */
    const struct form *body;  /* NULL: read and dropped */
    size_t body_max;          /* bytes; 0: ROUTE_BODY_MAX */
    handler *ask;             /* may be NULL */
    handler *answer;
};

/* The sender is somebody: a credential is asked for. */
static inline bool route_is_guarded(const struct route *r)
{
    return r->user || r->client;
}

extern const struct route routes[];
extern const size_t routes_n;

enum { ROUTE_IDS_MAX = 3 };

struct route_match {
    const struct route *route; /* NULL: none */
    unsigned allowed;          /* bit (1 << method) of each route of this path; 0: unknown path */
    struct cs_uuid ids[ROUTE_IDS_MAX];
    struct cs_str text; /* borrowed from the path: decoded, not empty */
};

/* `path` is decoded. A segment that should be an id and is none makes the path unknown. */
void route_find(const struct route *table, size_t n, enum method method, struct cs_str path,
                struct route_match *out);

/* HEAD counts as GET. */
enum method method_parse(struct cs_str text);
const char *method_name(enum method m);

/* "GET, HEAD, POST, OPTIONS" for a set of bits: Allow and Access-Control-Allow-Methods. */
void method_list(struct cs_buf *b, unsigned methods);

/* The tables as text: --list-routes, --list-errors. */
void route_print_all(FILE *out);
void route_print_errors(FILE *out);

#endif
