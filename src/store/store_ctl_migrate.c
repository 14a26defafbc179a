/* store_ctl_migrate.c - the SQL of the schema's bookkeeping; see the header.
 *
 * A file of SQL goes by the simple protocol, which takes no parameters, and what is to be recorded
 * must be written in the same transaction. So the values are put into session settings first, by a
 * statement with parameters, and the recording script reads them from there: no SQL text is ever
 * built from a value.
 */
#include "store_ctl_migrate.h"

#include "cs_jsonw.h"

/* "chat_sch" as a number: any fixed one will do, as long as nobody else uses it. */
#define LOCK_KEY "7163384744692147048"

/* Refuses to record when the file has ended the transaction: its parts were committed singly then,
 * and settings that were local to it are gone. */
#define STILL_OPEN                                                                                 \
    "DO $$BEGIN\n"                                                                                 \
    "    IF current_setting('chatsphere.transaction', true) IS DISTINCT FROM 'open' THEN\n"        \
    "        RAISE EXCEPTION 'the file ends its own transaction: no COMMIT in it, please';\n"      \
    "    END IF;\n"                                                                                \
    "END$$;\n"

static const struct cs_stmt ready_stmt = {
    .name = "schema_ready",
    .nparams = 0,
    .ncols = 1,
    .sql = "SELECT to_regclass('chat.schema_migrations') IS NOT NULL\n"
           "   AND to_regclass('chat.schema_functions') IS NOT NULL",
};

static const struct cs_stmt try_lock_stmt = {
    .name = "schema_try_lock",
    .nparams = 0,
    .ncols = 1,
    .sql = "SELECT pg_try_advisory_lock(" LOCK_KEY ")",
};

static const struct cs_stmt migrations_stmt = {
    .name = "schema_migrations",
    .nparams = 0,
    .ncols = 6,
    .sql = "SELECT version, name, checksum, applied_at, applied_by, duration_ms\n"
           "  FROM chat.schema_migrations ORDER BY version",
};

static const struct cs_stmt functions_stmt = {
    .name = "schema_functions",
    .nparams = 0,
    .ncols = 2,
    .sql = "SELECT name, checksum FROM chat.schema_functions ORDER BY name COLLATE \"C\"",
};

static const struct cs_stmt note_migration_stmt = {
    .name = "schema_note_migration",
    .nparams = 4,
    .ncols = 4,
    .sql = "SELECT set_config('chatsphere.version', $1, false),\n"
           "       set_config('chatsphere.name', $2, false),\n"
           "       set_config('chatsphere.checksum', $3, false),\n"
           "       set_config('chatsphere.applied_by', $4, false)",
};

static const struct cs_stmt note_functions_stmt = {
    .name = "schema_note_functions",
    .nparams = 1,
    .ncols = 1,
    .sql = "SELECT set_config('chatsphere.functions', $1, false)",
};

static const struct cs_stmt note_language_stmt = {
    .name = "schema_note_language",
    .nparams = 1,
    .ncols = 1,
    .sql = "SELECT set_config('chatsphere.search_language', $1, false)",
};

const struct cs_stmt *const store_migrate_probe_stmts[] = {&ready_stmt, NULL};
const struct cs_stmt *const store_migrate_stmts[] = {
    &try_lock_stmt,       &migrations_stmt,     &functions_stmt,
    &note_migration_stmt, &note_functions_stmt, &note_language_stmt, NULL,
};

/* CREATE SCHEMA IF NOT EXISTS would ask for the right to create one even where it exists. */
static const char create_script[] =
    "SELECT pg_advisory_xact_lock(" LOCK_KEY ");\n"
    "DO $$BEGIN\n"
    "    IF to_regnamespace('chat') IS NULL THEN CREATE SCHEMA chat; END IF;\n"
    "END$$;\n"
    "CREATE TABLE IF NOT EXISTS chat.schema_migrations (\n"
    "    version     int         PRIMARY KEY,\n"
    "    name        text        NOT NULL,\n"
    "    checksum    text        NOT NULL,\n"
    "    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),\n"
    "    duration_ms int         NOT NULL,\n"
    "    applied_by  text        NOT NULL\n"
    ");\n"
    "CREATE TABLE IF NOT EXISTS chat.schema_functions (\n"
    "    name       text        PRIMARY KEY,\n"
    "    checksum   text        NOT NULL,\n"
    "    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()\n"
    ");\n";

