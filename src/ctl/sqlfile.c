/* sqlfile.c - see sqlfile.h. */
#include "sqlfile.h"

#include "cs_hash.h"
#include "cs_parse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
    FILE_MAX_BYTES = 4 * 1024 * 1024,
    FILES_MAX = 2000, /* of one directory */
    VERSION_DIGITS = 4,
};

static const char skeleton[] =
    "-- %s: what this changes, and why.\n"
    "--\n"
    "-- Runs once, in one transaction with its row of chat.schema_migrations: no BEGIN or\n"
    "-- COMMIT here, and nothing that refuses to run in a transaction. The programs of the\n"
    "-- release before are still running while it does, so it must not take away what they\n"
    "-- use. Once released, this file never changes again.\n\n";

/* --- one file --------------------------------------------------------------------------------- */

static enum cs_rc cannot(struct cs_err *err, const char *path)
{
    enum cs_rc rc = errno == ENOENT ? CS_E_NOT_FOUND : CS_E_CONFIG;

    return cs_fail_log(err, rc, "%.200s: %s", path, strerror(errno));
}

static const char *hex_sha256(struct cs_arena *arena, struct cs_str text)
{
    uint8_t hash[CS_SHA256_BYTES];
    struct cs_buf hex;

    cs_hash_sha256(text, hash);
    cs_buf_init(&hex, 2 * sizeof hash);
    cs_buf_hex(&hex, hash, sizeof hash);
    const char *copy = cs_str_cstr(arena, cs_buf_view(&hex));
    cs_buf_release(&hex);
    return copy;
}

static enum cs_rc read_all(FILE *f, const char *path, struct cs_buf *b, struct cs_err *err)
{
    while (cs_buf_reserve(b, 16 * 1024)) {
        size_t n = fread(b->p + b->len, 1, 16 * 1024, f);
        b->len += n;
        if (n == 0)
            break;
    }
    if (ferror(f))
        return cannot(err, path);
    if (b->failed)
        return cs_fail_log(err, CS_E_CONFIG, "%.200s is larger than %d MiB", path,
                           FILE_MAX_BYTES / 1024 / 1024);
    if (b->len && memchr(b->p, '\0', b->len))
        return cs_fail_log(err, CS_E_CONFIG, "%.200s holds a NUL byte: it is no SQL", path);
    return CS_OK;
}

enum cs_rc ctl_file_read(struct ctl *c, const char *name, struct ctl_file *out, struct cs_err *err)
{
    const char *path = cs_arena_printf(&c->arena, "%s/%s", c->cfg.schema_dir, name);
    const char *slash = strrchr(name, '/');
    struct cs_buf b;

    if (!path)
        return cs_fail(err, CS_E_NO_MEMORY);
    FILE *f = fopen(path, "re");
    if (!f)
        return cannot(err, path);
    cs_buf_init(&b, FILE_MAX_BYTES);
    enum cs_rc rc = read_all(f, path, &b, err);
    (void)fclose(f);
    if (rc == CS_OK) {
        *out = (struct ctl_file){
            .name = cs_str_cstr(&c->arena, cs_str_c(slash ? slash + 1 : name)),
            .path = path,
            .text = cs_arena_dup(&c->arena, cs_buf_cview(&b), b.len),
            .checksum = hex_sha256(&c->arena, cs_buf_view(&b)),
        };
        if (c->arena.failed)
            rc = cs_fail(err, CS_E_NO_MEMORY);
    }
    cs_buf_release(&b);
    return rc;
}

/* --- a directory ------------------------------------------------------------------------------ */

static bool is_sql(const char *name)
{
    size_t len = strlen(name);

    return name[0] != '.' && len > 4 && strcmp(name + len - 4, ".sql") == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct ctl_file *)a)->name, ((const struct ctl_file *)b)->name);
}

static enum cs_rc add_file(struct ctl *c, const char *sub, const char *name, struct ctl_files *out,
                           struct cs_err *err)
{
    const char *relative = cs_arena_printf(&c->arena, "%s/%s", sub, name);

