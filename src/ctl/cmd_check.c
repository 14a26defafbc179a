/* cmd_check.c - chatspherectl check: counts again what is kept beside what it is counted from.
 *
 * A room at a time, each in one snapshot, so it may run while the server does. A line for each
 * difference; what they mean stands in --help.
 */
#include "command.h"
#include "store_ctl_check.h"
#include "text.h"

enum { OPT_REPAIR };

enum { LINE_MAX_BYTES = 4096 };

struct checking {
    struct ctl *c;
    bool repair;
    struct cs_buf line;
    long long rooms, found, left;
};

static void print_drift(struct checking *k, const struct cs_uuid *room,
                        const struct store_ctl_drift *d)
{
    const struct cs_str fields[] = {d->what, d->user, d->seq, d->stored, d->counted};

    cs_buf_clear(&k->line);
    if (room)
        cs_buf_uuid(&k->line, room);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        cs_buf_putc(&k->line, '\t');
        ctl_put_text(&k->line, fields[i]);
    }
    puts(cs_buf_cview(&k->line));
}

/* One room, or the users (NULL). What is left after mending is found by looking again. */
static enum cs_rc check_one(struct checking *k, const struct cs_uuid *room, struct cs_err *err)
{
    struct cs_arena scratch; /* not the run's, which would hold all rooms at the end */
    struct cs_rows rows;

    cs_arena_init(&scratch, 16 * 1024 * 1024);
    enum cs_rc rc = store_ctl_drift(k->c->db, &scratch, room, &rows, err);
    int n = rc == CS_OK ? cs_rows_count(&rows) : 0;
    for (int i = 0; i < n; i++) {
        struct store_ctl_drift drift = store_ctl_drift_at(&rows, i);
        print_drift(k, room, &drift);
    }
    k->found += n;
    if (rc == CS_OK && n && k->repair)
        rc = store_ctl_repair(k->c->db, &scratch, room, err);
    if (rc == CS_OK && n && k->repair)
        rc = store_ctl_drift(k->c->db, &scratch, room, &rows, err);
    if (rc == CS_OK && n)
        k->left += cs_rows_count(&rows);
    cs_arena_release(&scratch);
    return rc;
}

static enum cs_rc check_rooms(struct checking *k, struct cs_err *err)
{
    struct cs_uuid last = {{0}};
    struct cs_rows rows;
    enum cs_rc rc;
    int n;

    do {
        rc = store_ctl_rooms(k->c->db, &k->c->arena, &last, &rows, err);
        n = rc == CS_OK ? cs_rows_count(&rows) : 0;
        for (int i = 0; i < n && rc == CS_OK; i++) {
            last = cs_rows_uuid(&rows, i, 0);
            rc = check_one(k, &last, err);
            k->rooms++;
        }
        cs_arena_reset(&k->c->arena);
    } while (rc == CS_OK && n == STORE_CTL_ROOMS_MAX);
    return rc;
}

static int verdict(const struct checking *k)
{
    if (!k->found) {
        fprintf(stderr, "chatspherectl: %lld rooms, and everything is as counted\n", k->rooms);
        return CTL_OK;
    }
    if (!k->repair)
        return ctl_fail("check: %lld differences in %lld rooms; check --repair mends them",
                        k->found, k->rooms);
    if (k->left)
        return ctl_fail("check: %lld differences in %lld rooms, and %lld could not be mended",
                        k->found, k->rooms, k->left);
    fprintf(stderr, "chatspherectl: %lld differences in %lld rooms, all mended\n", k->found,
            k->rooms);
    return CTL_OK;
}

static int run(struct ctl *c, const struct ctl_args *args)
{
    struct checking k = {.c = c, .repair = args->opt[OPT_REPAIR]};
    struct cs_err err;
    enum cs_rc rc = ctl_open(c, store_ctl_check_stmts, &err);

    cs_buf_init(&k.line, LINE_MAX_BYTES);
    if (rc == CS_OK)
        rc = check_one(&k, NULL, &err);
    if (rc == CS_OK)
        rc = check_rooms(&k, &err);
    cs_buf_release(&k.line);
    return rc == CS_OK ? verdict(&k) : ctl_fail_err("check", &err);
}

const struct ctl_command ctl_check = {
    .name = "check",
    .help =
        "count again what is kept in counters, and say what differs\n\n"
        "Sequences, unread and mentions, replies, reactions, members, permissions. It may run while\n"
        "the server does. A line for each difference, six fields with a tab between them: room,\n"
        "what, user, seq, what is stored, what is counted. Exits with 1 when there are any (with\n"
        "--repair: when any are left).",
    .options = {[OPT_REPAIR] = {"--repair", NULL, CTL_OPTIONAL,
                                "mend them, each room under its lock"}},
    .run = run,
};
