/* store_ctl_setup.c - the superuser's steps; see the header.
 *
 * What a script needs to know is put into session settings first, by a statement with parameters
 * (store_ctl_migrate.c says why). CREATE DATABASE takes its name from nowhere but its own text and runs
 * in no function; so the database is made under a fixed name and then renamed, and what bears the final
 * name is whole.
 */
#include "store_ctl_setup.h"

#define UNFINISHED "chatsphere_unfinished"

static const struct cs_stmt server_stmt = {
    .name = "setup_server",
    .nparams = 0,
    .ncols = 2,
    .sql = "SELECT rolsuper, current_setting('server_version_num')::int\n"
           "  FROM pg_catalog.pg_roles WHERE rolname = current_user",
};

static const struct cs_stmt note_stmt = {
    .name = "setup_note",
    .nparams = 3,
    .ncols = 3,
    .sql = "SELECT set_config('chatsphere.database', coalesce($1, ''), false),\n"
           "       set_config('chatsphere.role', coalesce($2, ''), false),\n"
           "       set_config('chatsphere.verifier', coalesce($3, ''), false)",
};

#define HAS_ROLE(role) "EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '" role "')"

static const struct cs_stmt owner_stmt = {
    .name = "setup_owner",
    .nparams = 0,
    .ncols = 1,
    .sql = "SELECT " HAS_ROLE(STORE_OWNER_ROLE),
};

static const struct cs_stmt app_stmt = {
    .name = "setup_app",
    .nparams = 0,
    .ncols = 1,
    .sql = "SELECT " HAS_ROLE(STORE_APP_ROLE),
};

static const struct cs_stmt groups_stmt = {
    .name = "setup_groups",
    .nparams = 0,
    .ncols = 1,
    .sql = "SELECT " HAS_ROLE("chat_app") " AND " HAS_ROLE("chat_publisher") " AND " HAS_ROLE(
        "chat_backup"),
};

static const struct cs_stmt member_stmt = {
    .name = "setup_member",
    .nparams = 0,
    .ncols = 1,
    .sql = "SELECT EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m\n"
           "                 JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid\n"
           "                 JOIN pg_catalog.pg_roles AS r ON r.oid = m.member\n"
           "                WHERE g.rolname = 'chat_app' AND r.rolname = '" STORE_APP_ROLE "')",
};

#define HAS_DATABASE(name) "EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = " name ")"

static const struct cs_stmt made_stmt = {
    .name = "setup_made",
    .nparams = 1,
    .ncols = 1,
    .sql = "SELECT " HAS_DATABASE("$1") " OR " HAS_DATABASE("'" UNFINISHED "'"),
};

static const struct cs_stmt named_stmt = {
    .name = "setup_named",
    .nparams = 1,
    .ncols = 1,
    .sql = "SELECT " HAS_DATABASE("$1"),
};

static const struct cs_stmt database_stmt = {
    .name = "setup_database",
    .nparams = 1,
    .ncols = 2,
    .sql = "SELECT r.rolname, pg_catalog.pg_encoding_to_char(d.encoding)\n"
           "  FROM pg_catalog.pg_database AS d JOIN pg_catalog.pg_roles AS r ON r.oid = d.datdba\n"
           " WHERE d.datname = $1",
};

static const struct cs_stmt has_password_stmt = {
    .name = "setup_has_password",
    .nparams = 1,
    .ncols = 1,
    .sql = "SELECT rolpassword IS NOT NULL FROM pg_catalog.pg_authid WHERE rolname = $1",
};

static const struct cs_stmt admin_stmt = {
    .name = "setup_admin",
    .nparams = 0,
    .ncols = 1,
    .sql = "SELECT username FROM chat.users\n"
           " WHERE role = 'ADMIN' AND is_active AND deleted_at IS NULL AND password_hash IS NOT NULL\n"
           " ORDER BY created_at LIMIT 1",
};

const struct cs_stmt *const store_setup_stmts[] = {
    &server_stmt, &note_stmt,  &owner_stmt,    &app_stmt,          &groups_stmt, &member_stmt,
    &made_stmt,   &named_stmt, &database_stmt, &has_password_stmt, NULL,
};
const struct cs_stmt *const store_setup_admin_stmts[] = {&admin_stmt, NULL};

static const char groups_script[] =
    "DO $$\n"
    "DECLARE\n"
    "    v_role text;\n"
    "BEGIN\n"
    "    FOREACH v_role IN ARRAY ARRAY['chat_app', 'chat_publisher', 'chat_backup'] LOOP\n"
    "        IF to_regrole(v_role) IS NULL THEN\n"
    "            EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);\n"
    "        END IF;\n"
    "    END LOOP;\n"
    "END\n"
    "$$";

static const char rename_script[] =
    "DO $$BEGIN\n"
    "    EXECUTE format('ALTER DATABASE " UNFINISHED " RENAME TO %I',\n"
    "                   current_setting('chatsphere.database'));\n"
    "END$$";

