/* indexing.c - see indexing.h. */
#include "indexing.h"

#include "cs_clock.h"
#include "cs_log.h"
#include "store_search.h"

enum { SPACING_MS = 500 };

void indexing_after(struct req *r)
{
    struct app *app = r->app;
    uint64_t now = cs_clock_mono_ms();
    struct cs_call call;
    struct cs_rows rows;
    struct cs_err err;

    if (now < app->index_at_ms || !r->route || !route_is_guarded(r->route) ||
        r->resp.status >= 500)
        return;
    app->index_at_ms = now + SPACING_MS;
    store_index_call(&call, &r->arena, 1);
    if (cs_db_run(app->db, CS_DB_WRITE, &call, &r->arena, &rows, &err) != CS_OK)
        cs_log_err("indexing", &err);
    else if (store_index_read(&rows) > 0)
        app->index_at_ms = 0;
}
