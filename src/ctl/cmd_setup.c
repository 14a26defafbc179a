/* cmd_setup.c - chatspherectl setup: from an installed program to one that can be started.
 *
 * Order: what is configured already; the superuser's part (roles, database); the configuration's files;
 * how each role gets in; the signing key; schema and initial data; the first administrator; and what
 * remains for the operator. A second run finds all of it done.
 */
#include "cfgcheck.h"
#include "command.h"
#include "cs_hash.h"
#include "migrate_plan.h"
#include "names.h"
#include "password.h"
#include "setup.h"
#include "store_ctl_setup.h"
#include "store_ctl_user.h"

#include <pwd.h>
#include <unistd.h>

enum {
    OPT_ADMIN, OPT_NO_ADMIN, OPT_STDIN, OPT_DATABASE, OPT_HOST, OPT_SUPERUSER, OPT_CONFIG_DIR,
    OPT_SERVICE_USER, OPT_DRY_RUN
};
enum { KEY_LEN = 64, ADMIN_PASSWORD_LEN = 20 };

void setup_tell(struct setup *s, const char *done, const char *would, const char *what)
{
    printf("%s%s %s\n", s->dry_run ? "would " : "", s->dry_run ? would : done, what ? what : "");
    s->changes++;
}

/* --- what was asked for --------------------------------------------------------------------------- */

/* What stands in SQL and in addresses without quotes. */
static bool is_plain_name(const char *name)
{
    size_t len = strlen(name);

    return len >= 1 && len <= 63 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len &&
           strspn(name, "0123456789") == 0;
}

static int check_superuser_url(struct setup *s, struct cs_db_parts *out)
{
    struct cs_err err;

    *out = (struct cs_db_parts){"", "", "", "", ""};
    if (!s->superuser_url)
        return CTL_OK;
    if (cs_db_url_parse(&s->c->arena, s->superuser_url, out, &err) != CS_OK)
        return ctl_usage("setup --superuser-url: %s", err.log);
    if (out->password[0])
        return ctl_usage("setup --superuser-url: no password on the command line, where others can read "
                         "it; libpq takes it from PGPASSWORD or ~/.pgpass");
    return CTL_OK;
}

/* Where the server is: as --host says, else as the superuser's address, else as libpq's environment. */
static void find_place(struct setup *s, const char *host, const struct cs_db_parts *superuser)
{
    const char *env_host = getenv("PGHOST"), *env_port = getenv("PGPORT");

    s->place = (struct cs_db_parts){"", "", "", "", ""};
    s->place.host = host ? host : superuser->host[0] ? superuser->host : env_host ? env_host : "";
    s->place.port = superuser->port[0] ? superuser->port : env_port ? env_port : "";
}

static int check_words(const struct setup *s)
{
    struct cs_err err;

    if (s->database && !is_plain_name(s->database))
        return ctl_usage("setup --database: small letters, digits and _, at most 63");
    if (username_check(cs_str_c(s->admin), "--admin", &err) != CS_OK)
        return ctl_usage("setup %s: %s", err.field, cs_err_detail(&err));
    if (geteuid() == 0 && !getpwnam(s->service_user))
        return ctl_fail("setup: there is no user %s, as whom the programs run: systemd-sysusers makes it "
                        "where the units are installed, else: useradd --system %s, or name another with "
                        "--service-user", s->service_user, s->service_user);
    return CTL_OK;
}

static const char *directory_of(struct cs_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? cs_arena_dup(arena, path, (size_t)(slash - path)) : ".";
}

static int take_options(struct setup *s, const struct ctl_args *args)
{
    const char *const *opt = args->opt;
    struct cs_db_parts superuser;

    s->config_dir = opt[OPT_CONFIG_DIR]
                        ? opt[OPT_CONFIG_DIR]
                        : directory_of(&s->c->arena, cs_cfg_path(s->c->args.file));
    s->database = opt[OPT_DATABASE];
    s->superuser_url = opt[OPT_SUPERUSER];
    s->admin = opt[OPT_ADMIN] ? opt[OPT_ADMIN] : "admin";
    s->service_user = opt[OPT_SERVICE_USER] ? opt[OPT_SERVICE_USER] : "chatsphere";
    s->no_admin = opt[OPT_NO_ADMIN];
    s->password_stdin = opt[OPT_STDIN];
    s->dry_run = opt[OPT_DRY_RUN];
    if (s->no_admin && (opt[OPT_ADMIN] || s->password_stdin))
        return ctl_usage("setup: --no-admin, and nothing about one");
    int status = check_superuser_url(s, &superuser);
    find_place(s, opt[OPT_HOST], &superuser);
    return status == CTL_OK ? check_words(s) : status;
}

/* --- what is configured --------------------------------------------------------------------------- */

