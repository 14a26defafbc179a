/* doctor_local.c - doctor's checks of this machine: sockets and who answers behind them, descriptors,
 * disk. See doctor.h. */
#include "become.h"
#include "cs_parse.h"
#include "doctor.h"
#include "fcgiask.h"
#include "http.h"

#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { GATEWAY_SPARE_FDS = 64 }; /* ws-gateway/ws.c, SPARE_FDS */
enum { GATEWAY_OTHER_CONNECTIONS = 5 }; /* bell, listener, presence, reader, reads */

/* --- what runs here ------------------------------------------------------------------------------- */

/* A small file of /proc, whose parts may end in NUL. */
static struct cs_str proc_file(struct doctor *d, const char *dir, const char *name)
{
    enum { MOST = 4096 };
    const char *path = cs_arena_printf(&d->c->arena, "%s/%s", dir, name);
    char *text = cs_arena_alloc(&d->c->arena, MOST);
    FILE *f = path && text ? fopen(path, "re") : NULL;
    size_t n = f ? fread(text, 1, MOST, f) : 0;

    if (f)
        (void)fclose(f);
    return cs_str_n(text, n);
}

/* Several ChatSpheres may live on one machine: one's own programs read the same file, or like this one
 * none that was named. */
static bool has_our_config(struct doctor *d, const char *dir)
{
    struct cs_str rest = proc_file(d, dir, "cmdline");
    const char *ours = cs_cfg_path(d->c->args.file);

    while (rest.p)
        if (cs_str_is(cs_str_split(&rest, '\0'), "--config"))
            return cs_str_is(cs_str_split(&rest, '\0'), ours);
    return strcmp(ours, CS_CONFIG_DIR "/chatsphere.env") == 0;
}

/* Calls fn for each of our processes of this name (the kernel keeps 15 characters of it); how many. */
static int64_t each_process(struct doctor *d, const char *name,
                            void (*fn)(struct doctor *d, const char *dir, void *arg), void *arg)
{
    int64_t n = 0;
    glob_t found;

    if (glob("/proc/[0-9]*", GLOB_NOSORT, NULL, &found) != 0)
        found.gl_pathc = 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *dir = found.gl_pathv[i];
        if (!cs_str_eq(cs_str_trim(proc_file(d, dir, "comm")), cs_str_n(name, 15)) ||
            !has_our_config(d, dir))
            continue;
        fn(d, dir, arg);
        n++;
    }
    globfree(&found);
    return n;
}

int64_t doctor_connections(struct doctor *d)
{
    int64_t gateway = d->cfg->cfg.gateway_writers + GATEWAY_OTHER_CONNECTIONS;

    return cfg_units_enabled("chatsphere-api") + cfg_units_enabled("chatsphere-auth") +
           cfg_units_enabled("chatsphere-gateway") * gateway;
}

/* --- sockets -------------------------------------------------------------------------------------- */

static const char *user_name(uid_t uid)
{
    const struct passwd *pw = getpwuid(uid);

    return pw ? pw->pw_name : "nobody that is known";
}

static const char *group_name(gid_t gid)
{
    const struct group *gr = getgrgid(gid);

    return gr ? gr->gr_name : "no group that is known";
}

/* Of several hosts each may serve a part: where others are enabled and this one is not, it is not missed. */
static bool is_elsewhere(const char *unit)
{
    static const char *const parts[] = {"chatsphere-api", "chatsphere-auth", "chatsphere-gateway"};
    bool any = false;

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        any |= cfg_units_enabled(parts[i]) > 0;
    return any && cfg_units_enabled(unit) == 0;
}

