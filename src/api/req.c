/* req.c - see req.h. */
#include "req.h"

#include "store_access.h"

#include "cs_bus.h"

/* A request's own memory: the body and what is bound from it, calls, rows' values. Answers are in
 * struct resp and rows in libpq. A post of 64 KiB needs about five times that. */
enum { ARENA_MAX = 2 * 1024 * 1024 };

void req_init(struct req *r, struct app *app, struct fcgi *fcgi)
{
    *r = (struct req){.app = app, .fcgi = fcgi};
    cs_arena_init(&r->arena, ARENA_MAX);
    cs_buf_init(&r->bell, CS_BUS_PAYLOAD_MAX);
    resp_init(&r->resp);
}

void req_release(struct req *r)
{
    cs_arena_release(&r->arena);
    cs_buf_release(&r->bell);
    resp_release(&r->resp);
}

void req_reset(struct req *r)
{
    struct req kept = *r;

    cs_arena_reset(&kept.arena);
    cs_buf_clear(&kept.bell);
    resp_reset(&kept.resp);
    *r = (struct req){
        .app = kept.app,
        .fcgi = kept.fcgi,
        .arena = kept.arena,
        .resp = kept.resp,
        .bell = kept.bell,
    };
}

enum cs_rc req_send(struct req *r, const struct cs_call *call, struct cs_err *err)
{
    return cs_db_send(r->app->db, call, err);
}

enum cs_rc req_recv(struct req *r, struct cs_rows *rows, struct cs_err *err)
{
    return cs_db_recv(r->app->db, &r->arena, rows, err);
}

void req_put_rows(struct req *r, const struct cs_rows *rows, int first, req_put_fn *put)
{
    struct cs_jw w = resp_json(&r->resp, 200);

    cs_jw_arr_begin(&w);
    for (int row = first; row < cs_rows_count(rows); row++)
        put(r, &w, rows, row);
    cs_jw_arr_end(&w);
}

enum cs_rc req_put_list(struct req *r, req_put_fn *put, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        req_put_rows(r, &rows, 0, put);
    return rc;
}

enum cs_rc req_commit(struct req *r, struct cs_err *err)
{
    bool already = r->committed;

    r->committed = true;
    return already ? CS_OK : cs_db_finish(r->app->db, err);
}

enum cs_rc req_run(struct req *r, enum cs_db_mode mode, const struct cs_call *call,
                   struct cs_rows *rows, struct cs_err *err)
{
    enum cs_rc rc = req_commit(r, err);

    return rc == CS_OK ? cs_db_run(r->app->db, mode, call, &r->arena, rows, err) : rc;
}

/* What does not fit is left out: a bell is a hint, and the gateways look for themselves. */
static void ring(struct req *r, enum cs_bus_kind kind, const struct cs_uuid *id)
{
    (void)cs_bus_add(&r->bell, &(struct cs_bus_entry){.kind = kind, .id = *id});
}

void req_ring_room(struct req *r, const struct cs_uuid *room)
{
    ring(r, CS_BUS_ROOM, room);
}

void req_ring_user(struct req *r, const struct cs_uuid *user)
{
    ring(r, CS_BUS_USER, user);
}

void req_ring_read(struct req *r, const struct cs_uuid *room, const struct cs_uuid *user,
                   uint64_t seq)
{
    struct cs_bus_read read = {.room = *room, .user = *user, .seq = seq};

    (void)cs_bus_add_read(&r->bell, &read);
}

void req_ring_revoked(struct req *r, const struct cs_uuid *credential)
{
    ring(r, CS_BUS_REVOKED, credential);
}

bool req_is_client(const struct req *r)
{
    return store_is_client(&r->who);
}

const struct cs_uuid *req_member(const struct req *r)
{
    static const struct cs_uuid nobody;

    return req_is_client(r) ? &nobody : &r->who.user_id;
}
