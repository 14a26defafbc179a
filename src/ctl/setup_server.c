/* setup_server.c - what a superuser of PostgreSQL does for setup, in a process that is the operating
 * system's user postgres when root runs it on the server itself. See setup.h. */
#include "as_user.h"
#include "setup.h"
#include "store_ctl_setup.h"

enum { OLDEST_SERVER = 150000, CHANGED = 4 };

/* What the child is told; it tells by its exit status and on standard output. */
struct job {
    struct setup *s;
    const char *role, *password; /* NULL: take it away */
};

static const char *superuser_url(struct setup *s)
{
    struct cs_db_parts parts = s->place;

    parts.user = "postgres";
    parts.dbname = "postgres";
    return s->superuser_url ? s->superuser_url : cs_db_url_make(&s->c->arena, &parts);
}

/* Over a socket the server asks the system who it is that comes; over the network it cannot. */
static int as_superuser(struct setup *s, int (*work)(void *arg), struct job *job)
{
    bool socket = !s->place.host[0] || s->place.host[0] == '/';

    job->s = s;
    return ctl_as_user(socket && !s->superuser_url ? "postgres" : NULL, work, job);
}

static enum cs_rc check_server(struct ctl *c, struct cs_err *err)
{
    struct store_setup_server server;
    enum cs_rc rc = store_setup_server(c->db, &c->arena, &server, err);

    if (rc == CS_OK && !server.superuser)
        return cs_fail_log(err, CS_E_FORBIDDEN,
                           "this role is no superuser; name one that is, with --superuser-url");
    if (rc == CS_OK && server.version < OLDEST_SERVER)
        return cs_fail_log(err, CS_E_CONFIG, "PostgreSQL 15 is needed, and this is %lld",
                           (long long)(server.version / 10000));
    return rc;
}

static enum cs_rc open_server(struct setup *s, struct cs_err *err)
{
    struct ctl *c = s->c;
    struct cs_db_conf conf = {
        .url = superuser_url(s),
        .program = "chatspherectl setup",
        .stmts = store_setup_stmts,
        .deadline_ms = 60000, /* a new database is copied and flushed */
        .owner = true,
    };

    if (!conf.url)
        return cs_fail(err, CS_E_NO_MEMORY);
    cs_db_free(c->db);
    c->db = cs_db_new(&conf);
    enum cs_rc rc = c->db ? cs_db_begin(c->db, CS_DB_READ, err) : cs_fail(err, CS_E_NO_MEMORY);
    return rc == CS_OK ? check_server(c, err) : rc;
}

static int no_server(const struct cs_err *err)
{
    int status = ctl_fail_err("setup: as PostgreSQL's superuser", err);

    fputs("Run it as root on the database's machine, where PostgreSQL has to be running, or name the\n"
          "server with --host, or a superuser with --superuser-url (his password in PGPASSWORD or\n"
          "~/.pgpass).\n", stderr);
    return status;
}

/* --- roles and database --------------------------------------------------------------------------- */

/* One that somebody else made is not taken from him. */
static enum cs_rc check_database(struct setup *s, struct cs_err *err)
{
    struct store_setup_database d;
    enum cs_rc rc = store_setup_database(s->c->db, &s->c->arena, s->database, &d, err);

    if (rc != CS_OK || !d.exists)
        return rc;
    if (!cs_str_is(d.owner, STORE_OWNER_ROLE))
        return cs_fail_log(err, CS_E_CONFLICT,
                           "the database \"%.63s\" is there and belongs to " CS_STR_FMT ": take another "
                           "name with --database, or ALTER DATABASE … OWNER TO " STORE_OWNER_ROLE,
                           s->database, CS_STR_ARG(d.owner));
    if (!cs_str_is(d.encoding, "UTF8"))
        return cs_fail_log(err, CS_E_CONFLICT,
                           "the database \"%.63s\" is there with the encoding " CS_STR_FMT
                           ", and UTF8 is needed: take another name with --database",
                           s->database, CS_STR_ARG(d.encoding));
    return CS_OK;
}

static void tell_step(struct setup *s, const struct store_setup_step *step)
{
    const char *what = step->what;

    if (what && strcmp(what, "database") == 0)
        what = cs_arena_printf(&s->c->arena, "database %s", s->database);
    if (what)
        setup_tell(s, "made", "make", what);
}

static enum cs_rc take_step(struct setup *s, const struct store_setup_step *step, struct cs_err *err)
{
    bool done = false;
    enum cs_rc rc = store_setup_done(s->c->db, &s->c->arena, step, s->database, &done, err);

    if (rc != CS_OK || done)
        return rc;
    if (!s->dry_run)
        rc = store_setup_do(s->c->db, step, err);
    if (rc == CS_OK)
        tell_step(s, step);
    return rc;
}

static int make(void *arg)
{
    struct setup *s = ((struct job *)arg)->s;
    struct cs_err err;

    if (open_server(s, &err) != CS_OK)
        return no_server(&err);
    enum cs_rc rc = check_database(s, &err);
    for (const struct store_setup_step *step = store_setup_steps; rc == CS_OK && step->script; step++)
        rc = take_step(s, step, &err);
    if (rc != CS_OK)
        return ctl_fail_err("setup: roles and database", &err);
    return s->changes ? CHANGED : CTL_OK;
}

int setup_server(struct setup *s)
{
    struct job job = {.role = NULL};
    int status = as_superuser(s, make, &job);

    s->changes += status == CHANGED;
    return status == CHANGED ? CTL_OK : status;
}

/* --- passwords ------------------------------------------------------------------------------------ */

static enum cs_rc store_password(struct setup *s, const struct job *job, struct cs_err *err)
{
    const char *verifier = NULL;
    enum cs_rc rc = CS_OK;

    if (job->password)
        rc = cs_db_verifier(s->c->db, &s->c->arena, job->role, job->password, &verifier, err);
    return rc == CS_OK ? store_setup_password(s->c->db, &s->c->arena, job->role, verifier, err) : rc;
}

static int change_password(void *arg)
{
    const struct job *job = arg;
    struct ctl *c = job->s->c;
    bool has = false;
    struct cs_err err;

    if (open_server(job->s, &err) != CS_OK)
        return no_server(&err);
    enum cs_rc rc = store_setup_has_password(c->db, &c->arena, job->role, &has, &err);
    if (rc == CS_OK && has && job->password)
        return SETUP_HAS_PASSWORD;
    if (rc == CS_OK)
        rc = store_password(job->s, job, &err);
    return rc == CS_OK ? CTL_OK : ctl_fail_err("setup: the password of a role", &err);
}

int setup_give_password(struct setup *s, const char *role, const char *password)
{
    struct job job = {.role = role, .password = password};

    return as_superuser(s, change_password, &job);
}

int setup_take_password(struct setup *s, const char *role)
{
    struct job job = {.role = role};

    return as_superuser(s, change_password, &job);
}
