/* store_figures.c - see store_figures.h. */
#include "store_figures.h"

#include "store_presence.h"

/* Silent for too long, by a clock that may have been set back (functions/presence.sql). */
#define SILENT(seconds) "abs(extract(epoch FROM clock_timestamp() - g.beat_at)) > " seconds

const struct cs_stmt store_people_count_stmt = {
    .name = "people_count",
    .nparams = 1,
    .ncols = 3,
    .sql = "SELECT count(*) FILTER (WHERE w.status = 2), count(*) FILTER (WHERE w.status = 1),\n"
           "       count(*) FILTER (WHERE w.status = 3)\n"
           "  FROM (SELECT max(p.status) AS status\n"
           "          FROM chat.gateways AS g\n"
           "          JOIN chat.presence AS p ON p.gateway_id = g.id\n"
           "         WHERE NOT " SILENT("$1::int") "\n"
           "         GROUP BY p.user_id) AS w",
};

const struct cs_stmt store_gateways_stmt = {
    .name = "gateways",
    .nparams = 1,
    .ncols = 4,
    .sql = "SELECT g.id, " SILENT("$1::int") ", g.beat_at, g.figures::text\n"
           "  FROM chat.gateways AS g ORDER BY g.id",
};

/* Of other roles' sessions nothing is told but that they are there. */
const struct cs_stmt store_connections_stmt = {
    .name = "connections",
    .nparams = 0,
    .ncols = 5,
    .sql = "SELECT a.application_name, count(*), count(*) FILTER (WHERE a.state <> 'idle'),\n"
           "       (SELECT d.numbackends FROM pg_catalog.pg_stat_database AS d\n"
           "         WHERE d.datname = current_database()),\n"
           "       current_setting('max_connections')::int\n"
           "  FROM pg_catalog.pg_stat_activity AS a\n"
           " WHERE a.usename = current_user AND a.datname = current_database()\n"
           " GROUP BY a.application_name ORDER BY a.application_name",
};

void store_people_count_call(struct cs_call *call, struct cs_arena *arena)
{
    cs_call_init(call, &store_people_count_stmt, arena);
    cs_call_i64(call, STORE_BEAT_DEAD_S);
}

struct store_people_count store_people_count_read(const struct cs_rows *rows)
{
    return (struct store_people_count){
        .online = cs_rows_i64(rows, 0, 0),
        .away = cs_rows_i64(rows, 0, 1),
        .busy = cs_rows_i64(rows, 0, 2),
    };
}

void store_gateways_call(struct cs_call *call, struct cs_arena *arena)
{
    cs_call_init(call, &store_gateways_stmt, arena);
    cs_call_i64(call, STORE_BEAT_DEAD_S);
}

void store_gateway_read(const struct cs_rows *rows, int row, struct store_gateway *out)
{
    *out = (struct store_gateway){
        .id = cs_rows_uuid(rows, row, 0),
        .silent = cs_rows_bool(rows, row, 1),
        .beat_at = cs_rows_str(rows, row, 2),
        .figures = cs_rows_str(rows, row, 3),
    };
}

void store_connections_call(struct cs_call *call, struct cs_arena *arena)
{
    cs_call_init(call, &store_connections_stmt, arena);
}

void store_connections_read(const struct cs_rows *rows, int row, struct store_connections *out)
{
    *out = (struct store_connections){
        .program = cs_rows_str(rows, row, 0),
        .count = cs_rows_i64(rows, row, 1),
        .active = cs_rows_i64(rows, row, 2),
        .used = cs_rows_i64(rows, row, 3),
        .max = cs_rows_i64(rows, row, 4),
    };
}
