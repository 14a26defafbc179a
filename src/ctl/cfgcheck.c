/* cfgcheck.c - reads the sources of a configuration line by line; see the header. */
#include "cfgcheck.h"

#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static const char environment[] = "environment";

__attribute__((format(printf, 4, 5))) static void add(struct cfgcheck *k, enum cfg_weight weight,
                                                      struct cfg_place at, const char *fmt, ...)
{
    struct cs_buf b;
    va_list ap;

    k->problems += weight == CFG_PROBLEM;
    if (k->n == CFG_FINDINGS_MAX)
        return;
    cs_buf_init(&b, 4096);
    va_start(ap, fmt);
    cs_buf_vprintf(&b, fmt, ap);
    va_end(ap);
    const char *text = cs_str_cstr(&k->c->arena, cs_buf_view(&b));
    k->v[k->n++] = (struct cfg_finding){weight, at, text ? text : "out of memory"};
    cs_buf_release(&b);
}

/* The row of a key; -1: there is none. */
static int row_of(struct cs_str key)
{
    for (size_t i = 0; i < cs_options_n; i++)
        if (cs_str_is(key, cs_options[i].key))
            return (int)i;
    return -1;
}

void cfgcheck_add(struct cfgcheck *k, enum cfg_weight weight, const char *key, const char *text)
{
    int row = row_of(cs_str_c(key));

    add(k, weight, row < 0 ? (struct cfg_place){NULL, 0} : k->at[row], "%s: %s", key, text);
}

/* --- names that are none ------------------------------------------------------------------------ */

enum { NAME_MAX_BYTES = 40 };

/* How many letters have to be put in, taken out or changed to make one of the other (Levenshtein),
 * whatever their case; more than any name has letters when one of them is too long to be compared. */
static size_t distance(struct cs_str a, struct cs_str b)
{
    size_t row[NAME_MAX_BYTES + 1];

    if (a.len > NAME_MAX_BYTES || b.len > NAME_MAX_BYTES)
        return NAME_MAX_BYTES + 1;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            bool same = toupper((unsigned char)a.p[i - 1]) == toupper((unsigned char)b.p[j - 1]);
            size_t best = diagonal + !same;
            diagonal = row[j];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
        }
    }
    return row[b.len];
}

/* Two slips in a name are a typing error; further off it is another program's option, for a file may
 * be shared. */
static void unknown(struct cfgcheck *k, struct cfg_place at, struct cs_str key)
{
    const char *shown = ctl_text(k->c, key);

    for (size_t i = 0; i < cs_options_n; i++) {
        if (distance(key, cs_str_c(cs_options[i].key)) <= (key.len > 5 ? 2 : 1)) {
            add(k, CFG_PROBLEM, at, "%s: there is no such option; is %s meant?", shown,
                cs_options[i].key);
            return;
        }
    }
    add(k, CFG_NOTE, at, "%s: ignored, for no option of ChatSphere has this name", shown);
}

/* --- values ------------------------------------------------------------------------------------- */

/* A later source wins over an earlier one, a later line over an earlier. */
static void take(struct cfgcheck *k, int row, struct cs_str value, struct cfg_place at)
{
    const struct cs_option *o = &cs_options[row];
    struct cfg_place before = k->at[row];
    struct cs_err err;

    if (before.source == at.source)
        add(k, CFG_NOTE, before, "%s: not in force, for line %d sets it again", o->key, at.line);
    else if (before.source)
        add(k, CFG_NOTE, before, "%s: not in force, for %s%s sets it too", o->key,
            at.source == environment ? "the " : "", at.source);
    k->at[row] = at;
    if (!value.len && o->type != CS_O_TEXT)
        value = cs_str_c(o->def);
    if (cs_cfg_set(&k->cfg, o, value, &err) != CS_OK)
        add(k, CFG_PROBLEM, at, "%s", err.log);
}

static void take_line(struct cfgcheck *k, struct cs_str line, struct cfg_place at)
{
    struct cs_str text = cs_str_trim(line), key, value;

    if (!text.len || text.p[0] == '#')
        return;
    if (!cs_cfg_line(line, &key, &value)) {
        add(k, CFG_PROBLEM, at, "this line is no KEY=value and no # comment");
        return;
    }
    int row = row_of(key);
    if (row < 0)
        unknown(k, at, key);
    else
        take(k, row, value, at);
}

static bool holds_secrets(const struct cfgcheck *k, const char *source)
{
    for (size_t i = 0; i < cs_options_n; i++)
        if (k->at[i].source == source && (cs_options[i].flags & (CS_O_SECRET | CS_O_SECRET_URL)))
            return true;
    return false;
}

static void check_mode(struct cfgcheck *k, const char *path)
{
    struct stat st;

    if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IRWXO) &&
        holds_secrets(k, path))
        add(k, CFG_PROBLEM, (struct cfg_place){path, 0},
            "every user of this machine may read the secrets in it: chmod o= %s", path);
}

static void take_file(struct cfgcheck *k, const char *path, bool must_exist)
{
    struct cs_str text;
    struct cs_err err;

    if (cs_cfg_read(&k->cfg, path, must_exist, &text, &err) != CS_OK) {
        add(k, CFG_PROBLEM, (struct cfg_place){NULL, 0}, "%s", err.log);
        return;
    }
    for (int line = 1; text.p; line++)
        take_line(k, cs_str_split(&text, '\n'), (struct cfg_place){path, line});
    check_mode(k, path);
}

static void take_credentials(struct cfgcheck *k)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");

    for (size_t i = 0; dir && cs_credentials[i]; i++) {
        const char *path = cs_arena_printf(&k->c->arena, "%s/%s", dir, cs_credentials[i]);
        if (path)
            take_file(k, path, false);
    }
}

static void take_environment(struct cfgcheck *k)
{
    for (size_t i = 0; i < cs_options_n; i++) {
        const char *value = getenv(cs_options[i].key);
        if (value)
            take(k, (int)i, cs_str_c(value), (struct cfg_place){environment, 0});
    }
}

void cfgcheck_run(struct ctl *c, struct cfgcheck *k)
{
    const char *path = cs_cfg_path(c->args.file);
    struct cs_err err;

    *k = (struct cfgcheck){.c = c};
    cs_arena_init(&k->cfg.arena, 1024 * 1024);
    for (size_t i = 0; i < cs_options_n; i++)
        if (cs_cfg_set(&k->cfg, &cs_options[i], cs_str_c(cs_options[i].def), &err) != CS_OK)
            add(k, CFG_PROBLEM, (struct cfg_place){NULL, 0}, "%s", err.log);
    ctl_find_credentials(c);
    take_file(k, path, c->args.file || getenv("CHATSPHERE_CONFIG"));
    take_credentials(k);
    take_environment(k);
    cfgrules_run(k);
}

void cfgcheck_release(struct cfgcheck *k)
{
    cs_cfg_release(&k->cfg);
}

void cfgcheck_put(const struct cfg_finding *f, struct cs_buf *b)
{
    if (f->at.source)
        cs_buf_cstr(b, f->at.source);
    if (f->at.line)
        cs_buf_printf(b, ":%d", f->at.line);
    cs_buf_printf(b, "%s%s%s", f->at.source ? ": " : "", f->weight == CFG_NOTE ? "note: " : "",
                  f->text);
}
