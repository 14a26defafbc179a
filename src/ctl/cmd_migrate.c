/* cmd_migrate.c - chatspherectl migrate: brings the schema to what the installed files say.
 *
 * Order: the migrations that are pending, each in a transaction with its bookkeeping; then, at the
 * newest one, all function files in one transaction when any of them changed or a migration ran,
 * and with them grants.sql, which runs every time, for roles may have been made since; at last
 * SEARCH_LANGUAGE, which is the database's. All of it
 * under one lock, taken before the bookkeeping is read: of two hosts the second waits, and finds
 * nothing to do.
 *
 * With --to below the newest migration functions and grants stay as they are: they belong to the
 * newest schema only.
 */
#include "command.h"
#include "cs_parse.h"
#include "migrate_plan.h"

#include <unistd.h>

enum { OPT_STATUS, OPT_HISTORY, OPT_TO, OPT_NEW };

static const char grants_file[] = "grants.sql";

/* --- looking ---------------------------------------------------------------------------------- */

static void print_migrations(struct ctl *c, const struct migrate_plan *p)
{
    for (size_t i = 0; i < p->migrations.n; i++) {
        const struct ctl_file *f = &p->migrations.v[i];
        const struct store_migration *row = migrate_plan_row(p, f);
        if (!row)
            printf("%-32s  pending\n", f->name);
        else if (!cs_str_is(row->checksum, f->checksum))
            printf("%-32s  applied, but the file has changed since\n", f->name);
        else
            printf("%-32s  applied %s\n", f->name, ctl_time(c, row->applied_at));
    }
    for (size_t i = 0; i < p->applied.n; i++)
        if (!migrate_plan_file(p, p->applied.v[i].version))
            printf("%-32.*s  applied, but there is no such file\n",
                   CS_STR_ARG(p->applied.v[i].name));
}

static int status(struct ctl *c)
{
    struct migrate_plan p;
    struct cs_err err;
    bool ready;

    if (migrate_plan_open(c, false, &ready, &err) != CS_OK ||
        migrate_plan_read(c, ready, &p, &err) != CS_OK)
        return ctl_fail_err("migrate --status", &err);
    print_migrations(c, &p);
    printf("%-32s  %s\n", "functions", p.functions_changed ? "pending" : "applied");
    if (migrate_plan_check(&p, &err) != CS_OK) {
        (void)ctl_fail_err("migrate --status", &err);
        return CTL_FAILED;
    }
    return migrate_plan_pending(&p) ? CTL_FAILED : CTL_OK;
}

static int history(struct ctl *c)
{
    struct store_migrations rows = {.n = 0};
    struct cs_err err;
    bool ready;
    enum cs_rc rc = migrate_plan_open(c, false, &ready, &err);

    if (rc == CS_OK && ready)
        rc = store_migrations_read(c->db, &c->arena, &rows, &err);
    if (rc != CS_OK)
        return ctl_fail_err("migrate --history", &err);
    for (size_t i = 0; i < rows.n; i++) {
        const struct store_migration *m = &rows.v[i];
        printf("%s  %-32.*s  %6lld ms  " CS_STR_FMT "  %.12s\n", ctl_time(c, m->applied_at),
               CS_STR_ARG(m->name), (long long)m->duration_ms, CS_STR_ARG(m->applied_by),
               m->checksum.p);
    }
    return CTL_OK;
}

/* --- changing --------------------------------------------------------------------------------- */

static enum cs_rc lock(struct ctl *c, struct cs_err *err)
{
    bool got = false;
    enum cs_rc rc = store_migrate_try_lock(c->db, &c->arena, &got, err);

    if (rc != CS_OK || got)
        return rc;
    fputs("chatspherectl: another migration is at work; waiting for it\n", stderr);
    return store_migrate_lock(c->db, err);
}

static const char *host_name(void)
{
    static char name[256];

    if (gethostname(name, sizeof name) != 0)
        return "unknown";
    name[sizeof name - 1] = '\0'; /* POSIX leaves it out when the name was cut */
    return name;
}

static int apply_migration(struct ctl *c, const struct ctl_file *f)
{
    struct cs_err err;
    struct store_migration m = {
        .version = f->version,
        .name = cs_str_c(f->name),
        .checksum = cs_str_c(f->checksum),
        .applied_by = cs_str_c(host_name()),
    };
    enum cs_rc rc = store_migration_begin(c->db, &c->arena, &m, &err);

    if (rc == CS_OK)
        rc = cs_db_script(c->db, f->text, &err);
    if (rc == CS_OK)
        rc = store_migration_commit(c->db, &err);
    if (rc == CS_OK) {
        printf("applied %s\n", f->name);
        return CTL_OK;
    }
    store_migrate_rollback(c->db);
    return ctl_fail_err(f->path, &err);
}

static struct store_functions functions_of(struct ctl *c, const struct ctl_files *files)
{
    struct store_functions out = {.v = cs_arena_array(&c->arena, files->n, sizeof *out.v)};

    for (; out.v && out.n < files->n; out.n++)
        out.v[out.n] = (struct store_function){
            .name = cs_str_c(files->v[out.n].name),
            .checksum = cs_str_c(files->v[out.n].checksum),
        };
    return out;
}

/* All of them and the grants are one transaction: a new function is everybody's until it is
 * granted. */
