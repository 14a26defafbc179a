/* cmd_epoch.c - chatspherectl epoch: the random part of the epoch that every cursor carries. */
#include "command.h"
#include "store_ctl.h"

typedef enum cs_rc epoch_fn(struct cs_db *db, struct cs_arena *arena, struct cs_str *value,
                            struct cs_err *err);

static int print_epoch(struct ctl *c, const char *what, epoch_fn *get)
{
    struct cs_str value;
    struct cs_err err;
    enum cs_rc rc = ctl_open(c, store_ctl_stmts, &err);

    if (rc == CS_OK)
        rc = get(c->db, &c->arena, &value, &err);
    if (rc != CS_OK)
        return ctl_fail_err(what, &err);
    if (!value.p)
        return ctl_fail("%s: there is none yet; run chatspherectl seed", what);
    printf(CS_STR_FMT "\n", CS_STR_ARG(value));
    return CTL_OK;
}

static int run_show(struct ctl *c, const struct ctl_args *args)
{
    (void)args;
    return print_epoch(c, "epoch show", store_ctl_epoch);
}

static int run_new(struct ctl *c, const struct ctl_args *args)
{
    (void)args;
    return print_epoch(c, "epoch new", store_ctl_epoch_new);
}

const struct ctl_command ctl_epoch_show = {
    .name = "epoch show",
    .help = "print the random part of the epoch",
    .run = run_show,
};

const struct ctl_command ctl_epoch_new = {
    .name = "epoch new",
    .help = "void every cursor, after a restore\n\n"
            "A database that was restored to an earlier time gives sequence numbers again that\n"
            "clients have seen. With a new epoch they notice, and load afresh. Run it after the\n"
            "restore and before the programs start.",
    .run = run_new,
};
