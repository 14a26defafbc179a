/* op_history.c - a page of a room's past over a socket; history.c asks for it. */
#include "history.h"
#include "op.h"

void op_history(struct conn *c, const struct op_in *in)
{
    int64_t before = in->before.set ? in->before.v : INT64_MAX;
    int64_t limit = in->limit.set ? in->limit.v : HISTORY_DEFAULT;
    struct cs_err err;
    enum cs_rc rc;

    if (in->ref[0])
        rc = history_ask(c->gw->history, c, in->ref, &in->room.id, before, limit, &err);
    else
        rc = cs_fail_field(&err, "ref", "is needed: the page comes with it");
    if (rc != CS_OK)
        conn_error(c, in->ref, &err);
}