static int apply_functions(struct ctl *c, const struct ctl_files *files, const char *grants)
{
    struct store_functions rows = functions_of(c, files);
    const char *what = "functions";
    struct cs_err err;
    enum cs_rc rc = rows.v ? store_functions_begin(c->db, &c->arena, &rows, &err)
                           : cs_fail(&err, CS_E_NO_MEMORY);

    for (size_t i = 0; rc == CS_OK && i < files->n; i++) {
        what = files->v[i].path;
        rc = cs_db_script(c->db, files->v[i].text, &err);
    }
    if (rc == CS_OK) {
        what = grants_file;
        rc = cs_db_script(c->db, grants, &err);
    }
    if (rc == CS_OK)
        rc = store_functions_commit(c->db, &err);
    if (rc == CS_OK) {
        printf("applied %zu function files\n", files->n);
        return CTL_OK;
    }
    store_migrate_rollback(c->db);
    return ctl_fail_err(what, &err);
}

static int apply_language(struct ctl *c)
{
    struct cs_err err;
    enum cs_rc rc =
        store_migrate_language(c->db, &c->arena, cs_cfg_word(&c->cfg, "SEARCH_LANGUAGE"), &err);

    return rc == CS_OK ? CTL_OK : ctl_fail_err("SEARCH_LANGUAGE", &err);
}

/* Functions where they are due, and the grants in any case. */
static int apply_rest(struct ctl *c, const struct migrate_plan *p, bool functions)
{
    struct ctl_file grants = {.text = ""};
    struct cs_err err;
    enum cs_rc rc = ctl_file_read(c, grants_file, &grants, &err);

    if (rc != CS_OK && rc != CS_E_NOT_FOUND)
        return ctl_fail_err("migrate", &err);
    if (functions)
        return apply_functions(c, &p->functions, grants.text);
    rc = cs_db_script(c->db, grants.text, &err);
    return rc == CS_OK ? CTL_OK : ctl_fail_err(grants_file, &err);
}

/* The plan up to and including version `to`. */
static int apply(struct ctl *c, const struct migrate_plan *p, int64_t to)
{
    size_t first = migrate_plan_done(p), i = first;

    for (; i < p->migrations.n && p->migrations.v[i].version <= to; i++)
        if (apply_migration(c, &p->migrations.v[i]) != CTL_OK)
            return CTL_FAILED;
    if (i < p->migrations.n) {
        printf("stopped before %s; functions and grants are as they were\n",
               p->migrations.v[i].name);
        return CTL_OK;
    }
    bool functions = i > first || p->functions_changed;
    if (!functions)
        printf("nothing to do: the schema is at %s\n", i ? p->migrations.v[i - 1].name : "nothing");
    int done = apply_rest(c, p, functions);
    return done == CTL_OK ? apply_language(c) : done;
}

static int migrate(struct ctl *c, int64_t to)
{
    struct migrate_plan p;
    struct cs_err err;
    bool ready;
    enum cs_rc rc = migrate_plan_open(c, true, &ready, &err);

    if (rc == CS_OK)
        rc = lock(c, &err);
    if (rc == CS_OK)
        rc = migrate_plan_read(c, true, &p, &err);
    if (rc == CS_OK)
        rc = migrate_plan_check(&p, &err);
    if (rc != CS_OK)
        return ctl_fail_err("migrate", &err);
    if (to != INT64_MAX && !migrate_plan_file(&p, to))
        return ctl_usage("migrate --to: there is no migration %04lld", (long long)to);
    if (p.applied.n && p.applied.v[p.applied.n - 1].version > to)
        return ctl_fail("migrate --to: the schema is beyond %04lld, and there is no way back",
                        (long long)to);
    return apply(c, &p, to);
}

/* --- the command ------------------------------------------------------------------------------ */

static int new_file(struct ctl *c, const char *name)
{
    const char *path;
    struct cs_err err;

    if (ctl_file_new(c, name, &path, &err) != CS_OK)
        return ctl_fail_err("migrate --new", &err);
    puts(path);
    return CTL_OK;
}

static int run(struct ctl *c, const struct ctl_args *args)
{
    int64_t to = INT64_MAX;
    int given = 0;

    for (int i = 0; i < CTL_OPTIONS_MAX; i++)
        given += args->opt[i] != NULL;
    if (given > 1)
        return ctl_usage("migrate takes one of its options at a time");
    if (args->opt[OPT_STATUS])
        return status(c);
    if (args->opt[OPT_HISTORY])
        return history(c);
    if (args->opt[OPT_NEW])
        return new_file(c, args->opt[OPT_NEW]);
    if (args->opt[OPT_TO] && !cs_parse_i64(cs_str_c(args->opt[OPT_TO]), 1, 9999, &to))
        return ctl_usage("migrate --to: \"%s\" is no number from 1 to 9999", args->opt[OPT_TO]);
    return migrate(c, to);
}

const struct ctl_command ctl_migrate = {
    .name = "migrate",
    .help =
        "bring the schema up to date\n\n"
        "Applies what is pending of SCHEMA_DIR/migrations, each file in a transaction of its\n"
        "own, then the function files when one of them changed, then grants.sql. It may be run\n"
        "on several hosts at once: one works, the others wait and find nothing to do. It\n"
        "refuses to touch a database whose applied migrations are not exactly these files.",
    .options =
        {
            [OPT_STATUS] = {"--status", NULL, CTL_OPTIONAL,
                            "list what is applied; exit 1 when something is pending"},
            [OPT_HISTORY] = {"--history", NULL, CTL_OPTIONAL,
                             "list what was applied, when, by whom and how fast"},
            [OPT_TO] = {"--to", "N", CTL_OPTIONAL,
                        "stop behind N; below the newest: no functions, no grants"},
            [OPT_NEW] = {"--new", "NAME", CTL_OPTIONAL,
                         "write the skeleton of the next migration and print its path"},
        },
    .run = run,
};
