/* recheck.c - see recheck.h. One statement at a time, on the reader's connection. */
#include "recheck.h"

#include "conn.h"
#include "reader.h"

enum {
    SLICE_MIN = 64,  /* few sockets are asked about in few statements */
    SLICE_MAX = 2048, /* more than this a tick, and a cycle takes longer */
};

struct asked {
    struct conn_ref conn;
    struct cs_uuid cred;
};

struct recheck {
    struct gw *gw;
    uint32_t next; /* slot */
    size_t n;      /* of the slice in flight; 0: none */
    struct asked slice[SLICE_MAX];
    struct cs_buf ids;
};

struct recheck *recheck_new(struct gw *gw)
{
    struct recheck *rc = calloc(1, sizeof *rc);

    if (!rc)
        return NULL;
    rc->gw = gw;
    cs_buf_init(&rc->ids, (SLICE_MAX + 1) * (CS_UUID_LEN + 1));
    return rc;
}

void recheck_free(struct recheck *rc)
{
    if (!rc)
        return;
    cs_buf_release(&rc->ids);
    free(rc);
}

static void done(void *arg, enum cs_rc outcome, const struct cs_rows *rows,
                 const struct cs_err *err)
{
    struct recheck *rc = arg;

    (void)err; /* the next cycle asks again */
    for (int i = 0; outcome == CS_OK && i < cs_rows_count(&rows[0]); i++) {
        struct asked *a = &rc->slice[store_ended_read(&rows[0], i)];
        struct conn *c = conn_find(rc->gw, a->conn);
        if (c && cs_uuid_eq(&c->cred_id, &a->cred)) /* else it has presented another one meanwhile */
            conn_revoke(c);
    }
    rc->n = 0;
}

static void take_slice(struct recheck *rc, size_t slots)
{
    rc->n = 0;
    cs_array_begin(&rc->ids);
    for (; slots > 0; slots--, rc->next++) {
        struct conn *c = conn_at(rc->gw, rc->next);
        if (!c || c->state != CONN_READY)
            continue;
        rc->slice[rc->n++] = (struct asked){c->ref, c->cred_id};
        cs_array_uuid(&rc->ids, &c->cred_id);
    }
}

void recheck_tick(struct recheck *rc, int tick_ms)
{
    uint32_t all = conns_slots(rc->gw);
    size_t slots = (size_t)all * (size_t)tick_ms / RECHECK_CYCLE_MS + 1;
    struct cs_call call;
    struct cs_err err;

    if (rc->n || !all)
        return;
    if (rc->next >= all)
        rc->next = 0;
    slots = slots < SLICE_MIN ? SLICE_MIN : slots > SLICE_MAX ? SLICE_MAX : slots;
    take_slice(rc, slots < all - rc->next ? slots : all - rc->next);
    if (!rc->n)
        return;
    store_ended_call(&call, &rc->gw->arena, &rc->ids);
    if (reader_submit(rc->gw->reader, &call, done, rc, &err) != CS_OK)
        rc->n = 0;
}