/* `unit` is the template whose instances listen there, `enable` what starts them. */
static enum doctor_state judge_socket(struct doctor *d, const char *path, const char *unit,
                                      const char *enable)
{
    struct stat st;

    if (stat(path, &st) != 0 && errno == EACCES)
        return doctor_skip(d, "%s: only for root and the web server", path);
    if (stat(path, &st) != 0 || !S_ISSOCK(st.st_mode)) {
        if (is_elsewhere(unit))
            return doctor_skip(d, "%s is not enabled on this machine, and others are", unit);
        doctor_mend(d, "systemctl enable --now %s", enable);
        return doctor_fail(d, "there is no socket %s", path);
    }
    doctor_mend(d, "chmod 0660 %s, and see that it is made so (UMask, SocketMode)", path);
    if (st.st_mode & S_IRWXO)
        return doctor_fail(d, "%s has the mode %04o: every user of this machine may pretend to be the web "
                           "server", path, (unsigned)st.st_mode & 07777);
    if ((st.st_mode & 0660) != 0660)
        return doctor_fail(d, "%s has the mode %04o", path, (unsigned)st.st_mode & 07777);
    return DOCTOR_OK;
}

/* As the web server would; root may connect to anything. */
static enum doctor_state refused(struct doctor *d, const char *path, const char *why)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return doctor_fail(d, "%s: %s", path, strerror(errno));
    if (geteuid() == 0 && d->web_user)
        doctor_mend(d, "chgrp %s %s, and see that it is made so; or usermod -a -G %s %s", d->web_user, path,
                    group_name(st.st_gid), d->web_user);
    return doctor_fail(d, "%s (%s, %s:%s %04o): %s", path, d->web_user && geteuid() == 0 ? d->web_user : "you",
                       user_name(st.st_uid), group_name(st.st_gid), (unsigned)st.st_mode & 07777, why);
}

static enum doctor_state ask_pool(struct doctor *d, const char *name)
{
    const char *path = cs_arena_printf(&d->c->arena, "%s/%s.sock", d->run_dir, name);
    struct cs_err err;
    struct cs_buf answer;

    if (!path || access(path, F_OK) != 0)
        return doctor_skip(d, "there is no socket");
    cs_buf_init(&answer, 64 * 1024);
    bool became = ctl_become(d->web_user);
    enum cs_rc rc = became ? fcgi_ask(path, "/api/health", &answer, &err)
                           : cs_fail_log(&err, CS_E_CONFIG, "cannot become that user");
    ctl_become_self();
    enum doctor_state state = DOCTOR_OK;
    if (rc != CS_OK && strcmp(err.log, strerror(EACCES)) == 0)
        state = refused(d, path, err.log);
    else if (rc != CS_OK)
        state = doctor_fail(d, "%s: %s", path, err.log);
    else if (!cs_str_starts(cs_buf_view(&answer), CS_LIT("Status: 200")))
        state = doctor_fail(d, "%s answers otherwise than a worker of ChatSphere", path);
    cs_buf_release(&answer);
    return state;
}

static const char *in_run_dir(struct doctor *d, const char *name)
{
    const char *path = cs_arena_printf(&d->c->arena, "%s/%s", d->run_dir, name);

    return path ? path : "";
}

static enum doctor_state api_socket(struct doctor *d)
{
    return judge_socket(d, in_run_dir(d, "api.sock"), "chatsphere-api",
                        "chatsphere-api.socket chatsphere-api@{1..4}");
}

static enum doctor_state auth_socket(struct doctor *d)
{
    const char *what = cs_arena_printf(&d->c->arena, "chatsphere-auth.socket chatsphere-auth@{1..%lld}",
                                       (long long)cfg_auth_workers(&d->cfg->cfg));

    return judge_socket(d, in_run_dir(d, "auth.sock"), "chatsphere-auth", what ? what : "");
}

static enum doctor_state api_workers(struct doctor *d)
{
    return ask_pool(d, "api");
}

static enum doctor_state auth_workers(struct doctor *d)
{
    return ask_pool(d, "auth");
}

/* --- gateways ------------------------------------------------------------------------------------- */

/* Where a gateway listens that has no socket: "http://127.0.0.1:8081/health"; NULL: on a socket. */
static const char *gateway_url(struct doctor *d)
{
    const char *listen = d->cfg->cfg.gateway_listen;

    return strncmp(listen, "unix:", 5) == 0
               ? NULL
               : cs_arena_printf(&d->c->arena, "http://%s/health", listen);
}

