/* doctor_db.c - doctor's checks of PostgreSQL: who gets in, the server's settings, the roles; and of the
 * schema. See doctor.h. */
#include "become.h"
#include "cs_clock.h"
#include "cs_db_url.h"
#include "doctor.h"
#include "migrate_plan.h"

#include <stdlib.h>

enum { OLDEST_SERVER = 150000, SKEW_MAX_MS = 1000 };

#define AS_POSTGRES "runuser -u postgres -- psql -c "

/* --- the two connections ------------------------------------------------------------------------ */

/* Without a password it is the system's user that the server knows; so he has to come. */
static const char *comes_as(struct doctor *d, const char *url, bool *near)
{
    struct cs_db_parts parts;
    struct cs_err err;

    if (cs_db_url_parse(&d->c->arena, url, &parts, &err) != CS_OK)
        return NULL;
    *near = cs_db_url_is_local(&parts);
    return *near && !parts.password[0] ? d->service_user : NULL;
}

/* Opens c->db with these statements. What the configuration allows about durability is not asked here:
 * the checks of the settings say more. */
static enum cs_rc connect_as(struct doctor *d, const char *url, const char *user, bool owner,
                             struct cs_err *err)
{
    struct cs_db_conf conf = {
        .url = url,
        .program = "chatspherectl doctor",
        .stmts = store_doctor_stmts,
        .deadline_ms = (int)d->cfg->cfg.db_deadline_ms,
        .allow_weak_durability = true,
        .owner = owner,
    };

    cs_db_free(d->c->db);
    d->c->db = cs_db_new(&conf);
    if (!d->c->db)
        return cs_fail(err, CS_E_NO_MEMORY);
    if (!ctl_become(user))
        return cs_fail_log(err, CS_E_CONFIG, "cannot become the user %s", user);
    enum cs_rc rc = cs_db_begin(d->c->db, CS_DB_READ, err);
    ctl_become_self();
    return rc;
}

#define SESSION_MODE "name PostgreSQL itself in DATABASE_URL, or set the pooler to: pool_mode = session"

/* Statements that somebody else prepared, or that are gone (SQLSTATE 42P05, 26000): only a pooler that
 * changes back ends between transactions brings that about. */
static enum doctor_state no_login(struct doctor *d, const struct cs_err *err)
{
    if (strstr(err->log, "42P05") || strstr(err->log, "26000")) {
        doctor_mend(d, SESSION_MODE);
        return doctor_fail(d, "a pooler in transaction or statement mode stands between the programs and "
                              "PostgreSQL (%s)", err->log);
    }
    return doctor_fail(d, CS_STR_FMT, CS_STR_ARG(cs_str_trim(cs_str_c(err->log))));
}

/* The answer was given between the two, nobody knows when. */
static int64_t skew(int64_t theirs, int64_t before, int64_t after)
{
    if (theirs < before)
        return theirs - before;
    return theirs > after ? theirs - after : 0;
}

static enum doctor_state app_login(struct doctor *d)
{
    const char *url = d->cfg->cfg.database_url, *user;
    struct cs_err err;

    if (!url[0])
        return doctor_fail(d, "DATABASE_URL is not set");
    user = comes_as(d, url, &d->app_is_near);
    enum cs_rc rc = connect_as(d, url, user, false, &err);
    d->app_backend = rc == CS_OK ? cs_db_backend(d->c->db) : 0;
    uint64_t before = cs_clock_wall_ms();
    if (rc == CS_OK)
        rc = store_doctor_session(d->c->db, &d->c->arena, &d->app, &err);
    if (rc != CS_OK)
        return no_login(d, &err);
    d->skew_ms = skew(d->app.clock_ms, (int64_t)before, (int64_t)cs_clock_wall_ms());
    doctor_find_data(d);
    d->have |= NEEDS_APP;
    return DOCTOR_OK;
}

static enum doctor_state owner_login(struct doctor *d)
{
    const char *url = d->cfg->cfg.database_owner_url;
    struct cs_err err;
    bool near;

