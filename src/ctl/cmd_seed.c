/* cmd_seed.c - chatspherectl seed: the rows that every installation has, and those of a
 * demonstration. The files are idempotent; the schema's lock keeps two hosts apart. */
#include "command.h"
#include "sqlfile.h"
#include "store_ctl_migrate.h"

enum { OPT_DEMO };

static int seed_file(struct ctl *c, const char *name)
{
    struct ctl_file file;
    struct cs_err err;
    enum cs_rc rc = ctl_file_read(c, name, &file, &err);

    if (rc == CS_OK)
        rc = cs_db_script(c->db, file.text, &err);
    if (rc != CS_OK)
        return ctl_fail_err(name, &err);
    printf("applied %s\n", name);
    return CTL_OK;
}

static int run(struct ctl *c, const struct ctl_args *args)
{
    struct cs_err err;
    bool ready = false;
    enum cs_rc rc = ctl_open(c, store_migrate_probe_stmts, &err);

    if (rc == CS_OK)
        rc = store_migrate_ready(c->db, &c->arena, &ready, &err);
    if (rc == CS_OK && !ready)
        return ctl_fail("seed: there is no schema yet; run chatspherectl migrate first");
    if (rc == CS_OK)
        rc = store_migrate_lock(c->db, &err);
    if (rc != CS_OK)
        return ctl_fail_err("seed", &err);
    int status = seed_file(c, "seed.sql");
    if (status == CTL_OK && args->opt[OPT_DEMO])
        status = seed_file(c, "seed_demo.sql");
    return status;
}

const struct ctl_command ctl_seed = {
    .name = "seed",
    .help = "put in the initial data\n\n"
            "Runs SCHEMA_DIR/seed.sql: the epoch, the built-in roles, the lobby. What is there\n"
            "already stays as it is, so it may be repeated.",
    .options = {[OPT_DEMO] = {"--demo", NULL, CTL_OPTIONAL,
                              "also people, rooms and messages to look at"}},
    .run = run,
};
