/* main.c - chatspherectl: what an administrator does to a ChatSphere from the command line.
 *
 * It knows no protocol and keeps nothing running: each command is one row of the table in command.c
 * and one file beside it. Secrets come from standard input or from the configuration, never from
 * the command line, where other users of the machine could read them.
 */
#include "command.h"
#include "cs_log.h"
#include "manual.h"

enum { ARENA_MAX_BYTES = 64 * 1024 * 1024 };

static const char intro[] =
    "COMMAND [ARGUMENTS]\n\n"
    "Looks after a ChatSphere's database: its schema, accounts and tokens.\n"
    "\"chatspherectl COMMAND --help\" explains one command.\n\n";

/* What the manual pages list, for tests/lint/derived.sh; it needs no configuration. */
static bool print_table(int argc, char **argv)
{
    struct cs_str option = cs_str_c(argc == 2 ? argv[1] : NULL);

    if (cs_str_is(option, "--list-commands"))
        ctl_print_manual(stdout);
    else if (cs_str_is(option, "--list-options"))
        cs_cfg_manual(stdout);
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    struct ctl c = {.db = NULL};
    struct cs_buf usage;
    int status;

    if (print_table(argc, argv))
        return fflush(stdout) == 0 ? CTL_OK : CTL_FAILED;
    cs_buf_init(&usage, 16 * 1024);
    cs_buf_cstr(&usage, intro);
    ctl_put_commands(&usage);
    cs_log_init("chatspherectl", CS_LOG_INFO);
    cs_log_plain();
    cs_arena_init(&c.arena, ARENA_MAX_BYTES);
    int first = cs_cfg_args(argc, argv, "chatspherectl", cs_buf_cview(&usage), &c.args, &status);
    cs_buf_release(&usage);
    if (first >= 0)
        status = c.args.dump ? ctl_configure(&c) : ctl_run(&c, argc - first, argv + first);
    cs_db_free(c.db);
    cs_cfg_release(&c.cfg);
    cs_arena_release(&c.arena);
    return fflush(stdout) == 0 ? status : ctl_fail("standard output cannot be written");
}