    if (!url[0])
        return doctor_fail(d, "DATABASE_OWNER_URL is not set, or not readable by who runs this");
    const char *user = strcmp(url, d->cfg->cfg.database_url) == 0 ? comes_as(d, url, &near) : NULL;
    enum cs_rc rc = connect_as(d, url, user, true, &err);
    if (rc == CS_OK)
        rc = store_doctor_owner(d->c->db, &d->c->arena, &d->owner, &err);
    if (rc != CS_OK)
        return doctor_fail(d, CS_STR_FMT, CS_STR_ARG(cs_str_trim(cs_str_c(err.log))));
    d->have |= NEEDS_OWNER;
    return DOCTOR_OK;
}

/* --- the server --------------------------------------------------------------------------------- */

static enum doctor_state version(struct doctor *d)
{
    if (d->app.version >= OLDEST_SERVER)
        return DOCTOR_OK;
    return doctor_fail(d, "is %lld, and 15 is needed", (long long)(d->app.version / 10000));
}

/* A pooler hands out keys of its own for cancelling, so libpq and the server differ about who serves. In
 * transaction mode the settings of a session are not those that it began with. */
static enum doctor_state pooler(struct doctor *d)
{
    if (!cs_str_is(d->app.statement_timeout, "10s") || !cs_str_is(d->app.time_zone, "UTC"))
        return doctor_fail(d, "the settings that the programs ask for when they connect are not in force: "
                              "something between them and PostgreSQL drops them");
    if (d->app_backend == (int)d->app.backend_pid)
        return DOCTOR_OK;
    return doctor_warn(d, "a pooler stands between the programs and PostgreSQL. In transaction or "
                          "statement mode messages are lost on the way to the gateways, and prepared "
                          "statements are mixed up; only session mode is safe");
}

static enum doctor_state encoding(struct doctor *d)
{
    if (cs_str_is(d->app.encoding, "UTF8"))
        return DOCTOR_OK;
    return doctor_fail(d, "is " CS_STR_FMT ": not every message can be stored", CS_STR_ARG(d->app.encoding));
}

static enum doctor_state locale(struct doctor *d)
{
    if (!cs_str_is(d->app.ctype, "C") && !cs_str_is(d->app.ctype, "POSIX"))
        return DOCTOR_OK;
    return doctor_warn(d, "LC_CTYPE is " CS_STR_FMT ": search and names know capital letters of English alone",
                       CS_STR_ARG(d->app.ctype));
}

/* What is lost when the machine fails was acknowledged to somebody. */
static enum doctor_state must_be_on(struct doctor *d, struct cs_str value, const char *otherwise)
{
    if (cs_str_is(value, "on"))
        return DOCTOR_OK;
    (void)doctor_fail(d, "is " CS_STR_FMT ": %s", CS_STR_ARG(value), otherwise);
    return d->cfg->cfg.allow_weak_durability ? DOCTOR_WARN : DOCTOR_FAIL;
}

static enum doctor_state fsync_on(struct doctor *d)
{
    return must_be_on(d, d->app.fsync, "a power failure may destroy the whole database");
}

static enum doctor_state full_page_writes_on(struct doctor *d)
{
    return must_be_on(d, d->app.full_page_writes, "a power failure may destroy pages of the database");
}

static enum doctor_state synchronous_commit_on(struct doctor *d)
{
    if (cs_str_is(d->app.synchronous_commit, "remote_apply"))
        return DOCTOR_OK;
    doctor_mend(d, AS_POSTGRES "'ALTER ROLE " CS_STR_FMT " SET synchronous_commit = on'",
                CS_STR_ARG(d->app.role));
    return must_be_on(d, d->app.synchronous_commit, "acknowledged messages may be lost");
}

static enum doctor_state autovacuum_on(struct doctor *d)
{
    if (cs_str_is(d->app.autovacuum, "on"))
        return DOCTOR_OK;
    return doctor_warn(d, "is off: tables grow, and the server stops one day to save itself");
}

static enum doctor_state idle_timeout(struct doctor *d)
{
    if (d->app.idle_session_ms == 0)
        return DOCTOR_OK;
    doctor_mend(d, AS_POSTGRES "'ALTER ROLE " CS_STR_FMT " SET idle_session_timeout = 0'",
                CS_STR_ARG(d->app.role));
    return doctor_warn(d, "the server closes what is idle for %lld ms: workers and gateways connect anew "
                          "all the time", (long long)d->app.idle_session_ms);
}

