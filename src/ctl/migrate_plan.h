/* migrate_plan.h - what the files say beside what the database says.
 *
 * The files are the truth about what should be there, the bookkeeping about what is. A plan is only
 * made when the two fit: what was applied is a beginning of what there is, unchanged.
 */
#ifndef CTL_MIGRATE_PLAN_H
#define CTL_MIGRATE_PLAN_H

#include "sqlfile.h"
#include "store_ctl_migrate.h"

struct migrate_plan {
    struct ctl_files migrations, functions;
    struct store_migrations applied;
    struct store_functions installed;
    bool functions_changed; /* one is new, gone, or has another text */
};

/* Connects for the bookkeeping, as the owner. *ready is false when it is not there and was not to be
 * made. */
enum cs_rc migrate_plan_open(struct ctl *c, bool make, bool *ready, struct cs_err *err) CS_MUST_CHECK;

/* Reads the files, and the bookkeeping when it is `ready`; else nothing is applied. */
enum cs_rc migrate_plan_read(struct ctl *c, bool ready, struct migrate_plan *p,
                             struct cs_err *err) CS_MUST_CHECK;

/* CS_E_CONFIG with a sentence when the files do not fit the database: one changed after it was
 * applied, one that was applied is not there (the database is newer than these files), or one that
 * was not applied has a lower number than one that was. */
enum cs_rc migrate_plan_check(const struct migrate_plan *p, struct cs_err *err) CS_MUST_CHECK;

/* The row of a file; NULL: not applied. And the other way round: NULL: there is no such file. */
const struct store_migration *migrate_plan_row(const struct migrate_plan *p,
                                               const struct ctl_file *file);
const struct ctl_file *migrate_plan_file(const struct migrate_plan *p, int64_t version);

/* Of a plan that was checked: how many of p->migrations are applied; the rest is pending. */
size_t migrate_plan_done(const struct migrate_plan *p);

/* How many there are to apply, all function files counted as one. */
size_t migrate_plan_pending(const struct migrate_plan *p);

#endif
