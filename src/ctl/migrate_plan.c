/* migrate_plan.c - see migrate_plan.h. */
#include "migrate_plan.h"

enum cs_rc migrate_plan_open(struct ctl *c, bool make, bool *ready, struct cs_err *err)
{
    enum cs_rc rc = ctl_open(c, store_migrate_probe_stmts, err);

    if (rc == CS_OK)
        rc = store_migrate_ready(c->db, &c->arena, ready, err);
    if (rc == CS_OK && !*ready && make) {
        rc = store_migrate_create(c->db, err);
        *ready = true;
    }
    if (rc == CS_OK && *ready)
        rc = ctl_open(c, store_migrate_stmts, err);
    return rc;
}

static bool functions_differ(const struct migrate_plan *p)
{
    if (p->functions.n != p->installed.n)
        return true;
    for (size_t i = 0; i < p->functions.n; i++) { /* both are in byte order of their names */
        const struct ctl_file *f = &p->functions.v[i];
        const struct store_function *row = &p->installed.v[i];
        if (!cs_str_is(row->name, f->name) || !cs_str_is(row->checksum, f->checksum))
            return true;
    }
    return false;
}

enum cs_rc migrate_plan_read(struct ctl *c, bool ready, struct migrate_plan *p, struct cs_err *err)
{
    *p = (struct migrate_plan){.functions_changed = false};
    enum cs_rc rc = ctl_files_migrations(c, &p->migrations, err);
    if (rc == CS_OK)
        rc = ctl_files_functions(c, &p->functions, err);
    if (rc == CS_OK && ready)
        rc = store_migrations_read(c->db, &c->arena, &p->applied, err);
    if (rc == CS_OK && ready)
        rc = store_functions_read(c->db, &c->arena, &p->installed, err);
    p->functions_changed = functions_differ(p);
    return rc;
}

const struct store_migration *migrate_plan_row(const struct migrate_plan *p,
                                               const struct ctl_file *file)
{
    for (size_t i = 0; i < p->applied.n; i++)
        if (p->applied.v[i].version == file->version)
            return &p->applied.v[i];
    return NULL;
}

const struct ctl_file *migrate_plan_file(const struct migrate_plan *p, int64_t version)
{
    for (size_t i = 0; i < p->migrations.n; i++)
        if (p->migrations.v[i].version == version)
            return &p->migrations.v[i];
    return NULL;
}

size_t migrate_plan_done(const struct migrate_plan *p)
{
    return p->applied.n;
}

static enum cs_rc check_row(const struct migrate_plan *p, const struct store_migration *row,
                            struct cs_err *err)
{
    const struct ctl_file *file = migrate_plan_file(p, row->version);

    if (!file)
        return cs_fail_log(err, CS_E_CONFIG,
                           CS_STR_FMT " was applied, but there is no such file: the database is "
                                      "newer than this program, or the file was removed",
                           CS_STR_ARG(row->name));
    if (!cs_str_is(row->checksum, file->checksum))
        return cs_fail_log(err, CS_E_CONFIG,
                           "%.200s has changed since it was applied: put back what it said, and "
                           "make a new migration of the change",
                           file->path);
    return CS_OK;
}

enum cs_rc migrate_plan_check(const struct migrate_plan *p, struct cs_err *err)
{
    for (size_t i = 0; i < p->applied.n; i++) {
        enum cs_rc rc = check_row(p, &p->applied.v[i], err);
        if (rc != CS_OK)
            return rc;
    }
    /* every row has its file now, so a gap shows as a file among the first n that has no row */
    for (size_t i = 0; i < p->applied.n; i++)
        if (!migrate_plan_row(p, &p->migrations.v[i]))
            return cs_fail_log(err, CS_E_CONFIG,
                               "%.200s was not applied, but later ones were: number it above %lld",
                               p->migrations.v[i].path,
                               (long long)p->migrations.v[p->migrations.n - 1].version);
    return CS_OK;
}

size_t migrate_plan_pending(const struct migrate_plan *p)
{
    return p->migrations.n - migrate_plan_done(p) + p->functions_changed;
}