/* --- the roles ---------------------------------------------------------------------------------- */

static enum doctor_state app_powers(struct doctor *d)
{
    const struct store_doctor_session *a = &d->app;
    const struct {
        bool has;
        const char *word;
    } powers[] = {
        {a->superuser, " SUPERUSER"}, {a->makes_roles, " CREATEROLE"}, {a->makes_databases, " CREATEDB"},
        {a->bypasses_rls, " BYPASSRLS"}, {a->replicates, " REPLICATION"},
    };
    struct cs_buf has, not;

    cs_buf_init(&has, 256);
    cs_buf_init(&not, 256);
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++) {
        if (powers[i].has) {
            cs_buf_cstr(&has, powers[i].word);
            cs_buf_printf(&not, " NO%s", powers[i].word + 1);
        }
    }
    enum doctor_state state = DOCTOR_OK;
    if (has.len) {
        state = doctor_fail(d, "the programs' role has%s", cs_buf_cview(&has));
        doctor_mend(d, AS_POSTGRES "'ALTER ROLE " CS_STR_FMT "%s'", CS_STR_ARG(a->role), cs_buf_cview(&not));
    }
    cs_buf_release(&has);
    cs_buf_release(&not);
    return state;
}

/* A superuser has all of these; that is said already. */
static enum doctor_state app_rights(struct doctor *d)
{
    const struct store_doctor_session *a = &d->app;

    if (a->superuser)
        return doctor_skip(d, "of a superuser nothing else can be said");
    if (a->is_owner)
        return doctor_fail(d, "the programs' role " CS_STR_FMT " owns the schema, or is a member of who does: "
                              "it can do anything with it", CS_STR_ARG(a->role));
    if (a->can_write)
        return doctor_fail(d, "the programs' role " CS_STR_FMT " may write messages past the functions",
                           CS_STR_ARG(a->role));
    if (!a->in_chat_app) {
        doctor_mend(d, AS_POSTGRES "'GRANT chat_app TO " CS_STR_FMT "'", CS_STR_ARG(a->role));
        return doctor_fail(d, "the programs' role " CS_STR_FMT " is no member of chat_app",
                           CS_STR_ARG(a->role));
    }
    if (!a->can_use)
        return doctor_fail(d, "the programs' role " CS_STR_FMT " may not use the schema", CS_STR_ARG(a->role));
    return DOCTOR_OK;
}

static enum doctor_state owner_rights(struct doctor *d)
{
    if (!d->owner.owns)
        return doctor_fail(d, CS_STR_FMT " does not own the schema: it cannot be migrated",
                           CS_STR_ARG(d->owner.role));
    if (d->owner.superuser)
        return doctor_warn(d, CS_STR_FMT " is a superuser; the owner of a database need not be one",
                           CS_STR_ARG(d->owner.role));
    return DOCTOR_OK;
}

/* --- how many connections ----------------------------------------------------------------------- */

static enum doctor_state connections(struct doctor *d)
{
    const struct store_doctor_session *a = &d->app;
    int64_t need = doctor_connections(d), most = a->connections_max;

    if (a->connections_of_role >= 0 && a->connections_of_role < most) {
        most = a->connections_of_role;
        doctor_mend(d, AS_POSTGRES "'ALTER ROLE " CS_STR_FMT " CONNECTION LIMIT -1'", CS_STR_ARG(a->role));
    }
    if (need > most)
        return doctor_fail(d, "the workers and gateways of this machine take %lld connections, and the server "
                              "gives %lld", (long long)need, (long long)most);
    if (a->connections_used * 10 > a->connections_max * 9)
        return doctor_warn(d, "%lld of %lld are in use", (long long)a->connections_used,
                           (long long)a->connections_max);
    return DOCTOR_OK;
}

