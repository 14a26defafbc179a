/* command.c - the command table and its parser; see command.h. */
#include "command.h"

static const struct ctl_command *const commands[] = {
    &ctl_migrate,    &ctl_seed,      &ctl_user_create, &ctl_user_list,        &ctl_token_create,
    &ctl_epoch_show, &ctl_epoch_new, &ctl_statements,  &ctl_check_statements,
};

enum { COMMANDS_N = sizeof commands / sizeof *commands };

/* --- help ------------------------------------------------------------------------------------- */

static void put_usage(struct cs_buf *b, const struct ctl_command *cmd)
{
    cs_buf_cstr(b, cmd->name);
    if (cmd->word)
        cs_buf_printf(b, " %s", cmd->word);
    for (const struct ctl_option *o = cmd->options; o->name; o++)
        cs_buf_printf(b, o->need == CTL_REQUIRED ? " %s%s%s" : " [%s%s%s]", o->name,
                      o->value ? " " : "", o->value ? o->value : "");
}

void ctl_put_commands(struct cs_buf *b)
{
    for (size_t i = 0; i < COMMANDS_N; i++) {
        const char *help = commands[i]->help;
        cs_buf_printf(b, "  %-17s  %.*s\n", commands[i]->name, (int)strcspn(help, "\n"), help);
    }
}

static int help(const struct ctl_command *cmd)
{
    struct cs_buf b;

    cs_buf_init(&b, 4096);
    put_usage(&b, cmd);
    printf("usage: chatspherectl [--config FILE] %s\n\n%s\n", cs_buf_cview(&b), cmd->help);
    cs_buf_release(&b);
    if (cmd->options[0].name)
        putchar('\n');
    for (const struct ctl_option *o = cmd->options; o->name; o++)
        printf("  %s %-*s  %s\n", o->name, 20 - (int)strlen(o->name), o->value ? o->value : "",
               o->help);
    return CTL_OK;
}

/* --- parsing ---------------------------------------------------------------------------------- */

/* How many of the words are the command's name; 0: it is another one. */
static int matches(const struct ctl_command *cmd, int argc, char **argv)
{
    const char *second = strchr(cmd->name, ' ');

    if (!second)
        return strcmp(argv[0], cmd->name) == 0;
    size_t n = (size_t)(second - cmd->name);
    bool same = strlen(argv[0]) == n && strncmp(argv[0], cmd->name, n) == 0 && argc > 1 &&
                strcmp(argv[1], second + 1) == 0;
    return same ? 2 : 0;
}

static const struct ctl_command *find(int argc, char **argv, int *used)
{
    for (size_t i = 0; i < COMMANDS_N; i++) {
        *used = matches(commands[i], argc, argv);
        if (*used)
            return commands[i];
    }
    return NULL;
}

/* Takes the option at argv[*i], "--name VALUE" or "--name=VALUE". */
static int parse_option(const struct ctl_command *cmd, int argc, char **argv, int *i,
                        struct ctl_args *out)
{
    const char *arg = argv[*i];
    size_t len = strcspn(arg, "=");

    for (int k = 0; cmd->options[k].name; k++) {
        const struct ctl_option *o = &cmd->options[k];
        if (strlen(o->name) != len || strncmp(o->name, arg, len) != 0)
            continue;
        if (out->opt[k])
            return ctl_usage("%s: %s is given twice", cmd->name, o->name);
        if (!o->value && arg[len])
            return ctl_usage("%s: %s takes no value", cmd->name, o->name);
        if (!o->value)
            out->opt[k] = "";
        else if (arg[len])
            out->opt[k] = arg + len + 1;
        else if (*i + 1 < argc)
            out->opt[k] = argv[++*i];
        else
            return ctl_usage("%s: %s needs a value (%s)", cmd->name, o->name, o->value);
        return CTL_OK;
    }
    return ctl_usage("%s has no option %.*s; see chatspherectl %s --help", cmd->name, (int)len, arg,
                     cmd->name);
}

static int parse(const struct ctl_command *cmd, int argc, char **argv, struct ctl_args *out)
{
    for (int i = 0; i < argc; i++) {
        int status = CTL_OK;
        if (strncmp(argv[i], "--", 2) == 0)
            status = parse_option(cmd, argc, argv, &i, out);
        else if (cmd->word && !out->word)
            out->word = argv[i];
        else
            status = ctl_usage("%s: what is \"%s\"?", cmd->name, argv[i]);
        if (status != CTL_OK)
            return status;
    }
    if (cmd->word && cmd->word[0] != '[' && !out->word)
        return ctl_usage("%s needs a %s; see chatspherectl %s --help", cmd->name, cmd->word,
                         cmd->name);
    for (int k = 0; cmd->options[k].name; k++)
        if (cmd->options[k].need == CTL_REQUIRED && !out->opt[k])
            return ctl_usage("%s needs %s; see chatspherectl %s --help", cmd->name,
                             cmd->options[k].name, cmd->name);
    return CTL_OK;
}

int ctl_run(struct ctl *c, int argc, char **argv)
{
    struct ctl_args args = {.word = NULL};
    int used = 0;

    if (argc == 0)
        return ctl_usage("say what to do; see chatspherectl --help");
    const struct ctl_command *cmd = find(argc, argv, &used);
    if (!cmd)
        return ctl_usage("there is no command \"%s%s%s\"; see chatspherectl --help", argv[0],
                         argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
    for (int i = used; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0)
            return help(cmd);
    int status = parse(cmd, argc - used, argv + used, &args);
    return status == CTL_OK ? cmd->run(c, &args) : status;
}
