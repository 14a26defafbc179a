/* setup_files.c - the configuration's files, for setup: made when they are missing, and otherwise only
 * added to, at the end. See setup.h.
 *
 * A file is written beside its place and renamed, so a reader sees the old one or the new one; an
 * existing one keeps its owner and its mode.
 */
#include "cs_cfg_table.h"
#include "cs_rand.h"
#include "setup.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX_BYTES = 64 * 1024 }; /* what cs_cfg_load takes */

static const char secrets_intro[] =
    "# ChatSphere's secrets, which its units get with LoadCredential. Keep a copy in a safe place; every\n"
    "# host of one database has the same JWT_SECRET.\n";
static const char owner_intro[] =
    "# The owner of ChatSphere's schema, for chatspherectl: no worker and no gateway gets this.\n";

static int failed(const char *path)
{
    return ctl_fail("setup: %s: %s", path, strerror(errno));
}

/* --- one file ------------------------------------------------------------------------------------- */

struct target {
    const char *path;
    mode_t mode;
    gid_t gid;
};

static bool write_all(int fd, struct cs_str text)
{
    while (text.len) {
        ssize_t n = write(fd, text.p, text.len);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
            text = cs_str_n(text.p + n, text.len - (size_t)n);
    }
    return fsync(fd) == 0;
}

/* Owner and mode are those of the file that is replaced, if there is one. Only root can give files
 * away. */
static bool dress(int fd, const struct target *t)
{
    struct stat st;

    if (stat(t->path, &st) != 0)
        st = (struct stat){.st_mode = t->mode, .st_uid = geteuid(), .st_gid = t->gid};
    if (geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid) != 0)
        return false;
    return fchmod(fd, st.st_mode & 07777) == 0;
}

static int replace(const struct target *t, struct cs_arena *arena, struct cs_str text)
{
    char *path = cs_arena_printf(arena, "%s.XXXXXX", t->path);
    int fd = path ? mkstemp(path) : -1;

    if (fd < 0)
        return failed(t->path);
    bool ok = dress(fd, t) && write_all(fd, text);
    ok = close(fd) == 0 && ok && rename(path, t->path) == 0;
    if (ok)
        return CTL_OK;
    int status = failed(t->path);
    (void)unlink(path);
    return status;
}

/* --- adding a value ------------------------------------------------------------------------------- */

static int add_line(struct setup *s, const struct target *t, const char *intro, const char *key,
                    const char *value)
{
    struct cs_str old;
    struct cs_err err;
    struct cs_buf b;

    if (cs_cfg_read(&s->c->cfg, t->path, false, &old, &err) != CS_OK)
        return ctl_fail_err("setup", &err);
    cs_buf_init(&b, FILE_MAX_BYTES);
    cs_buf_str(&b, old.p ? old : cs_str_c(intro));
    if (b.len && b.p[b.len - 1] != '\n')
        cs_buf_putc(&b, '\n');
    cs_buf_printf(&b, "%s=%s\n", key, value);
    int status = b.failed ? ctl_fail("setup: %s is too large", t->path)
                          : replace(t, &s->c->arena, cs_buf_view(&b));
    cs_buf_release(&b);
    return status;
}

int setup_secret(struct setup *s, bool owners, const char *key, const char *value)
{
    struct cs_arena *a = &s->c->arena;
    const char *path = cs_arena_printf(a, "%s/%s", s->config_dir, cs_credentials[owners ? 1 : 0]);
    struct target t = {path, 0600, getegid()};
    int status = CTL_OK;

    if (!path)
        return ctl_fail("setup: out of memory");
    if (!s->dry_run)
        status = add_line(s, &t, owners ? owner_intro : secrets_intro, key, value);
    if (status == CTL_OK)
        setup_tell(s, "wrote", "write", cs_arena_printf(a, "%s into %s", key, path));
    return status;
}

/* --- what is there from the beginning ------------------------------------------------------------- */

static gid_t service_group(const struct setup *s)
{
    const struct passwd *pw = getpwnam(s->service_user);

    return pw ? pw->pw_gid : getegid();
}

static int make_example(struct setup *s, const struct target *t)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);

    if (!f)
        return ctl_fail("setup: out of memory");
    cs_cfg_example(f);
    int status = fclose(f) == 0 ? replace(t, &s->c->arena, cs_str_n(text, len)) : failed(t->path);
    free(text);
    return status;
}

static int make_directory(struct setup *s)
{
    if (access(s->config_dir, F_OK) == 0)
        return CTL_OK;
    if (!s->dry_run && mkdir(s->config_dir, 0755) != 0)
        return failed(s->config_dir);
    setup_tell(s, "made", "make", s->config_dir);
    return CTL_OK;
}

int setup_files(struct setup *s)
{
    const char *path = cs_arena_printf(&s->c->arena, "%s/chatsphere.env", s->config_dir);
    struct target t = {path, 0640, service_group(s)};
    int status = path ? make_directory(s) : ctl_fail("setup: out of memory");

    if (status != CTL_OK || access(path, F_OK) == 0)
        return status;
    if (!s->dry_run)
        status = make_example(s, &t);
    if (status == CTL_OK)
        setup_tell(s, "wrote", "write", path);
    return status;
}

void setup_random(char *out, size_t len)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

    cs_rand_secret(out, len);
    for (size_t i = 0; i < len; i++)
        out[i] = letters[(unsigned char)out[i] & 63];
    out[len] = '\0';
}