static const char lock_script[] = "SET lock_timeout = 0;\n"
                                  "SELECT pg_advisory_lock(" LOCK_KEY ");\n"
                                  "SET lock_timeout = '60s';\n";

/* What a migration has to say is for the operator (a role that could not be made); what a function
 * file replaces is not. */
static const char begin_migration_script[] = "BEGIN;\n"
                                             "SET LOCAL chatsphere.transaction = 'open';\n"
                                             "SET LOCAL client_min_messages = notice;\n";
static const char begin_functions_script[] = "BEGIN;\n"
                                             "SET LOCAL chatsphere.transaction = 'open';\n";

static const char record_migration_script[] = STILL_OPEN
    "INSERT INTO chat.schema_migrations (version, name, checksum, duration_ms, applied_by)\n"
    "SELECT current_setting('chatsphere.version')::int, current_setting('chatsphere.name'),\n"
    "       current_setting('chatsphere.checksum'),\n"
    "       extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000,\n"
    "       session_user || '@' || current_setting('chatsphere.applied_by');\n";

static const char record_functions_script[] =
    STILL_OPEN "DELETE FROM chat.schema_functions;\n"
               "INSERT INTO chat.schema_functions (name, checksum)\n"
               "SELECT f.name, f.checksum\n"
               "  FROM json_to_recordset(current_setting('chatsphere.functions')::json)\n"
               "       AS f(name text, checksum text);\n";

/* A schema directory without search has no such function. */
static const char language_script[] =
    "DO $$BEGIN\n"
    "    IF to_regprocedure('chat.set_search_language(text)') IS NOT NULL THEN\n"
    "        PERFORM chat.set_search_language(current_setting('chatsphere.search_language'));\n"
    "    END IF;\n"
    "END$$;\n";

/* --- reading ---------------------------------------------------------------------------------- */

static enum cs_rc ask(struct cs_db *db, const struct cs_stmt *stmt, struct cs_arena *arena,
                      struct cs_rows *rows, struct cs_err *err)
{
    struct cs_call call;

    cs_call_init(&call, stmt, arena);
    return cs_db_run(db, CS_DB_READ, &call, arena, rows, err);
}

static enum cs_rc ask_bool(struct cs_db *db, const struct cs_stmt *stmt, struct cs_arena *arena,
                           bool *out, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = ask(db, stmt, arena, &rows, err);

    if (rc == CS_OK)
        *out = cs_rows_bool(&rows, 0, 0);
    return rc;
}

enum cs_rc store_migrate_ready(struct cs_db *db, struct cs_arena *arena, bool *ready,
                               struct cs_err *err)
{
    return ask_bool(db, &ready_stmt, arena, ready, err);
}

enum cs_rc store_migrate_try_lock(struct cs_db *db, struct cs_arena *arena, bool *got,
                                  struct cs_err *err)
{
    return ask_bool(db, &try_lock_stmt, arena, got, err);
}

static struct store_migration migration_at(const struct cs_rows *r, int row)
{
    return (struct store_migration){
        .version = cs_rows_i64(r, row, 0),
        .name = cs_rows_str(r, row, 1),
        .checksum = cs_rows_str(r, row, 2),
        .applied_at = cs_rows_str(r, row, 3),
        .applied_by = cs_rows_str(r, row, 4),
        .duration_ms = cs_rows_i64(r, row, 5),
    };
}

enum cs_rc store_migrations_read(struct cs_db *db, struct cs_arena *arena,
                                 struct store_migrations *out, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = ask(db, &migrations_stmt, arena, &rows, err);

    if (rc != CS_OK)
        return rc;
    out->n = (size_t)cs_rows_count(&rows);
    out->v = cs_arena_array(arena, out->n, sizeof *out->v);
    if (!out->v)
        return cs_fail(err, CS_E_NO_MEMORY);
    for (size_t i = 0; i < out->n; i++)
        out->v[i] = migration_at(&rows, (int)i);
    return CS_OK;
}