/* Only what the files say counts: that is what the services will see. */
static int load(struct setup *s)
{
    static const char *const keys[] = {"DATABASE_URL", "DATABASE_OWNER_URL", "JWT_SECRET", "SECRET_KEY"};
    const char *path = cs_arena_printf(&s->c->arena, "%s/chatsphere.env", s->config_dir);
    struct cs_err err;

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        (void)unsetenv(keys[i]);
    (void)setenv("CREDENTIALS_DIRECTORY", s->config_dir, 1);
    s->c->args.file = path && access(path, F_OK) == 0 ? path : "/dev/null";
    cs_cfg_release(&s->c->cfg);
    if (cs_cfg_load(&s->c->cfg, s->c->args.file, &err) == CS_OK)
        return CTL_OK;
    return ctl_fail_err("setup: the configuration is not usable (chatspherectl config check says more)",
                        &err);
}

/* The database that is configured, or else the one that is asked for. */
static int settle_database(struct setup *s)
{
    const char *url = s->c->cfg.database_url, *asked = s->database;
    struct cs_db_parts parts = {.dbname = ""};
    struct cs_err err;

    if (url[0] && cs_db_url_parse(&s->c->arena, url, &parts, &err) != CS_OK)
        return ctl_fail("setup: DATABASE_URL %s", err.log);
    s->database = asked ? asked : parts.dbname[0] ? parts.dbname : "chatsphere";
    if (parts.dbname[0] && strcmp(parts.dbname, s->database) != 0)
        return ctl_fail("setup: DATABASE_URL leads to the database %s, not to %s: take the line away, or "
                        "leave --database out", parts.dbname, asked);
    if (!is_plain_name(s->database))
        return ctl_fail("setup: DATABASE_URL names a database that setup does not make: small letters, "
                        "digits and _, at most 63");
    return CTL_OK;
}

static int signing_key(struct setup *s)
{
    char key[KEY_LEN + 1];

    if (s->c->cfg.jwt_secret[0])
        return CTL_OK;
    setup_random(key, KEY_LEN);
    int status = setup_secret(s, false, "JWT_SECRET", key);
    cs_hash_wipe(key, sizeof key);
    return status;
}

/* --- the schema ----------------------------------------------------------------------------------- */

static enum cs_rc look_at_schema(struct setup *s, size_t *pending, bool *seeded, struct cs_err *err)
{
    struct migrate_plan plan;
    struct cs_str epoch = {NULL, 0};
    bool ready = false;
    enum cs_rc rc = migrate_plan_open(s->c, false, &ready, err);

    if (rc == CS_OK)
        rc = migrate_plan_read(s->c, ready, &plan, err);
    if (rc == CS_OK)
        rc = migrate_plan_check(&plan, err);
    *pending = rc == CS_OK ? migrate_plan_pending(&plan) : 0;
    if (rc == CS_OK && *pending == 0) {
        rc = ctl_open(s->c, store_ctl_stmts, err);
        if (rc == CS_OK)
            rc = store_ctl_epoch(s->c->db, &s->c->arena, &epoch, err);
    }
    *seeded = epoch.len;
    return rc;
}

static int schema(struct setup *s)
{
    const struct ctl_args none = {.words = {NULL}};
    size_t pending = 0;
    bool seeded = false;
    struct cs_err err;

    if (look_at_schema(s, &pending, &seeded, &err) != CS_OK)
        return ctl_fail_err("setup: the schema", &err);
    int status = pending ? ctl_migrate.run(s->c, &none) : CTL_OK;
    if (status == CTL_OK && !seeded)
        status = ctl_seed.run(s->c, &none);
    s->changes += pending || !seeded;
    return status;
}

/* --- the first administrator ---------------------------------------------------------------------- */

static int get_password(const struct setup *s, struct ctl_secret *out)
{
    if (s->password_stdin)
        return ctl_password_read("setup", true, out);
    setup_random(out->bytes, ADMIN_PASSWORD_LEN);
    out->len = ADMIN_PASSWORD_LEN;
    return CTL_OK;
}

static int make_admin(struct setup *s, const struct ctl_secret *password)
{
    char stored[CS_PW_HASH_MAX + 1];
    struct cs_err err;
    struct store_ctl_new_user u = {.username = cs_str_c(s->admin), .role = CS_LIT("ADMIN")};
    enum cs_rc rc = ctl_password_hash(s->c, password, u.username, u.email, stored, &err);

    u.password_hash = cs_str_c(stored);
    if (rc == CS_OK)
        rc = ctl_open(s->c, store_ctl_user_stmts, &err);
    if (rc == CS_OK)
        rc = store_ctl_user_create(s->c->db, &s->c->arena, &u, &err);
    if (rc != CS_OK)
        return ctl_fail_err("setup: the administrator (another name: --admin; none: --no-admin)", &err);
    setup_tell(s, "made", "make", cs_arena_printf(&s->c->arena, "administrator %s", s->admin));
    if (!s->password_stdin)
        printf("    password: " CS_STR_FMT "  (shown this once; chatspherectl user passwd %s changes it)\n",
               CS_STR_ARG(ctl_secret_str(password)), s->admin);
    return CTL_OK;
}

