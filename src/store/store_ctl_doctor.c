/* store_ctl_doctor.c - the questions of chatspherectl doctor; see the header. Nothing here fails because
 * something is missing: then the answer is false. */
#include "store_ctl_doctor.h"

/* A setting in milliseconds or in another number. */
#define NUMBER(name) "(SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = '" name "')"

/* Tables are looked up in the catalogue: to_regclass is an error where the schema may not be used. */
static const struct cs_stmt session_stmt = {
    .name = "doctor_session",
    .nparams = 0,
    .ncols = 24,
    .sql =
        "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),\n"
        "       d.datctype, current_setting('fsync'), current_setting('full_page_writes'),\n"
        "       current_setting('synchronous_commit'), current_setting('autovacuum'),\n"
        "       " NUMBER("idle_session_timeout") ", pg_backend_pid(),\n"
        "       current_setting('statement_timeout'), current_setting('TimeZone'),\n"
        "       " NUMBER("max_connections") " - " NUMBER("superuser_reserved_connections") ",\n"
        "       (SELECT count(*) FROM pg_catalog.pg_stat_activity\n"
        "         WHERE backend_type = 'client backend'),\n"
        "       r.rolname, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolbypassrls,\n"
        "       r.rolreplication, r.rolconnlimit,\n"
        "       EXISTS (SELECT FROM pg_catalog.pg_roles AS g\n"
        "                WHERE g.rolname = 'chat_app' AND pg_has_role(r.oid, g.oid, 'USAGE')),\n"
        "       coalesce(pg_has_role(r.oid, n.nspowner, 'USAGE'), false),\n"
        "       coalesce((SELECT has_table_privilege(t.oid, 'INSERT')\n"
        "                     OR has_table_privilege(t.oid, 'UPDATE')\n"
        "                     OR has_table_privilege(t.oid, 'DELETE')\n"
        "                   FROM pg_catalog.pg_class AS t\n"
        "                  WHERE t.relnamespace = n.oid AND t.relname = 'messages'), false),\n"
        "       coalesce(has_schema_privilege(n.oid, 'USAGE')\n"
        "            AND (SELECT has_table_privilege(t.oid, 'SELECT')\n"
        "                   FROM pg_catalog.pg_class AS t\n"
        "                  WHERE t.relnamespace = n.oid AND t.relname = 'rooms')\n"
        "            AND (SELECT bool_or(has_function_privilege(p.oid, 'EXECUTE'))\n"
        "                   FROM pg_catalog.pg_proc AS p\n"
        "                  WHERE p.pronamespace = n.oid AND p.proname = 'guard'), false)\n"
        "  FROM pg_catalog.pg_roles AS r\n"
        "  JOIN pg_catalog.pg_database AS d ON d.datname = current_database()\n"
        "  LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = 'chat'\n"
        " WHERE r.rolname = current_user",
};

static const struct cs_stmt clock_stmt = {
    .name = "doctor_clock",
    .nparams = 0,
    .ncols = 1,
    .sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint",
};

static const struct cs_stmt owner_stmt = {
    .name = "doctor_owner",
    .nparams = 0,
    .ncols = 4,
    .sql = "SELECT r.rolname, r.rolsuper, coalesce(pg_has_role(r.oid, n.nspowner, 'USAGE'), true),\n"
           "       pg_backend_pid()\n"
           "  FROM pg_catalog.pg_roles AS r\n"
           "  LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = 'chat'\n"
           " WHERE r.rolname = current_user",
};

const struct cs_stmt *const store_doctor_stmts[] = {&session_stmt, &clock_stmt, &owner_stmt, NULL};

static enum cs_rc ask(struct cs_db *db, const struct cs_stmt *stmt, struct cs_arena *arena,
                      struct cs_rows *rows, struct cs_err *err)
{
    struct cs_call call;

    cs_call_init(&call, stmt, arena);
    enum cs_rc rc = cs_db_run(db, CS_DB_READ, &call, arena, rows, err);
    if (rc == CS_OK && cs_rows_count(rows) != 1)
        rc = cs_fail_log(err, CS_E_INTERNAL, "the server does not know its own role");
    return rc;
}

static struct store_doctor_session session_at(const struct cs_rows *r)
{
    return (struct store_doctor_session){
        .version = cs_rows_i64(r, 0, 0),
        .encoding = cs_rows_str(r, 0, 1),
        .ctype = cs_rows_str(r, 0, 2),
        .fsync = cs_rows_str(r, 0, 3),
        .full_page_writes = cs_rows_str(r, 0, 4),
        .synchronous_commit = cs_rows_str(r, 0, 5),
        .autovacuum = cs_rows_str(r, 0, 6),
        .idle_session_ms = cs_rows_i64(r, 0, 7),
        .backend_pid = cs_rows_i64(r, 0, 8),
        .statement_timeout = cs_rows_str(r, 0, 9),
        .time_zone = cs_rows_str(r, 0, 10),
        .connections_max = cs_rows_i64(r, 0, 11),
        .connections_used = cs_rows_i64(r, 0, 12),
        .role = cs_rows_str(r, 0, 13),
        .superuser = cs_rows_bool(r, 0, 14),
        .makes_roles = cs_rows_bool(r, 0, 15),
        .makes_databases = cs_rows_bool(r, 0, 16),
        .bypasses_rls = cs_rows_bool(r, 0, 17),
        .replicates = cs_rows_bool(r, 0, 18),
        .connections_of_role = cs_rows_i64(r, 0, 19),
        .in_chat_app = cs_rows_bool(r, 0, 20),
        .is_owner = cs_rows_bool(r, 0, 21),
        .can_write = cs_rows_bool(r, 0, 22),
        .can_use = cs_rows_bool(r, 0, 23),
    };
}

enum cs_rc store_doctor_session(struct cs_db *db, struct cs_arena *arena,
                                struct store_doctor_session *out, struct cs_err *err)
{
    struct cs_rows rows, clock;
    enum cs_rc rc = ask(db, &session_stmt, arena, &rows, err);

    if (rc == CS_OK)
        rc = ask(db, &clock_stmt, arena, &clock, err); /* alone: answered within a round trip */
    if (rc != CS_OK)
        return rc;
    *out = session_at(&rows);
    out->clock_ms = cs_rows_i64(&clock, 0, 0);
    return CS_OK;
}

enum cs_rc store_doctor_owner(struct cs_db *db, struct cs_arena *arena,
                              struct store_doctor_owner *out, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = ask(db, &owner_stmt, arena, &rows, err);

    if (rc != CS_OK)
        return rc;
    *out = (struct store_doctor_owner){
        .role = cs_rows_str(&rows, 0, 0),
        .superuser = cs_rows_bool(&rows, 0, 1),
        .owns = cs_rows_bool(&rows, 0, 2),
        .backend_pid = cs_rows_i64(&rows, 0, 3),
    };
    return CS_OK;
}