static enum doctor_state clocks(struct doctor *d)
{
    if (llabs(d->skew_ms) <= SKEW_MAX_MS)
        return DOCTOR_OK;
    return doctor_fail(d, "the database's clock is %lld ms %s this machine's", (long long)llabs(d->skew_ms),
                       d->skew_ms > 0 ? "before" : "behind");
}

const struct doctor_check doctor_database_checks[] = {
    {"application's login", NEEDS_NOTHING, app_login, "chatspherectl setup"},
    {"owner's login", NEEDS_NOTHING, owner_login, "run this as root, or: chatspherectl setup"},
    {"server version", NEEDS_APP, version, "upgrade PostgreSQL (pg_upgradecluster)"},
    {"pooler", NEEDS_APP, pooler, "name PostgreSQL itself in DATABASE_URL, or: pool_mode = session"},
    {"encoding", NEEDS_APP, encoding,
     "chatspherectl setup makes a database that is right; then pg_dump the old one into it"},
    {"locale", NEEDS_APP, locale,
     "chatspherectl setup makes a database that is right; then pg_dump the old one into it"},
    {"fsync", NEEDS_APP, fsync_on,
     AS_POSTGRES "'ALTER SYSTEM SET fsync = on' -c 'SELECT pg_reload_conf()'"},
    {"full_page_writes", NEEDS_APP, full_page_writes_on,
     AS_POSTGRES "'ALTER SYSTEM SET full_page_writes = on' -c 'SELECT pg_reload_conf()'"},
    {"synchronous_commit", NEEDS_APP, synchronous_commit_on, ""},
    {"autovacuum", NEEDS_APP, autovacuum_on,
     AS_POSTGRES "'ALTER SYSTEM SET autovacuum = on' -c 'SELECT pg_reload_conf()'"},
    {"idle_session_timeout", NEEDS_APP, idle_timeout, ""},
    {"connections", NEEDS_APP, connections,
     AS_POSTGRES "'ALTER SYSTEM SET max_connections = 200' and restart PostgreSQL"},
    {"clocks", NEEDS_APP, clocks, "on both machines: timedatectl set-ntp true"},
    {"application's powers", NEEDS_APP, app_powers, ""},
    {"application's rights", NEEDS_APP, app_rights, "chatspherectl setup, then chatspherectl migrate"},
    {"owner's rights", NEEDS_OWNER, owner_rights,
     AS_POSTGRES "'ALTER ROLE chatsphere_owner NOSUPERUSER'; the schema's owner: \\dn chat"},
    {NULL, 0, NULL, NULL},
};

/* --- the schema --------------------------------------------------------------------------------- */

static enum doctor_state migrations(struct doctor *d)
{
    struct migrate_plan plan;
    struct cs_err err;
    bool ready = false;
    enum cs_rc rc = migrate_plan_open(d->c, false, &ready, &err);

    if (rc == CS_OK && !ready)
        return doctor_fail(d, "there is no schema yet");
    if (rc == CS_OK)
        rc = migrate_plan_read(d->c, ready, &plan, &err);
    if (rc == CS_OK)
        rc = migrate_plan_check(&plan, &err);
    if (rc != CS_OK) {
        doctor_mend(d, "install the version that the database was migrated with");
        return doctor_fail(d, "%s", err.log);
    }
    size_t pending = migrate_plan_pending(&plan);
    return pending ? doctor_fail(d, "%zu of them wait to be applied", pending) : DOCTOR_OK;
}

static enum doctor_state epoch(struct doctor *d)
{
    struct cs_str value = {NULL, 0};
    struct cs_err err;
    enum cs_rc rc = ctl_open(d->c, store_ctl_stmts, &err);

    if (rc == CS_OK)
        rc = store_ctl_epoch(d->c->db, &d->c->arena, &value, &err);
    if (rc != CS_OK)
        return doctor_fail(d, "%s", err.log);
    return value.len ? DOCTOR_OK : doctor_fail(d, "there is none: the database has not been seeded");
}

const struct doctor_check doctor_schema_checks[] = {
    {"migrations", NEEDS_OWNER, migrations, "chatspherectl migrate"},
    {"epoch", NEEDS_OWNER, epoch, "chatspherectl seed"},
    {NULL, 0, NULL, NULL},
};