    if (!relative)
        return cs_fail(err, CS_E_NO_MEMORY);
    if (out->n == FILES_MAX)
        return cs_fail_log(err, CS_E_CONFIG, "%s: too many files", sub);
    return ctl_file_read(c, relative, &out->v[out->n++], err);
}

static enum cs_rc read_dir(struct ctl *c, const char *sub, struct ctl_files *out,
                           struct cs_err *err)
{
    const char *path = cs_arena_printf(&c->arena, "%s/%s", c->cfg.schema_dir, sub);
    enum cs_rc rc = CS_OK;
    struct dirent *e;

    *out = (struct ctl_files){.v = cs_arena_array(&c->arena, FILES_MAX, sizeof *out->v)};
    if (!path || !out->v)
        return cs_fail(err, CS_E_NO_MEMORY);
    DIR *dir = opendir(path);
    if (!dir)
        return cannot(err, path);
    while (rc == CS_OK && (e = readdir(dir)) != NULL)
        if (is_sql(e->d_name))
            rc = add_file(c, sub, e->d_name, out, err);
    (void)closedir(dir);
    qsort(out->v, out->n, sizeof *out->v, by_name);
    return rc;
}

enum cs_rc ctl_files_functions(struct ctl *c, struct ctl_files *out, struct cs_err *err)
{
    enum cs_rc rc = read_dir(c, "functions", out, err);

    return rc == CS_E_NOT_FOUND ? CS_OK : rc;
}

/* --- migrations ------------------------------------------------------------------------------- */

static bool is_word(struct cs_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_", s.p[i]))
            return false;
    return s.len > 0;
}

/* "0001_initial.sql" loses its ending and gives its number. */
static bool parse_name(struct cs_arena *arena, struct ctl_file *f)
{
    struct cs_str name = cs_str_n(f->name, strlen(f->name) - 4);
    uint64_t version;

    if (name.len <= VERSION_DIGITS + 1 || name.p[VERSION_DIGITS] != '_' ||
        !cs_parse_u64(cs_str_n(name.p, VERSION_DIGITS), 1, 9999, &version) || !is_word(name))
        return false;
    f->version = (int64_t)version;
    f->name = cs_str_cstr(arena, name);
    return f->name != NULL;
}

enum cs_rc ctl_files_migrations(struct ctl *c, struct ctl_files *out, struct cs_err *err)
{
    enum cs_rc rc = read_dir(c, "migrations", out, err);

    for (size_t i = 0; rc == CS_OK && i < out->n; i++) {
        struct ctl_file *f = &out->v[i];
        if (!parse_name(&c->arena, f))
            rc = cs_fail_log(err, CS_E_CONFIG, "%.200s: a migration is called NNNN_name.sql",
                             f->path);
        else if (i && f[-1].version == f->version)
            rc = cs_fail_log(err, CS_E_CONFIG, "%.100s and %.100s have the same number", f[-1].path,
                             f->path);
    }
    return rc;
}

enum cs_rc ctl_file_new(struct ctl *c, const char *name, const char **path, struct cs_err *err)
{
    struct ctl_files files;

    if (!is_word(cs_str_c(name)) || strlen(name) > 60)
        return cs_fail_log(err, CS_E_CONFIG,
                           "\"%.60s\": a name has up to 60 lower-case letters, digits and _", name);
    enum cs_rc rc = ctl_files_migrations(c, &files, err);
    if (rc != CS_OK)
        return rc;
    int64_t version = files.n ? files.v[files.n - 1].version + 1 : 1;
    const char *full = cs_arena_printf(&c->arena, "%04lld_%s", (long long)version, name);
    *path = cs_arena_printf(&c->arena, "%s/migrations/%s.sql", c->cfg.schema_dir, full ? full : "");
    if (!full || !*path)
        return cs_fail(err, CS_E_NO_MEMORY);
    int fd = open(*path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return cannot(err, *path);
    int written = dprintf(fd, skeleton, full);
    return close(fd) == 0 && written > 0 ? CS_OK : cannot(err, *path);
}
