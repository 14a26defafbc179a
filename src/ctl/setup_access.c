/* setup_access.c - how the two roles get into the database, for setup. See setup.h.
 *
 * An address that is configured is tried, and kept. Else the ways in are tried in order, best first,
 * each as the user who will go it: through the socket as the system's user of the same name (nothing to
 * keep secret), then with a password. What worked is written down.
 */
#include "as_user.h"
#include "cs_hash.h"
#include "setup.h"
#include "store_ctl_setup.h"

enum { PASSWORD_LEN = 32 };

struct access {
    const char *role, *key;
    bool owners;
    const char *os_user;    /* who comes with it; NULL: who runs setup */
    const char *configured; /* the address, or "" */
    char password[PASSWORD_LEN + 1]; /* "" until it has been given one */
};

/* --- trying --------------------------------------------------------------------------------------- */

struct trial {
    const char *url, *complain; /* NULL: in silence */
};

static int try_it(void *arg)
{
    const struct trial *t = arg;
    struct cs_db_conf conf = {
        .url = t->url, .program = "chatspherectl setup", .deadline_ms = 10000, .owner = true};
    struct cs_db *db = cs_db_new(&conf);
    struct cs_err err;
    enum cs_rc rc = db ? cs_db_begin(db, CS_DB_READ, &err) : cs_fail(&err, CS_E_NO_MEMORY);

    cs_db_free(db);
    if (rc != CS_OK && t->complain)
        (void)ctl_fail_err(t->complain, &err);
    return rc == CS_OK ? CTL_OK : CTL_FAILED;
}

static bool gets_in(const struct access *a, const char *url, const char *complain)
{
    struct trial t = {url, complain};

    return ctl_as_user(a->os_user, try_it, &t) == CTL_OK;
}

/* --- an address that is configured ---------------------------------------------------------------- */

/* A role that setup has just made has no password yet: then it gets the one of the address, as after a
 * run that was interrupted, or for a new server. */
static int keep(struct setup *s, const struct access *a)
{
    struct cs_db_parts parts;
    struct cs_err err;

    if (gets_in(a, a->configured, NULL))
        return CTL_OK;
    if (s->dry_run) {
        printf("%s does not lead into the database yet\n", a->key);
        return CTL_OK;
    }
    if (cs_db_url_parse(&s->c->arena, a->configured, &parts, &err) == CS_OK &&
        parts.password[0] && strcmp(parts.user, a->role) == 0 &&
        setup_give_password(s, a->role, parts.password) == CTL_OK)
        setup_tell(s, "gave", "give",
                   cs_arena_printf(&s->c->arena, "role %s the password of %s", a->role, a->key));
    if (gets_in(a, a->configured, a->key))
        return CTL_OK;
    return ctl_fail("setup: %s is configured and does not lead into the database: put it right, or "
                    "take the line away and run setup again", a->key);
}

/* --- a new one ------------------------------------------------------------------------------------ */

struct way {
    bool local, password;
    const char *host; /* NULL: the one that is asked for */
};

static const struct way ways[] = {
    {.local = true},
    {.local = true, .password = true},
    {.local = true, .password = true, .host = "localhost"},
    {.local = false, .password = true},
};

static int unknown_password(const struct setup *s, const struct access *a)
{
    return ctl_fail("setup: the role %s has a password, which %s does not have. Copy the files of that "
                    "directory from the host where setup ran first; or, when there is none, take the "
                    "password away (ALTER ROLE %s PASSWORD NULL) and run setup again",
                    a->role, s->config_dir, a->role);
}

static int give_password(struct setup *s, struct access *a)
{
    char password[PASSWORD_LEN + 1];

    setup_random(password, PASSWORD_LEN);
    int status = setup_give_password(s, a->role, password);
    if (status == SETUP_HAS_PASSWORD)
        status = unknown_password(s, a);
    if (status == CTL_OK)
        memcpy(a->password, password, sizeof password);
    cs_hash_wipe(password, sizeof password);
    return status;
}

static const char *address(struct setup *s, const struct access *a, const struct way *w)
{
    struct cs_db_parts parts = s->place;

    parts.host = w->host ? w->host : parts.host;
    parts.user = a->role;
    parts.password = a->password;
    parts.dbname = s->database;
    return cs_db_url_make(&s->c->arena, &parts);
}

/* Nobody is let in by what was tried: the role is left as it was, so that setup can be run again. */
static int no_way(struct setup *s, const struct access *a, const char *last)
{
    (void)gets_in(a, last, a->key);
    if (a->password[0])
        (void)setup_take_password(s, a->role);
    return ctl_fail("setup: the server does not let the role %s in. Its pg_hba.conf needs a line such as\n"
                    "    host  %s  %s  %s  scram-sha-256\n"
                    "and then: SELECT pg_reload_conf()", a->role, s->database, a->role,
                    cs_db_url_is_local(&s->place) ? "127.0.0.1/32" : "ADDRESS-OF-THIS-HOST/32");
}

static int find_way(struct setup *s, struct access *a)
{
    bool local = !s->place.host[0] || s->place.host[0] == '/';
    const char *url = "";

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (ways[i].local != local)
            continue;
        if (ways[i].password && !a->password[0]) {
            int status = give_password(s, a);
            if (status != CTL_OK)
                return status;
        }
        url = address(s, a, &ways[i]);
        if (!url)
            return ctl_fail("setup: out of memory");
        if (gets_in(a, url, NULL))
            return setup_secret(s, a->owners, a->key, url);
    }
    return no_way(s, a, url);
}

static int settle(struct setup *s, struct access *a)
{
    if (a->configured[0])
        return keep(s, a);
    return s->dry_run ? setup_secret(s, a->owners, a->key, "") : find_way(s, a);
}

int setup_access(struct setup *s)
{
    const struct cs_cfg *cfg = &s->c->cfg;
    /* loading fills in the application's address where the owner has none */
    bool owner_set = strcmp(cfg->database_owner_url, cfg->database_url) != 0;
    struct access owner = {.role = STORE_OWNER_ROLE,
                           .key = "DATABASE_OWNER_URL",
                           .owners = true,
                           .configured = owner_set ? cfg->database_owner_url : ""};
    struct access app = {.role = STORE_APP_ROLE,
                         .key = "DATABASE_URL",
                         .os_user = s->service_user,
                         .configured = cfg->database_url};
    int status = settle(s, &owner);

    if (status == CTL_OK)
        status = settle(s, &app);
    cs_hash_wipe(owner.password, sizeof owner.password);
    cs_hash_wipe(app.password, sizeof app.password);
    return status;
}