/* All sockets of gateways; or one question to the address where they have none. */
static enum doctor_state each_gateway(struct doctor *d,
                                      enum doctor_state (*fn)(struct doctor *d, const char *path))
{
    enum doctor_state worst = DOCTOR_OK;
    glob_t found;

    if (glob(in_run_dir(d, "ws/gateway*.sock"), 0, NULL, &found) != 0) {
        globfree(&found);
        return fn(d, NULL);
    }
    for (size_t i = 0; i < found.gl_pathc && worst == DOCTOR_OK; i++) {
        const char *path = cs_str_cstr(&d->c->arena, cs_str_c(found.gl_pathv[i]));
        worst = fn(d, path ? path : "");
    }
    globfree(&found);
    return worst;
}

static enum doctor_state judge_gateway_socket(struct doctor *d, const char *path)
{
    if (!path && gateway_url(d))
        return DOCTOR_OK;
    return judge_socket(d, path ? path : in_run_dir(d, "ws/gateway-1.sock"), "chatsphere-gateway",
                        "chatsphere-gateway@1");
}

static enum doctor_state ask_gateway(struct doctor *d, const char *path)
{
    struct http_ask ask = {.url = path ? "http://localhost/health" : gateway_url(d), .socket = path};
    struct http_answer answer;
    struct cs_err err;

    if (!ask.url)
        return doctor_skip(d, "there is no socket");
    bool became = ctl_become(path ? d->web_user : NULL);
    enum cs_rc rc = http_get(&ask, &answer, &err);
    ctl_become_self();
    long status = answer.status;
    http_release(&answer);
    if (became && rc == CS_OK && status == 200)
        return DOCTOR_OK;
    if (rc == CS_OK)
        return doctor_fail(d, "%s answers %ld", path ? path : ask.url, status);
    return path ? refused(d, path, err.log) : doctor_fail(d, "%s: %s", ask.url, err.log);
}

static enum doctor_state gateway_socket(struct doctor *d)
{
    return each_gateway(d, judge_gateway_socket);
}

static enum doctor_state gateways(struct doctor *d)
{
    return each_gateway(d, ask_gateway);
}

/* --- descriptors ---------------------------------------------------------------------------------- */

/* proc(5): "Max open files            1024                 4096                 files" */
static void least_descriptors(struct doctor *d, const char *dir, void *arg)
{
    const struct cs_str label = CS_LIT("Max open files ");
    struct cs_str rest = proc_file(d, dir, "limits");
    int64_t *least = arg, here;

    while (rest.p) {
        struct cs_str line = cs_str_split(&rest, '\n');
        if (!cs_str_starts(line, label))
            continue;
        line = cs_str_trim(cs_str_n(line.p + label.len, line.len - label.len));
        if (cs_parse_i64(cs_str_split(&line, ' '), 0, INT64_MAX, &here) && here < *least)
            *least = here;
    }
}

static enum doctor_state descriptors(struct doctor *d)
{
    int64_t least = INT64_MAX, need = d->cfg->cfg.max_sockets + GATEWAY_SPARE_FDS;

    if (each_process(d, "chatsphere-gateway", least_descriptors, &least) == 0)
        return doctor_skip(d, "no gateway runs on this machine");
    if (least >= need)
        return DOCTOR_OK;
    doctor_mend(d, "systemctl edit chatsphere-gateway@.service: [Service] LimitNOFILE=%lld; or a smaller "
                "GATEWAY_MAX_SOCKETS", (long long)need);
    return doctor_warn(d, "a gateway may open %lld files: it refuses further sockets long before "
                          "GATEWAY_MAX_SOCKETS, which needs %lld", (long long)least, (long long)need);
}

/* --- disk ----------------------------------------------------------------------------------------- */

