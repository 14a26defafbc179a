/* h_figures.c - live figures for administrators: what this machine's workers have counted, what the
 * gateways said with their last beat, who is there, the database's connections.
 *
 * Totals, as the programs keep them: whoever asks twice divides what has come to them by the time
 * between, which each machine tells by its own clock.
 */
#include "cs_clock.h"
#include "handlers.h"
#include "req.h"
#include "store_figures.h"

enum cs_rc figures_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_people_count_call(&call, &r->arena);
    enum cs_rc rc = req_send(r, &call, err);
    if (rc != CS_OK)
        return rc;
    store_gateways_call(&call, &r->arena);
    rc = req_send(r, &call, err);
    if (rc != CS_OK)
        return rc;
    store_connections_call(&call, &r->arena);
    return req_send(r, &call, err);
}

static void put_bounds(struct cs_jw *w)
{
    cs_jw_key(w, "timeBoundsUs");
    cs_jw_arr_begin(w);
    for (size_t i = 0; i < cs_times_buckets.n; i++)
        cs_jw_u64(w, cs_times_buckets.bounds[i]);
    cs_jw_arr_end(w);
}

static void put_people(struct cs_jw *w, const struct cs_rows *rows)
{
    struct store_people_count n = store_people_count_read(rows);

    cs_jw_kv_obj_begin(w, "people");
    cs_jw_kv_i64(w, "online", n.online);
    cs_jw_kv_i64(w, "away", n.away);
    cs_jw_kv_i64(w, "busy", n.busy);
    cs_jw_obj_end(w);
}

static void put_gateways(struct cs_jw *w, const struct cs_rows *rows)
{
    struct store_gateway g;

    cs_jw_key(w, "gateways");
    cs_jw_arr_begin(w);
    for (int i = 0; i < cs_rows_count(rows); i++) {
        store_gateway_read(rows, i, &g);
        cs_jw_obj_begin(w);
        cs_jw_kv_uuid(w, "id", &g.id);
        cs_jw_kv_pg_time(w, "beatAt", g.beat_at);
        cs_jw_kv_bool(w, "silent", g.silent);
        cs_jw_key(w, "figures");
        cs_jw_raw(w, g.figures);
        cs_jw_obj_end(w);
    }
    cs_jw_arr_end(w);
}

static void put_database(struct cs_jw *w, const struct cs_rows *rows)
{
    struct store_connections c = {.used = 0};

    cs_jw_kv_obj_begin(w, "database");
    cs_jw_key(w, "programs");
    cs_jw_arr_begin(w);
    for (int i = 0; i < cs_rows_count(rows); i++) {
        store_connections_read(rows, i, &c);
        cs_jw_obj_begin(w);
        cs_jw_kv_str(w, "name", c.program);
        cs_jw_kv_i64(w, "connections", c.count);
        cs_jw_kv_i64(w, "active", c.active);
        cs_jw_obj_end(w);
    }
    cs_jw_arr_end(w);
    cs_jw_kv_i64(w, "connections", c.used);
    cs_jw_kv_i64(w, "maxConnections", c.max);
    cs_jw_obj_end(w);
}

enum cs_rc figures_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows people, gateways, connections;
    enum cs_rc rc = req_recv(r, &people, err);

    if (rc == CS_OK)
        rc = req_recv(r, &gateways, err);
    if (rc == CS_OK)
        rc = req_recv(r, &connections, err);
    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 200);
    cs_jw_obj_begin(&w);
    cs_jw_key(&w, "at");
    cs_jw_time(&w, cs_clock_wall_ms());
    put_bounds(&w);
    put_people(&w, &people);
    cs_jw_key(&w, "workers");
    metrics_figures(r->app, &w);
    put_gateways(&w, &gateways);
    put_database(&w, &connections);
    cs_jw_obj_end(&w);
    return CS_OK;
}