static int administrator(struct setup *s)
{
    struct ctl_secret password = {.len = 0};
    struct cs_str name;
    struct cs_err err;
    enum cs_rc rc = ctl_open(s->c, store_setup_admin_stmts, &err);

    if (rc == CS_OK)
        rc = store_setup_admin(s->c->db, &s->c->arena, &name, &err);
    if (rc != CS_OK)
        return ctl_fail_err("setup: administrators", &err);
    if (name.p)
        return CTL_OK;
    int status = get_password(s, &password);
    if (status == CTL_OK)
        status = make_admin(s, &password);
    ctl_secret_wipe(&password);
    return status;
}

/* --- in order ------------------------------------------------------------------------------------- */

/* What a dry run cannot look at, because what comes before it was not done. */
static int rest_of_dry_run(struct setup *s)
{
    size_t pending = 0;
    bool seeded = false;
    struct cs_err err;
    bool there = s->c->cfg.database_url[0] &&
                 look_at_schema(s, &pending, &seeded, &err) == CS_OK && !pending && seeded;

    if (!there)
        setup_tell(s, "", "migrate and seed", s->database);
    if (!there && !s->no_admin)
        setup_tell(s, "", "make administrator", s->admin);
    return CTL_OK;
}

static int rest(struct setup *s)
{
    int status = load(s); /* again: with what has been written */

    if (status == CTL_OK)
        status = schema(s);
    if (status == CTL_OK && !s->no_admin)
        status = administrator(s);
    return status;
}

static int in_order(struct setup *s)
{
    int status = load(s);

    if (status == CTL_OK)
        status = settle_database(s);
    if (status == CTL_OK)
        status = setup_server(s);
    if (status == CTL_OK)
        status = setup_files(s);
    if (status == CTL_OK)
        status = setup_access(s);
    if (status == CTL_OK)
        status = signing_key(s);
    if (status != CTL_OK)
        return status;
    return s->dry_run ? rest_of_dry_run(s) : rest(s);
}

static void next_steps(const struct setup *s)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (!s->changes)
        printf("nothing to do: all of it is there\n");
    if (s->dry_run)
        return;
    printf("\nnext, where they are not running yet (the numbers are what this machine needs):\n"
           "    systemctl enable --now chatsphere-api@{1..%ld} chatsphere-auth@{1..%lld} "
           "chatsphere-gateway@1 chatsphere.target\n"
           "and the web server; for nginx:\n"
           "    ln -s /usr/share/chatsphere/nginx/chatsphere.conf /etc/nginx/conf.d/ && "
           "systemctl reload nginx\n",
           processors > 4 ? processors : 4, (long long)cfg_auth_workers(&s->c->cfg));
}

static int run(struct ctl *c, const struct ctl_args *args)
{
    struct setup s = {.c = c};
    int status = take_options(&s, args);

    if (status == CTL_OK)
        status = in_order(&s);
    if (status == CTL_OK)
        next_steps(&s);
    return status;
}

const struct ctl_command ctl_setup = {
    .name = "setup",
    .help =
        "make what a new installation needs: database, configuration, administrator\n\n"
        "Makes the roles and the database in PostgreSQL, migrates and seeds it, writes the\n"
        "configuration (chatsphere.env, secrets.env, and owner.env, which is for chatspherectl) and the\n"
        "first administrator, whose password is printed once. What is there already stays as it is:\n"
        "it may be repeated, and completes a run that was interrupted. On the database's machine run\n"
        "it as root; it goes to the server as the system's user postgres. Another server is named\n"
        "with --host; its superuser's password comes from PGPASSWORD or ~/.pgpass. Roles get\n"
        "passwords only where the server does not know them by the system's user.",
    .options =
        {
            [OPT_ADMIN] = {"--admin", "NAME", CTL_OPTIONAL,
                           "the first administrator (admin); none is made where there is one"},
            [OPT_NO_ADMIN] = {"--no-admin", NULL, CTL_OPTIONAL, "make none"},
            [OPT_STDIN] = {"--password-stdin", NULL, CTL_OPTIONAL,
                           "read his password from standard input, print none"},
            [OPT_DATABASE] = {"--database", "NAME", CTL_OPTIONAL, "its name (chatsphere)"},
            [OPT_HOST] = {"--host", "HOST", CTL_OPTIONAL,
                          "where the server is, or the directory of its socket"},
            [OPT_SUPERUSER] = {"--superuser-url", "URL", CTL_OPTIONAL,
                               "how to get in as a superuser, without a password in it"},
            [OPT_CONFIG_DIR] = {"--config-dir", "DIR", CTL_OPTIONAL, "instead of /etc/chatsphere"},
            [OPT_SERVICE_USER] = {"--service-user", "NAME", CTL_OPTIONAL,
                                  "the system's user of the programs (chatsphere)"},
            [OPT_DRY_RUN] = {"--dry-run", NULL, CTL_OPTIONAL, "say what would be done, and change nothing"},
        },
    .config = CTL_UNLOADED,
    .run = run,
};
