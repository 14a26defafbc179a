/* cs_cfg.c - reads the options of cs_cfg_table.c; see cs_cfg.h for where values come from. */
#include "cs_cfg.h"

#include "cs_cfg_table.h"
#include "cs_log.h"
#include "cs_parse.h"

#include <errno.h>
#include <stdlib.h>

enum { FILE_MAX_BYTES = 64 * 1024, ARENA_MAX_BYTES = 1024 * 1024 };

static const char default_file[] = CS_CONFIG_DIR "/chatsphere.env";

/* --- one value -------------------------------------------------------------------------------- */

static enum cs_rc bad(const struct cs_option *o, const char *why, struct cs_err *err)
{
    return cs_fail_log(err, CS_E_CONFIG, "%s: %s", o->key, why);
}

static bool parse_choice(const char *words, struct cs_str value, int64_t *out)
{
    struct cs_str rest = cs_str_c(words);

    for (int64_t i = 0; rest.p; i++) {
        if (cs_str_ieq(cs_str_split(&rest, '|'), value)) {
            *out = i;
            return true;
        }
    }
    return false;
}

static enum cs_rc set_text(struct cs_cfg *cfg, const struct cs_option *o, struct cs_str value,
                           struct cs_err *err)
{
    if (value.len > (size_t)o->max || value.len < (size_t)o->min || memchr(value.p, '\0', value.len))
        return bad(o, "too short, too long, or not text", err);
    char *copy = cs_str_cstr(&cfg->arena, value);
    if (!copy)
        return cs_fail(err, CS_E_NO_MEMORY);
    *(const char **)((char *)cfg + o->offset) = copy;
    return CS_OK;
}

enum cs_rc cs_cfg_set(struct cs_cfg *cfg, const struct cs_option *o, struct cs_str value,
                      struct cs_err *err)
{
    char why[160];
    int64_t *number = (int64_t *)(void *)((char *)cfg + o->offset);

    switch (o->type) {
    case CS_O_TEXT:
        return set_text(cfg, o, value, err);
    case CS_O_INT:
        if (cs_parse_i64(value, o->min, o->max, number))
            return CS_OK;
        (void)snprintf(why, sizeof why, "must be a number from %lld to %lld", (long long)o->min,
                       (long long)o->max);
        return bad(o, why, err);
    case CS_O_DURATION:
        if (cs_parse_duration(value, o->min, o->max, number))
            return CS_OK;
        return bad(o, "must be a duration such as 7d, 12h, 30m or 90 (seconds)", err);
    case CS_O_BOOL:
        if (cs_parse_bool(value, (bool *)((char *)cfg + o->offset)))
            return CS_OK;
        return bad(o, "must be true or false", err);
    case CS_O_CHOICE:
        if (parse_choice(o->unit, value, number))
            return CS_OK;
        (void)snprintf(why, sizeof why, "must be one of %s", o->unit);
        return bad(o, why, err);
    }
    abort();
}

/* --- the file --------------------------------------------------------------------------------- */

enum cs_rc cs_cfg_read(struct cs_cfg *cfg, const char *path, bool must_exist, struct cs_str *out,
                       struct cs_err *err)
{
    FILE *f = fopen(path, "re");

    *out = (struct cs_str){NULL, 0};
    if (!f && errno == ENOENT && !must_exist)
        return CS_OK;
    if (!f)
        return cs_fail_log(err, CS_E_CONFIG, "%.200s: %s", path, strerror(errno));
    char *text = cs_arena_alloc(&cfg->arena, FILE_MAX_BYTES);
    size_t n = text ? fread(text, 1, FILE_MAX_BYTES, f) : 0;
    bool bad_read = ferror(f) || n == FILE_MAX_BYTES;
    (void)fclose(f);
    if (!text)
        return cs_fail(err, CS_E_NO_MEMORY);
    if (bad_read)
        return cs_fail_log(err, CS_E_CONFIG, "%.200s: cannot be read, or larger than %d KiB", path,
                           FILE_MAX_BYTES / 1024);
    *out = cs_str_n(text, n);
    return CS_OK;
}

/* The value loses its quotes, or else a trailing " # comment". */
bool cs_cfg_line(struct cs_str line, struct cs_str *key, struct cs_str *value)
{
    line = cs_str_trim(line);
    if (!line.len || line.p[0] == '#')
        return false;
    if (cs_str_starts(line, CS_LIT("export ")))
        line = cs_str_trim(cs_str_n(line.p + 7, line.len - 7));
    *value = line;
    *key = cs_str_trim(cs_str_split(value, '='));
    if (!value->p)
        return false;
    *value = cs_str_trim(*value);
    char quote = value->len ? value->p[0] : '\0';
    const char *end = quote == '"' || quote == '\'' ? memchr(value->p + 1, quote, value->len - 1) : NULL;
    if (end) {
        *value = cs_str_n(value->p + 1, (size_t)(end - value->p - 1));
        return true;
    }
    for (size_t i = 1; i < value->len; i++) {
        if (value->p[i] == '#' && value->p[i - 1] == ' ') {
            *value = cs_str_trim(cs_str_n(value->p, i));
            break;
        }
    }
    return true;
}