const struct store_setup_step store_setup_steps[] = {
    {"role " STORE_OWNER_ROLE ", which owns the database", &owner_stmt,
     "CREATE ROLE " STORE_OWNER_ROLE " LOGIN"},
    {"role " STORE_APP_ROLE ", which the programs use", &app_stmt,
     "CREATE ROLE " STORE_APP_ROLE " LOGIN"},
    {"roles chat_app, chat_publisher, chat_backup, which hold the rights", &groups_stmt,
     groups_script},
    {"member " STORE_APP_ROLE " of chat_app", &member_stmt, "GRANT chat_app TO " STORE_APP_ROLE},
    {NULL, &made_stmt,
     "CREATE DATABASE " UNFINISHED " OWNER " STORE_OWNER_ROLE
     " TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"},
    {"database", &named_stmt, rename_script},
    {NULL, NULL, NULL},
};

/* The verifier stands in no text that the server logs: a parameter, and a setting of the session. */
static const char password_script[] =
    "DO $$BEGIN\n"
    "    EXECUTE format('ALTER ROLE %I PASSWORD %L', current_setting('chatsphere.role'),\n"
    "                   nullif(current_setting('chatsphere.verifier'), ''));\n"
    "END$$";

/* --- asking ------------------------------------------------------------------------------------- */

/* The first row of a question of at most one name. */
static enum cs_rc ask(struct cs_db *db, const struct cs_stmt *stmt, struct cs_arena *arena,
                      const char *name, struct cs_rows *rows, struct cs_err *err)
{
    struct cs_call call;

    cs_call_init(&call, stmt, arena);
    if (stmt->nparams)
        cs_call_text(&call, cs_str_c(name));
    return cs_db_run(db, CS_DB_READ, &call, arena, rows, err);
}

static enum cs_rc note(struct cs_db *db, struct cs_arena *arena, const char *database,
                       const char *role, const char *verifier, struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, &note_stmt, arena);
    cs_call_cstr(&call, database);
    cs_call_cstr(&call, role);
    cs_call_cstr(&call, verifier);
    return cs_db_run(db, CS_DB_READ, &call, arena, &rows, err);
}

enum cs_rc store_setup_server(struct cs_db *db, struct cs_arena *arena,
                              struct store_setup_server *out, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = ask(db, &server_stmt, arena, NULL, &rows, err);

    if (rc != CS_OK)
        return rc;
    out->superuser = cs_rows_bool(&rows, 0, 0);
    out->version = cs_rows_i64(&rows, 0, 1);
    return CS_OK;
}

enum cs_rc store_setup_done(struct cs_db *db, struct cs_arena *arena,
                            const struct store_setup_step *step, const char *database, bool *done,
                            struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = note(db, arena, database, NULL, NULL, err);

    if (rc == CS_OK)
        rc = ask(db, step->done, arena, database, &rows, err);
    if (rc == CS_OK)
        *done = cs_rows_bool(&rows, 0, 0);
    return rc;
}

enum cs_rc store_setup_database(struct cs_db *db, struct cs_arena *arena, const char *name,
                                struct store_setup_database *out, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = ask(db, &database_stmt, arena, name, &rows, err);

    *out = (struct store_setup_database){.exists = rc == CS_OK && cs_rows_count(&rows) == 1};
    if (out->exists) {
        out->owner = cs_rows_str(&rows, 0, 0);
        out->encoding = cs_rows_str(&rows, 0, 1);
    }
    return rc;
}

enum cs_rc store_setup_has_password(struct cs_db *db, struct cs_arena *arena, const char *role,
                                    bool *out, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = ask(db, &has_password_stmt, arena, role, &rows, err);

    *out = rc == CS_OK && cs_rows_count(&rows) == 1 && cs_rows_bool(&rows, 0, 0);
    return rc;
}

enum cs_rc store_setup_admin(struct cs_db *db, struct cs_arena *arena, struct cs_str *name,
                             struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = ask(db, &admin_stmt, arena, NULL, &rows, err);

    *name = (struct cs_str){NULL, 0};
    if (rc == CS_OK && cs_rows_count(&rows) == 1)
        *name = cs_rows_str(&rows, 0, 0);
    return rc;
}

/* --- doing -------------------------------------------------------------------------------------- */

enum cs_rc store_setup_do(struct cs_db *db, const struct store_setup_step *step, struct cs_err *err)
{
    return cs_db_script(db, step->script, err);
}

enum cs_rc store_setup_password(struct cs_db *db, struct cs_arena *arena, const char *role,
                                const char *verifier, struct cs_err *err)
{
    enum cs_rc rc = note(db, arena, NULL, role, verifier, err);

    return rc == CS_OK ? cs_db_script(db, password_script, err) : rc;
}
