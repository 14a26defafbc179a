/* command.h - what chatspherectl can be told, as a table: one row per command.
 *
 * A row names the command, its options and its handler; the parser, the usage line, --help and the
 * list of commands come from it. A handler therefore sees only what its row allows, and parses
 * nothing but the values' own syntax.
 */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include "ctl.h"

enum { CTL_OPTIONS_MAX = 10, CTL_WORDS_MAX = 2 };

enum ctl_need { CTL_OPTIONAL, CTL_REQUIRED };

/* Whether the configuration has been loaded when the handler runs; most commands need one that is
 * usable, and have nothing to say about another. */
enum ctl_config { CTL_LOADED, CTL_UNLOADED };

struct ctl_option {
    const char *name;  /* "--role" */
    const char *value; /* what stands behind it in the usage line; NULL: it is a switch */
    enum ctl_need need;
    const char *help;
};

struct ctl_args {
    const char *words[CTL_WORDS_MAX]; /* NULL: not given */
    const char
        *opt[CTL_OPTIONS_MAX]; /* by its place in the row; NULL: not given, "": a switch on */
};

struct ctl_command {
    const char *name; /* one word or two: "user create" */
    const char
        *words[CTL_WORDS_MAX + 1]; /* its arguments: "NAME", "[NAME]" when it may be absent */
    const char *help;              /* the first line stands in the list of commands */
    struct ctl_option options[CTL_OPTIONS_MAX + 1];         /* ended by one without a name */
    enum ctl_config config;
    int (*run)(struct ctl *c, const struct ctl_args *args); /* gives the exit status */
};

extern const struct ctl_command ctl_migrate, ctl_seed, ctl_user_create, ctl_user_list,
    ctl_user_show, ctl_user_role, ctl_user_passwd, ctl_user_disable, ctl_user_enable,
    ctl_user_delete, ctl_token_create, ctl_token_list, ctl_token_revoke, ctl_invite_create,
    ctl_invite_list, ctl_invite_revoke, ctl_audit, ctl_check, ctl_purge, ctl_epoch_show,
    ctl_epoch_new, ctl_statements, ctl_check_statements, ctl_config_check, ctl_config_show,
    ctl_setup, ctl_doctor;

/* All of them; a NULL behind the last. */
extern const struct ctl_command *const ctl_commands[];

/* The list of commands, for the program's own --help. */
void ctl_put_commands(struct cs_buf *b);

/* Finds the command that argv begins with, parses what follows, and runs it; explains what is wrong
 * with a command line that no row fits. Returns the exit status. */
int ctl_run(struct ctl *c, int argc, char **argv);

#endif