/* The last line that sets the key wins, as a shell would have it. */
static bool find_in_file(struct cs_str text, const char *wanted, struct cs_str *value)
{
    bool found = false;

    while (text.p) {
        struct cs_str key, v, line = cs_str_split(&text, '\n');
        if (cs_cfg_line(line, &key, &v) && cs_str_is(key, wanted)) {
            *value = v;
            found = true;
        }
    }
    return found;
}

/* --- all of them ------------------------------------------------------------------------------ */

/* What the programs need stands in the first; the second has what only chatspherectl does. */
const char *const cs_credentials[] = {"secrets.env", "owner.env", NULL};

enum { CREDENTIALS_N = sizeof cs_credentials / sizeof *cs_credentials - 1 };

enum source { FROM_DEFAULT, FROM_FILE, FROM_CREDENTIALS, FROM_ENVIRONMENT };
static const char *const source_names[] = {"default", "file", "credentials", "environment"};
static enum source sources[64]; /* by row of the table, for the dump */

struct texts {
    struct cs_str file, credentials[CREDENTIALS_N];
};

static enum cs_rc read_texts(struct cs_cfg *cfg, struct texts *t, struct cs_err *err)
{
    const char *path = cs_cfg_path(cfg->file), *dir = getenv("CREDENTIALS_DIRECTORY");
    enum cs_rc rc = cs_cfg_read(cfg, path, path != default_file, &t->file, err);

    for (int i = 0; i < CREDENTIALS_N; i++) {
        t->credentials[i] = (struct cs_str){NULL, 0};
        if (rc != CS_OK || !dir || !dir[0])
            continue;
        path = cs_arena_printf(&cfg->arena, "%s/%s", dir, cs_credentials[i]);
        rc = path ? cs_cfg_read(cfg, path, false, &t->credentials[i], err)
                  : cs_fail(err, CS_E_NO_MEMORY);
    }
    return rc;
}

/* The environment wins over credentials, these over the file. */
static enum source look_up(const struct texts *t, const char *key, struct cs_str *value)
{
    const char *env = getenv(key);

    *value = cs_str_c(env);
    if (env)
        return FROM_ENVIRONMENT;
    for (int i = CREDENTIALS_N - 1; i >= 0; i--)
        if (find_in_file(t->credentials[i], key, value))
            return FROM_CREDENTIALS;
    return find_in_file(t->file, key, value) ? FROM_FILE : FROM_DEFAULT;
}

static enum cs_rc load_values(struct cs_cfg *cfg, const struct texts *t, struct cs_err *err)
{
    for (size_t i = 0; i < cs_options_n; i++) {
        const struct cs_option *o = &cs_options[i];
        struct cs_str value;

        sources[i] = look_up(t, o->key, &value);
        if (sources[i] == FROM_DEFAULT || (!value.len && o->type != CS_O_TEXT))
            value = cs_str_c(o->def);
        enum cs_rc rc = cs_cfg_set(cfg, o, value, err);
        if (rc != CS_OK)
            return rc;
    }
    return CS_OK;
}

enum cs_rc cs_cfg_check(struct cs_cfg *cfg, struct cs_err *err)
{
    if (cfg->jwt_secret[0] && cfg->secret_key[0] && strcmp(cfg->jwt_secret, cfg->secret_key) != 0)
        return cs_fail_log(err, CS_E_CONFIG,
                           "JWT_SECRET and SECRET_KEY are both set and differ: keep one");
    if (!cfg->jwt_secret[0])
        cfg->jwt_secret = cfg->secret_key;
    if (!cs_str_ieq(cs_str_c(cfg->algorithm), CS_LIT("HS256")))
        return cs_fail_log(err, CS_E_CONFIG, "ALGORITHM: only HS256 is taken");
    if (cs_str_starts(cs_str_c(cfg->database_url), CS_LIT("sqlite")))
        return cs_fail_log(err, CS_E_CONFIG,
                           "DATABASE_URL: ChatSphere stores in PostgreSQL only; an SQLite file "
                           "cannot be used. Example: postgresql://user:password@localhost/chat");
    if (!cfg->database_owner_url[0])
        cfg->database_owner_url = cfg->database_url;
    return CS_OK;
}

const char *cs_cfg_path(const char *file)
{
    const char *named = file ? file : getenv("CHATSPHERE_CONFIG");

    return named ? named : default_file;
}

enum cs_rc cs_cfg_load(struct cs_cfg *cfg, const char *file, struct cs_err *err)
{
    struct texts texts;

    *cfg = (struct cs_cfg){.file = file};
    cs_arena_init(&cfg->arena, ARENA_MAX_BYTES);
    enum cs_rc rc = read_texts(cfg, &texts, err);
    if (rc == CS_OK)
        rc = load_values(cfg, &texts, err);
    if (rc == CS_OK)
        rc = cs_cfg_check(cfg, err);
    return rc;
}

