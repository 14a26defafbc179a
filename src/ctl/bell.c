/* bell.c - see bell.h. */
#include "bell.h"

#include "store_post.h"

static const struct cs_stmt *const stmts[] = {&store_bell_stmt, NULL};

void ctl_ring(struct ctl *c, enum cs_bus_kind kind, const struct cs_uuid *id)
{
    struct cs_buf payload;
    struct cs_call call;
    struct cs_rows rows;
    struct cs_err err;
    enum cs_rc rc = ctl_open(c, stmts, &err);

    cs_buf_init(&payload, CS_BUS_PAYLOAD_MAX);
    (void)cs_bus_add(&payload, &(struct cs_bus_entry){.kind = kind, .id = *id});
    store_bell_call(&call, &c->arena, cs_buf_view(&payload));
    if (rc == CS_OK)
        rc = cs_db_run(c->db, CS_DB_READ, &call, &c->arena, &rows, &err);
    if (rc != CS_OK)
        (void)ctl_fail_err("done, but the gateways will find out by themselves", &err);
    cs_buf_release(&payload);
}
