/* cmd_statements.c - chatspherectl statements: the table of all that the programs ask the database.
 *
 * A statement can be printed, so that pgbench and EXPLAIN run the very text that the programs run;
 * and all of them can be tried against a database, so that a schema and a program that do not fit
 * are found before users find them.
 */
#include "command.h"
#include "store.h"

/* Calls `fn` for every statement; stops early when it says so. */
static void each(bool (*fn)(const struct cs_stmt *s, void *arg), void *arg)
{
    for (const struct cs_stmt *const *const *list = store_all_stmts; *list; list++)
        for (const struct cs_stmt *const *s = *list; *s; s++)
            if (!fn(*s, arg))
                return;
}

/* --- statements ------------------------------------------------------------------------------- */

static bool print_row(const struct cs_stmt *s, void *arg)
{
    (void)arg;
    printf("%-32s  %2d parameters  %2d columns\n", s->name, s->nparams, s->ncols);
    return true;
}

struct wanted {
    const char *name;
    const struct cs_stmt *found;
};

static bool match(const struct cs_stmt *s, void *arg)
{
    struct wanted *w = arg;

    if (strcmp(s->name, w->name) == 0)
        w->found = s;
    return !w->found;
}

static int run_statements(struct ctl *c, const struct ctl_args *args)
{
    struct wanted w = {.name = args->words[0]};

    (void)c;
    if (!args->words[0]) {
        each(print_row, NULL);
        return CTL_OK;
    }
    each(match, &w);
    if (!w.found)
        return ctl_fail("there is no statement \"%s\"", args->words[0]);
    puts(w.found->sql);
    return CTL_OK;
}

/* --- check-statements ------------------------------------------------------------------------- */

/* The highest N of a $N in the text. */
static int highest_parameter(const char *sql)
{
    int highest = 0;

    for (; (sql = strchr(sql, '$')) != NULL; sql++) {
        int n = 0;
        for (const char *d = sql + 1; *d >= '0' && *d <= '9' && n < 1000; d++)
            n = n * 10 + (*d - '0');
        if (n > highest)
            highest = n;
    }
    return highest;
}

struct check {
    struct ctl *c;
    int tried, failed;
};

/* A connection for each: what one says then concerns that one. */
static bool try_statement(const struct cs_stmt *s, void *arg)
{
    struct check *k = arg;
    const struct cs_stmt *const one[] = {s, NULL};
    struct cs_err err;

    k->tried++;
    if (highest_parameter(s->sql) != s->nparams) {
        k->failed++;
        (void)ctl_fail("%s: the table says %d parameters, the text has $%d", s->name, s->nparams,
                       highest_parameter(s->sql));
    } else if (ctl_open(k->c, one, &err) != CS_OK) {
        k->failed++;
        (void)ctl_fail_err(s->name, &err);
    }
    return true;
}

static int run_check(struct ctl *c, const struct ctl_args *args)
{
    struct check k = {.c = c};
    struct cs_err err;

    (void)args;
    if (ctl_open(c, NULL, &err) != CS_OK) /* an unreachable database is one error, not a hundred */
        return ctl_fail_err("check-statements", &err);
    each(try_statement, &k);
    printf("%d statements, %d failed\n", k.tried, k.failed);
    return k.failed ? CTL_FAILED : CTL_OK;
}

/* --- the commands ----------------------------------------------------------------------------- */

const struct ctl_command ctl_statements = {
    .name = "statements",
    .words = {"[NAME]"},
    .help = "list the SQL statements, or print one\n\n"
            "Printed as the programs prepare it, with parameters $1, $2, …",
    .run = run_statements,
};

const struct ctl_command ctl_check_statements = {
    .name = "check-statements",
    .help = "prepare every statement against the database\n\n"
            "Says which ones the database does not take: a schema of another version, or a bug.",
    .run = run_check,
};