void cs_cfg_release(struct cs_cfg *cfg)
{
    cs_arena_release(&cfg->arena);
}

/* Texts would have to outlive their arena, so only numbers and choices are reloadable. */
static void take_reloadable(struct cs_cfg *cfg, const struct cs_cfg *fresh)
{
    for (size_t i = 0; i < cs_options_n; i++) {
        const struct cs_option *o = &cs_options[i];
        if (o->flags & CS_O_RELOADABLE)
            memcpy((char *)cfg + o->offset, (const char *)fresh + o->offset, sizeof(int64_t));
    }
}

void cs_cfg_reload(struct cs_cfg *cfg)
{
    struct cs_cfg fresh;
    struct cs_err err;

    if (cs_cfg_load(&fresh, cfg->file, &err) == CS_OK) {
        take_reloadable(cfg, &fresh);
        cs_log_set_level((enum cs_log_level)cfg->log_level);
        cs_log(CS_LOG_INFO, "reloaded");
    } else {
        cs_log_err("reload_refused", &err);
    }
    cs_cfg_release(&fresh);
}

/* --- printing --------------------------------------------------------------------------------- */

/* postgresql://user:PASSWORD@host/db and password=PASSWORD lose what is secret. */
static void print_url(const char *url, FILE *out)
{
    const char *scheme = strstr(url, "://");
    const char *at = scheme ? strrchr(scheme, '@') : NULL;
    const char *colon = at ? memchr(scheme + 3, ':', (size_t)(at - scheme - 3)) : NULL;

    if (strstr(url, "password"))
        fputs("***", out);
    else if (colon)
        fprintf(out, "%.*s:***%s", (int)(colon - url), url, at);
    else
        fputs(url, out);
}

static struct cs_str choice_word(const char *words, int64_t index)
{
    struct cs_str rest = cs_str_c(words), word = {NULL, 0};

    for (int64_t i = 0; i <= index; i++)
        word = cs_str_split(&rest, '|');
    return word;
}

struct cs_str cs_cfg_word(const struct cs_cfg *cfg, const char *key)
{
    for (const struct cs_option *o = cs_options; o < cs_options + cs_options_n; o++)
        if (o->type == CS_O_CHOICE && cs_str_is(cs_str_c(o->key), key))
            return choice_word(o->unit, *(const int64_t *)((const char *)cfg + o->offset));
    abort(); /* a key of ours that the table does not have */
}

static void print_choice(const char *words, int64_t index, FILE *out)
{
    struct cs_str word = choice_word(words, index);

    fprintf(out, CS_STR_FMT, CS_STR_ARG(word));
}

static void print_value(const struct cs_cfg *cfg, const struct cs_option *o, FILE *out)
{
    const void *at = (const char *)cfg + o->offset;

    if (o->type == CS_O_TEXT) {
        const char *text = *(const char *const *)at;
        if (o->flags & CS_O_SECRET)
            fputs(text[0] ? "***" : "", out);
        else if (o->flags & CS_O_SECRET_URL)
            print_url(text, out);
        else
            fputs(text, out);
    } else if (o->type == CS_O_BOOL) {
        fputs(*(const bool *)at ? "true" : "false", out);
    } else if (o->type == CS_O_CHOICE) {
        print_choice(o->unit, *(const int64_t *)at, out);
    } else {
        fprintf(out, "%lld", (long long)*(const int64_t *)at);
    }
}

void cs_cfg_dump(const struct cs_cfg *cfg, FILE *out)
{
    for (size_t i = 0; i < cs_options_n; i++) {
        const struct cs_option *o = &cs_options[i];
        const char *unit = o->type == CS_O_DURATION ? "seconds" : o->unit;
        fprintf(out, "%s=", o->key);
        print_value(cfg, o, out);
        fprintf(out, "  # %s%s%s\n", unit, unit[0] ? ", " : "", source_names[sources[i]]);
    }
}

void cs_cfg_example(FILE *out)
{
    fputs("# ChatSphere's configuration. What is commented out has the value that is shown. The\n"
          "# environment wins over this file, and so do the service's credentials, which systemd makes of\n"
          "# two files beside this one, of the same syntax: secrets.env is for DATABASE_URL and\n"
          "# JWT_SECRET, owner.env for DATABASE_OWNER_URL.\n",
          out);
    for (size_t i = 0; i < cs_options_n; i++) {
        const struct cs_option *o = &cs_options[i];
        struct cs_str rest = cs_str_c(o->help);
        fputc('\n', out);
        while (rest.p) {
            struct cs_str line = cs_str_split(&rest, '\n');
            fprintf(out, "# " CS_STR_FMT "\n", CS_STR_ARG(line));
        }
        if (o->unit[0])
            fprintf(out, "# (%s)\n", o->unit);
        fprintf(out, "#%s=%s\n", o->key, o->offset == offsetof(struct cs_cfg, schema_dir) ? "" : o->def);
    }
}
