/* h_metrics.c - what the workers have counted, for whoever asks on this machine. */
#include "handlers.h"
#include "metrics.h"
#include "req.h"

/* The web server says whose connection it is; that one of ours is at its other end proves nothing
 * when that is a proxy again, which says so. A client can only make it worse for himself. */
static bool is_local(const struct head *head)
{
    struct cs_str from = head->remote_addr;

    return !head->forwarded.len &&
           (cs_str_is(from, "127.0.0.1") || cs_str_is(from, "::1") || cs_str_is(from, "unix:"));
}

enum cs_rc metrics_answer(struct req *r, struct cs_err *err)
{
    if (!is_local(&r->head))
        return cs_fail(err, CS_E_NOT_FOUND);
    return metrics_print(r->app, resp_text(&r->resp, 200, CS_METRICS_TYPE), err);
}