/* A back end works in the data directory; root can see where that is. The log of writes may be elsewhere. */
static enum doctor_state judge_disk(struct doctor *d, const char *path)
{
    struct statvfs fs;

    if (statvfs(path, &fs) != 0)
        return doctor_skip(d, "%s: %s", path, strerror(errno));
    uint64_t free_mib = (uint64_t)fs.f_bavail * fs.f_frsize >> 20;
    uint64_t all_mib = (uint64_t)fs.f_blocks * fs.f_frsize >> 20;
    doctor_mend(d, "make room in the file system of %s", path);
    if (free_mib < 256 || free_mib * 50 < all_mib)
        return doctor_fail(d, "%s has %llu MiB left", path, (unsigned long long)free_mib);
    if (free_mib < 1024 || free_mib * 20 < all_mib)
        return doctor_warn(d, "%s has %llu MiB left", path, (unsigned long long)free_mib);
    return DOCTOR_OK;
}

static enum doctor_state disk(struct doctor *d)
{
    const char *cluster;

    if (!d->app_is_near)
        return doctor_skip(d, "the database is on another machine");
    if (!d->data_dir)
        return doctor_skip(d, "only root can see where the database is");
    cluster = cs_arena_printf(&d->c->arena, "%s/pg_wal", d->data_dir);
    enum doctor_state state = judge_disk(d, d->data_dir);
    return state == DOCTOR_OK && cluster ? judge_disk(d, cluster) : state;
}

void doctor_find_data(struct doctor *d)
{
    char target[1024];
    const char *link = cs_arena_printf(&d->c->arena, "/proc/%lld/cwd", (long long)d->app.backend_pid);
    ssize_t n = link && d->app_is_near ? readlink(link, target, sizeof target) : -1;
    const char *dir = n > 0 ? cs_arena_dup(&d->c->arena, target, (size_t)n) : NULL;
    const char *proof = dir ? cs_arena_printf(&d->c->arena, "%s/PG_VERSION", dir) : NULL;

    d->data_dir = proof && access(proof, F_OK) == 0 ? dir : NULL;
}

/* --- what the workers write ------------------------------------------------------------------------ */

static enum doctor_state run_directory(struct doctor *d)
{
    const char *path = d->cfg->cfg.run_dir;
    struct stat st;

    if (geteuid() == 0 && !d->service_user)
        return doctor_skip(d, "who the programs run as is not known: --service-user");
    bool became = ctl_become(d->service_user);
    bool writable = became && eaccess(path, W_OK | X_OK) == 0;
    int why = errno;
    ctl_become_self();
    if (writable && stat(path, &st) == 0 && !(st.st_mode & S_IWOTH))
        return DOCTOR_OK;
    doctor_mend(d, "systemd-tmpfiles --create chatsphere.conf; or chown %s %s",
                d->service_user ? d->service_user : "chatsphere", path);
    return doctor_fail(d, "%s: %s", path, writable ? "every user may write there" : strerror(why));
}

const struct doctor_check doctor_local_checks[] = {
    {"run directory", NEEDS_NOTHING, run_directory, ""},
    {"api socket", NEEDS_NOTHING, api_socket, ""},
    {"auth socket", NEEDS_NOTHING, auth_socket, ""},
    {"gateway sockets", NEEDS_NOTHING, gateway_socket, ""},
    {"api workers", NEEDS_NOTHING, api_workers,
     "systemctl enable --now chatsphere-api@1; journalctl -u 'chatsphere-api@*' says why"},
    {"auth workers", NEEDS_NOTHING, auth_workers,
     "systemctl enable --now chatsphere-auth@1; journalctl -u 'chatsphere-auth@*' says why"},
    {"gateways", NEEDS_NOTHING, gateways,
     "systemctl enable --now chatsphere-gateway@1; journalctl -u 'chatsphere-gateway@*' says why"},
    {"descriptors", NEEDS_NOTHING, descriptors, ""},
    {"disk", NEEDS_APP, disk, ""},
    {NULL, 0, NULL, NULL},
};
