/* cs_cfg_manual.c - the option table as the list in chatsphere.env(5). */
#include "cs_cfg_table.h"
#include "cs_mdoc.h"

enum { FACTS_MAX = 4096 };

/* "one of a, b, c" from the words of the table, "a|b|c". */
static void put_choices(struct cs_buf *b, const char *words)
{
    struct cs_str rest = cs_str_c(words);

    cs_buf_cstr(b, "One of");
    while (rest.p) {
        struct cs_str word = cs_str_split(&rest, '|');
        cs_buf_printf(b, " " CS_STR_FMT "%s", CS_STR_ARG(word), rest.p ? "," : ".");
    }
}

/* What may stand there. */
static void put_range(struct cs_buf *b, const struct cs_option *o)
{
    long long min = (long long)o->min, max = (long long)o->max;

    switch (o->type) {
    case CS_O_TEXT:
        cs_buf_printf(b, "A text of at most %lld bytes.", max);
        break;
    case CS_O_INT:
        cs_buf_printf(b, "A number from %lld to %lld%s%s.", min, max, o->unit[0] ? ", in " : "",
                      o->unit);
        break;
    case CS_O_DURATION:
        cs_buf_printf(b, "A duration from %lld to %lld seconds.", min, max);
        break;
    case CS_O_BOOL:
        cs_buf_cstr(b, "Either true or false.");
        break;
    case CS_O_CHOICE:
        put_choices(b, o->unit);
        break;
    }
}

static void put_flags(struct cs_buf *b, const struct cs_option *o)
{
    if (o->flags & CS_O_SECRET)
        cs_buf_cstr(b, " A secret: it is never printed.");
    if (o->flags & CS_O_SECRET_URL)
        cs_buf_cstr(b, " It is printed without its password.");
    if (o->flags & CS_O_RELOADABLE)
        cs_buf_cstr(b, " A running program takes a new value with SIGHUP.");
}

static void print_default(const struct cs_option *o, FILE *out)
{
    if (o->offset == offsetof(struct cs_cfg, schema_dir)) /* another one in each installation */
        fputs("The default is where they were installed.\n", out);
    else if (o->def[0])
        fprintf(out, "The default is\n.Ql %s .\n", o->def);
    else
        fputs("There is no default.\n", out);
}

void cs_cfg_manual(FILE *out)
{
    struct cs_buf facts;

    cs_buf_init(&facts, FACTS_MAX);
    for (const struct cs_option *o = cs_options; o < cs_options + cs_options_n; o++) {
        cs_buf_clear(&facts);
        put_range(&facts, o);
        put_flags(&facts, o);
        fprintf(out, ".It Ev %s\n", o->key);
        cs_mdoc_text(out, cs_str_c(o->help));
        fputs(".Pp\n", out);
        cs_mdoc_text(out, cs_buf_view(&facts));
        print_default(o, out);
    }
    cs_buf_release(&facts);
}
