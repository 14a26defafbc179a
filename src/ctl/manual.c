/* manual.c - prints the command table in mdoc(7); see manual.h. */
#include "manual.h"

#include "command.h"
#include "cs_mdoc.h"

/* "NAME" is an argument, "[NAME]" one that may be absent. */
static void print_word(const char *word, FILE *out)
{
    if (word[0] == '[')
        fprintf(out, " Op Ar %.*s", (int)strlen(word) - 2, word + 1);
    else
        fprintf(out, " Ar %s", word);
}

/* The minus of "--role" is mdoc's own: .Fl writes one, and \- the other. */
static void print_option(const struct ctl_option *o, FILE *out)
{
    fprintf(out, " Fl \\-%s", o->name + 2);
    if (o->value)
        fprintf(out, " Ar %s", o->value);
}

static void print_usage(const struct ctl_command *cmd, FILE *out)
{
    fprintf(out, ".It Cm %s", cmd->name);
    for (int i = 0; cmd->words[i]; i++)
        print_word(cmd->words[i], out);
    for (const struct ctl_option *o = cmd->options; o->name; o++) {
        if (o->need != CTL_REQUIRED)
            fputs(" Oo", out);
        print_option(o, out);
        if (o->need != CTL_REQUIRED)
            fputs(" Oc", out);
    }
    fputc('\n', out);
}

static void print_options(const struct ctl_command *cmd, FILE *out)
{
    fputs(".Bl -tag -width Ds\n", out);
    for (const struct ctl_option *o = cmd->options; o->name; o++) {
        fputs(".It", out);
        print_option(o, out);
        fputc('\n', out);
        cs_mdoc_sentence(out, cs_str_c(o->help));
    }
    fputs(".El\n", out);
}

static void print_command(const struct ctl_command *cmd, FILE *out)
{
    struct cs_str rest = cs_str_c(cmd->help);
    struct cs_str first = cs_str_split(&rest, '\n');

    print_usage(cmd, out);
    cs_mdoc_sentence(out, first);
    if (rest.len)
        cs_mdoc_text(out, rest); /* begins with an empty line: a paragraph of its own */
    if (cmd->options[0].name)
        print_options(cmd, out);
}

void ctl_print_manual(FILE *out)
{
    for (const struct ctl_command *const *cmd = ctl_commands; *cmd; cmd++)
        print_command(*cmd, out);
}
