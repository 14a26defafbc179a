/* cmd_config.c - chatspherectl config check, show: the configuration, before the programs start with
 * it. What is looked at stands in cfgcheck.c and cfgrules.c. */
#include "cfgcheck.h"
#include "command.h"

enum { LINE_MAX_BYTES = 8192 };

static int verdict(const struct cfgcheck *k)
{
    size_t notes = k->n - (size_t)k->problems;

    if (k->problems)
        return ctl_fail("config check: %d %s with this configuration", k->problems,
                        k->problems == 1 ? "thing is wrong" : "things are wrong");
    fprintf(stderr, "chatspherectl: the configuration is usable%s\n",
            notes ? "; see the notes" : "");
    return CTL_OK;
}

static int run_check(struct ctl *c, const struct ctl_args *args)
{
    struct cfgcheck *k = cs_arena_alloc(&c->arena, sizeof *k);
    struct cs_buf line;

    (void)args;
    if (!k)
        return ctl_fail("config check: out of memory");
    cfgcheck_run(c, k);
    cs_buf_init(&line, LINE_MAX_BYTES);
    for (size_t i = 0; i < k->n; i++) {
        cs_buf_clear(&line);
        cfgcheck_put(&k->v[i], &line);
        puts(cs_buf_cview(&line));
    }
    cs_buf_release(&line);
    int status = verdict(k);
    cfgcheck_release(k);
    return status;
}

static int run_show(struct ctl *c, const struct ctl_args *args)
{
    (void)args;
    cs_cfg_dump(&c->cfg, stdout);
    return CTL_OK;
}

const struct ctl_command ctl_config_check = {
    .name = "config check",
    .help = "say all that is wrong with the configuration\n\n"
            "Reads the file, the credentials beside it and the environment as the programs do, and\n"
            "goes on where they would stop: values that are not usable, names that no option has,\n"
            "lines that are not in force, values that do not fit each other or this machine. A line\n"
            "for each, with file and line. Exits with 1 when the programs would not start, or not\n"
            "do what is written there; notes are no reason.",
    .config = CTL_UNLOADED,
    .run = run_check,
};

const struct ctl_command ctl_config_show = {
    .name = "config show",
    .help = "print what is in force, and where it comes from\n\n"
            "Every option with its value, its unit and its source, as --dump-config of any program\n"
            "does. Secrets are masked, passwords in addresses too.",
    .run = run_show,
};
