/* command.c - the command table and its parser; see command.h. */
#include "command.h"

const struct ctl_command *const ctl_commands[] = {
    &ctl_setup,         &ctl_doctor,        &ctl_config_check,
    &ctl_config_show,
    &ctl_migrate,       &ctl_seed,          &ctl_user_create,
    &ctl_user_list,     &ctl_user_show,     &ctl_user_role,
    &ctl_user_passwd,   &ctl_user_disable,  &ctl_user_enable,
    &ctl_user_delete,   &ctl_token_create,  &ctl_token_list,
    &ctl_token_revoke,  &ctl_invite_create, &ctl_invite_list,
    &ctl_invite_revoke, &ctl_audit,         &ctl_check,
    &ctl_purge,         &ctl_epoch_show,    &ctl_epoch_new,
    &ctl_statements,    &ctl_check_statements, NULL,
};

enum { COMMANDS_N = sizeof ctl_commands / sizeof *ctl_commands - 1 };

/* --- help ------------------------------------------------------------------------------------- */

static void put_usage(struct cs_buf *b, const struct ctl_command *cmd)
{
    cs_buf_cstr(b, cmd->name);
    for (int i = 0; cmd->words[i]; i++)
        cs_buf_printf(b, " %s", cmd->words[i]);
    for (const struct ctl_option *o = cmd->options; o->name; o++)
        cs_buf_printf(b, o->need == CTL_REQUIRED ? " %s%s%s" : " [%s%s%s]", o->name,
                      o->value ? " " : "", o->value ? o->value : "");
}

/* Whether the first word of a command of two is this one. */
static bool is_family(const struct ctl_command *cmd, const char *word)
{
    size_t n = strcspn(cmd->name, " ");

    return cmd->name[n] && strlen(word) == n && strncmp(cmd->name, word, n) == 0;
}

/* The commands of a family, NULL for all; how many there are. */
static int put_commands(struct cs_buf *b, const char *family)
{
    int n = 0;

    for (size_t i = 0; i < COMMANDS_N; i++) {
        const char *help = ctl_commands[i]->help;
        if (family && !is_family(ctl_commands[i], family))
            continue;
        cs_buf_printf(b, "  %-17s  %.*s\n", ctl_commands[i]->name, (int)strcspn(help, "\n"), help);
        n++;
    }
    return n;
}

void ctl_put_commands(struct cs_buf *b)
{
    (void)put_commands(b, NULL);
}

/* What to say where no row fits: the second words of a known first one, or where to look. */
static int explain(int argc, char **argv)
{
    bool asked = argc > 1 && strcmp(argv[1], "--help") == 0;
    struct cs_buf b;
    int status = asked ? CTL_OK : CTL_USAGE;

    cs_buf_init(&b, 4096);
    if (!put_commands(&b, argv[0]))
        status = ctl_usage("there is no command \"%s\"; see chatspherectl --help", argv[0]);
    else if (argc > 1 && !asked)
        (void)ctl_usage("there is no command \"%s %s\"; there are:", argv[0], argv[1]);
    else if (!asked)
        (void)ctl_usage("%s what? There are:", argv[0]);
    fputs(cs_buf_cview(&b), asked ? stdout : stderr);
    cs_buf_release(&b);
    return status;
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
        *used = matches(ctl_commands[i], argc, argv);
        if (*used)
            return ctl_commands[i];
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

/* What the row demands and the command line does not have. */
static int check_needs(const struct ctl_command *cmd, const struct ctl_args *args)
{
    for (int i = 0; cmd->words[i]; i++)
        if (cmd->words[i][0] != '[' && !args->words[i])
            return ctl_usage("%s needs %s %s; see chatspherectl %s --help", cmd->name,
                             strchr("AEIOU", cmd->words[i][0]) ? "an" : "a", cmd->words[i],
                             cmd->name);
    for (int k = 0; cmd->options[k].name; k++)
        if (cmd->options[k].need == CTL_REQUIRED && !args->opt[k])
            return ctl_usage("%s needs %s; see chatspherectl %s --help", cmd->name,
                             cmd->options[k].name, cmd->name);
    return CTL_OK;
}

static int parse(const struct ctl_command *cmd, int argc, char **argv, struct ctl_args *out)
{
    int words = 0;

    for (int i = 0; i < argc; i++) {
        int status = CTL_OK;
        if (strncmp(argv[i], "--", 2) == 0)
            status = parse_option(cmd, argc, argv, &i, out);
        else if (cmd->words[words])
            out->words[words++] = argv[i];
        else
            status = ctl_usage("%s: what is \"%s\"?", cmd->name, argv[i]);
        if (status != CTL_OK)
            return status;
    }
    return check_needs(cmd, out);
}

int ctl_run(struct ctl *c, int argc, char **argv)
{
    struct ctl_args args = {.words = {NULL}};
    int used = 0;

    if (argc == 0)
        return ctl_usage("say what to do; see chatspherectl --help");
    const struct ctl_command *cmd = find(argc, argv, &used);
    if (!cmd)
        return explain(argc, argv);
    for (int i = used; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0)
            return help(cmd);
    int status = parse(cmd, argc - used, argv + used, &args);
    if (status == CTL_OK && cmd->config == CTL_LOADED)
        status = ctl_configure(c);
    return status == CTL_OK ? cmd->run(c, &args) : status;
}