enum cs_rc store_functions_read(struct cs_db *db, struct cs_arena *arena,
                                struct store_functions *out, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = ask(db, &functions_stmt, arena, &rows, err);

    if (rc != CS_OK)
        return rc;
    out->n = (size_t)cs_rows_count(&rows);
    out->v = cs_arena_array(arena, out->n, sizeof *out->v);
    if (!out->v)
        return cs_fail(err, CS_E_NO_MEMORY);
    for (size_t i = 0; i < out->n; i++) {
        out->v[i].name = cs_rows_str(&rows, (int)i, 0);
        out->v[i].checksum = cs_rows_str(&rows, (int)i, 1);
    }
    return CS_OK;
}

/* --- changing --------------------------------------------------------------------------------- */

enum cs_rc store_migrate_create(struct cs_db *db, struct cs_err *err)
{
    return cs_db_script(db, create_script, err);
}

enum cs_rc store_migrate_lock(struct cs_db *db, struct cs_err *err)
{
    return cs_db_script(db, lock_script, err);
}

static enum cs_rc record_and_commit(struct cs_db *db, const char *script, struct cs_err *err)
{
    enum cs_rc rc = cs_db_script(db, script, err);

    return rc == CS_OK ? cs_db_script(db, "COMMIT", err) : rc;
}

enum cs_rc store_migration_begin(struct cs_db *db, struct cs_arena *arena,
                                 const struct store_migration *m, struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, &note_migration_stmt, arena);
    cs_call_i64(&call, m->version);
    cs_call_text(&call, m->name);
    cs_call_text(&call, m->checksum);
    cs_call_text(&call, m->applied_by);
    enum cs_rc rc = cs_db_run(db, CS_DB_READ, &call, arena, &rows, err);
    return rc == CS_OK ? cs_db_script(db, begin_migration_script, err) : rc;
}

enum cs_rc store_migration_commit(struct cs_db *db, struct cs_err *err)
{
    return record_and_commit(db, record_migration_script, err);
}

static void put_functions(struct cs_buf *b, const struct store_functions *f)
{
    struct cs_jw w = cs_jw_on(b);

    cs_jw_arr_begin(&w);
    for (size_t i = 0; i < f->n; i++) {
        cs_jw_obj_begin(&w);
        cs_jw_kv_str(&w, "name", f->v[i].name);
        cs_jw_kv_str(&w, "checksum", f->v[i].checksum);
        cs_jw_obj_end(&w);
    }
    cs_jw_arr_end(&w);
}

enum cs_rc store_functions_begin(struct cs_db *db, struct cs_arena *arena,
                                 const struct store_functions *f, struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;
    struct cs_buf json;

    cs_buf_init(&json, 256 * 1024);
    put_functions(&json, f);
    cs_call_init(&call, &note_functions_stmt, arena);
    cs_call_text(&call, cs_buf_view(&json));
    call.failed |= json.failed;
    cs_buf_release(&json);
    enum cs_rc rc = cs_db_run(db, CS_DB_READ, &call, arena, &rows, err);
    return rc == CS_OK ? cs_db_script(db, begin_functions_script, err) : rc;
}

enum cs_rc store_functions_commit(struct cs_db *db, struct cs_err *err)
{
    return record_and_commit(db, record_functions_script, err);
}

enum cs_rc store_migrate_language(struct cs_db *db, struct cs_arena *arena, struct cs_str name,
                                  struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, &note_language_stmt, arena);
    cs_call_text(&call, name);
    enum cs_rc rc = cs_db_run(db, CS_DB_READ, &call, arena, &rows, err);
    return rc == CS_OK ? cs_db_script(db, language_script, err) : rc;
}

void store_migrate_rollback(struct cs_db *db)
{
    struct cs_err ignored;

    if (cs_db_script(db, "ROLLBACK", &ignored) != CS_OK)
        cs_db_drain(db); /* the connection is gone, and the transaction with it */
}
