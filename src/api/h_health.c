/* h_health.c - whether the worker runs, and whether a client would be served. */
#include "handlers.h"
#include "req.h"
#include "store.h"

static enum cs_rc say_ok(struct req *r)
{
    struct cs_jw w = resp_json(&r->resp, 200);

    cs_jw_obj_begin(&w);
    cs_jw_kv_cstr(&w, "status", "ok");
    cs_jw_kv_cstr(&w, "version", CS_VERSION);
    cs_jw_obj_end(&w);
    return CS_OK;
}

/* Says nothing about the database: a supervisor must not restart workers because it is away. */
enum cs_rc health_answer(struct req *r, struct cs_err *err)
{
    (void)err;
    return say_ok(r);
}

enum cs_rc ready_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_ping_call(&call, &r->arena);
    return req_send(r, &call, err);
}

enum cs_rc ready_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    return rc == CS_OK ? say_ok(r) : rc;
}
