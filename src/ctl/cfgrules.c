/* cfgrules.c - what the values of a configuration say together, and about this machine: a table of
 * rules. See cfgcheck.h. */
#include "cfgcheck.h"
#include "cs_db_url.h"
#include "cs_jwt.h"
#include "cs_parse.h"

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SOCKET_PATH_MAX = 107,      /* sockaddr_un without its NUL */
    WEB_SERVER_WAITS_MS = 20000, /* deploy/nginx/chatsphere.conf.in, fastcgi_read_timeout */
};

/* What is wrong, to be said behind the key; NULL: nothing. */
typedef const char *rule_fn(struct cfgcheck *k);

/* --- the signing key ---------------------------------------------------------------------------- */

static const char *secret_wrong(struct cfgcheck *k, const char *secret)
{
    struct cs_err err;

    if (cs_secret_check(cs_str_c(secret), &err) == CS_OK)
        return NULL;
    return cs_arena_printf(&k->c->arena, "%s. The programs do not start; make one with: openssl "
                           "rand -base64 48", cs_err_detail(&err));
}

static const char *signing_key(struct cfgcheck *k)
{
    return secret_wrong(k, k->cfg.jwt_secret);
}

static const char *previous_key(struct cfgcheck *k)
{
    return k->cfg.jwt_secret_previous[0] ? secret_wrong(k, k->cfg.jwt_secret_previous) : NULL;
}

static const char *same_keys(struct cfgcheck *k)
{
    return k->cfg.jwt_secret[0] && strcmp(k->cfg.jwt_secret, k->cfg.jwt_secret_previous) == 0
               ? "is JWT_SECRET itself: leave it out, or put the key before the last rotation there"
               : NULL;
}

/* --- the database ------------------------------------------------------------------------------- */

static bool parse_url(struct cfgcheck *k, const char *url, struct cs_db_parts *out, const char **why)
{
    struct cs_err err;

    *why = NULL;
    if (!url[0] || cs_str_starts(cs_str_c(url), CS_LIT("sqlite")))
        return false; /* each has a sentence of its own */
    if (cs_db_url_parse(&k->c->arena, url, out, &err) == CS_OK)
        return true;
    *why = cs_arena_printf(&k->c->arena, "%s", err.log);
    return false;
}

static const char *database(struct cfgcheck *k)
{
    struct cs_db_parts parts;
    const char *why;

    if (!k->cfg.database_url[0])
        return "is not set: the programs have no database. chatspherectl setup makes one";
    (void)parse_url(k, k->cfg.database_url, &parts, &why);
    return why;
}

static const char *owner_database(struct cfgcheck *k)
{
    struct cs_db_parts app, owner;
    const char *why, *ignored;

    if (!parse_url(k, k->cfg.database_owner_url, &owner, &why))
        return why;
    if (!parse_url(k, k->cfg.database_url, &app, &ignored) || strcmp(app.dbname, owner.dbname) == 0)
        return NULL;
    return cs_arena_printf(&k->c->arena, "leads to the database \"%s\", but DATABASE_URL to \"%s\"",
                           owner.dbname, app.dbname);
}

/* Only where somebody could tell them apart: chatspherectl alone reads the owner's. */
static const char *one_role(struct cfgcheck *k)
{
    struct cs_db_parts app, owner;
    const char *ignored;

    if (!parse_url(k, k->cfg.database_url, &app, &ignored) ||
        !parse_url(k, k->cfg.database_owner_url, &owner, &ignored) ||
        strcmp(app.user, owner.user) != 0)
        return NULL;
    return "is the same role as in DATABASE_URL: the programs could change the schema. They need a "
           "role that is a member of chat_app, and no more";
}

static const char *deadline(struct cfgcheck *k)
{
    return k->cfg.db_deadline_ms < WEB_SERVER_WAITS_MS
               ? NULL
               : "the web server gives up after 20 s; take less than 20000";
}

static const char *weak_durability(struct cfgcheck *k)
{
    return k->cfg.allow_weak_durability
               ? "acknowledged messages may be lost; for demonstrations only"
               : NULL;
}

/* --- the auth pool ------------------------------------------------------------------------------ */

int64_t cfg_auth_workers(const struct cs_cfg *cfg)
{
    int64_t hashes = cfg->hashes_at_once;

    if (hashes == 0)
        hashes = sysconf(_SC_NPROCESSORS_ONLN) / 2;
    return (hashes > 0 ? hashes : 1) + cfg->hash_queue + 2;
}

int64_t cfg_units_enabled(const char *name)
{
    const char *path = getenv("SYSTEMD_UNIT_PATH");
    struct cs_str rest = cs_str_c(path && path[0] ? path : "/etc/systemd/system");
    struct cs_str dir = cs_str_split(&rest, ':');
    struct cs_buf pattern;
    int64_t n = 0;
    glob_t units;

    cs_buf_init(&pattern, 4096);
    cs_buf_str(&pattern, dir);
    cs_buf_printf(&pattern, "/*.wants/%s@*.service", name);
    if (glob(cs_buf_cview(&pattern), 0, NULL, &units) == 0)
        n = (int64_t)units.gl_pathc;
    globfree(&units);
    cs_buf_release(&pattern);
    return n;
}

/* How many there are: quickstart's variable, or the units that are enabled; 0: nobody says. */
static int64_t auth_workers_here(void)
{
    struct cs_str said = cs_str_c(getenv("CHATSPHERE_AUTH_WORKERS"));
    int64_t n = 0;

    if (said.len)
        return cs_parse_i64(said, 1, 10000, &n) ? n : 0;
    return cfg_units_enabled("chatsphere-auth");
}

static const char *auth_pool(struct cfgcheck *k)
{
    int64_t have = auth_workers_here(), need = cfg_auth_workers(&k->cfg);

    if (have == 0 || have >= need)
        return NULL;
    return cs_arena_printf(&k->c->arena, "the auth pool has %lld workers, and %lld are needed for "
                           "HASHES_AT_ONCE, this queue and two that say that it is full: start "
                           "more, or take a smaller queue", (long long)have, (long long)need);
}

/* --- the gateway -------------------------------------------------------------------------------- */

static const char *listen_address(struct cfgcheck *k)
{
    const char *text = k->cfg.gateway_listen, *colon = strrchr(text, ':');
    uint64_t port;

    if (cs_str_starts(cs_str_c(text), CS_LIT("unix:/")))
        return strlen(text + 5) <= SOCKET_PATH_MAX ? NULL : "the path of a socket has at most 107 bytes";
    if (colon && colon != text && cs_parse_u64(cs_str_c(colon + 1), 1, 65535, &port))
        return NULL;
    return "must be unix:/path/to.sock or 127.0.0.1:port";
}

static const char *listens_to_all(struct cfgcheck *k)
{
    struct cs_str text = cs_str_c(k->cfg.gateway_listen);

    if (cs_str_starts(text, CS_LIT("unix:")) || cs_str_starts(text, CS_LIT("127.")))
        return NULL;
    return "other machines can reach the gateway without the web server; make sure that only the web "
           "server's can";
}

/* As browsers write it (RFC 6454, 6.2), for origins are compared byte by byte. */
static bool is_origin(struct cs_str s)
{
    bool http = cs_str_starts(s, CS_LIT("http://")), https = cs_str_starts(s, CS_LIT("https://"));
    size_t from = http ? 7 : 8;

    if (!(http || https) || s.len == from)
        return false;
    for (size_t i = from; i < s.len; i++)
        if (strchr("/?#@ \t", s.p[i]) || (s.p[i] >= 'A' && s.p[i] <= 'Z'))
            return false;
    return true;
}

static const char *origins(struct cfgcheck *k)
{
    struct cs_str rest = cs_str_trim(cs_str_c(k->cfg.cors_allow_origins));

    if (!rest.len || cs_str_is(rest, "*"))
        return NULL;
    while (rest.p) {
        struct cs_str one = cs_str_trim(cs_str_split(&rest, ','));
        if (!is_origin(one))
            return cs_arena_printf(&k->c->arena, "\"" CS_STR_FMT "\" is no origin as browsers write "
                                   "it: https://chat.example.org, without a path or a slash at the "
                                   "end, in small letters", CS_STR_ARG(one));
    }
    return NULL;
}

static const char *public_url(struct cfgcheck *k)
{
    struct cs_str url = cs_str_c(k->cfg.public_url);

    if (!url.len || cs_str_starts(url, CS_LIT("https://")) || cs_str_starts(url, CS_LIT("http://")))
        return NULL;
    return "must begin with https:// or http://";
}

/* --- limits and lives --------------------------------------------------------------------------- */

static const char *session_life(struct cfgcheck *k)
{
    return k->cfg.refresh_token_days > k->cfg.session_days
               ? "is longer than SESSION_EXPIRE_DAYS, which ends a session before"
               : NULL;
}

static const char *burst_wrong(int64_t burst, int64_t per_minute)
{
    return burst > per_minute ? "is more than may be sent in a whole minute" : NULL;
}

static const char *frames_burst(struct cfgcheck *k)
{
    return burst_wrong(k->cfg.frames_burst, k->cfg.frames_per_min);
}

static const char *messages_burst(struct cfgcheck *k)
{
    return burst_wrong(k->cfg.messages_burst, k->cfg.messages_per_min);
}

/* --- this machine ------------------------------------------------------------------------------- */

static const char *schema_files(struct cfgcheck *k)
{
    const char *path = cs_arena_printf(&k->c->arena, "%s/migrations", k->cfg.schema_dir);

    if (path && access(path, R_OK | X_OK) == 0)
        return NULL;
    return cs_arena_printf(&k->c->arena, "there is no %s: chatspherectl migrate finds no schema", path);
}

/* --- the table ---------------------------------------------------------------------------------- */

static const struct {
    const char *key;
    enum cfg_weight weight;
    rule_fn *wrong;
} rules[] = {
    {"JWT_SECRET", CFG_PROBLEM, signing_key},
    {"JWT_SECRET_PREVIOUS", CFG_PROBLEM, previous_key},
    {"JWT_SECRET_PREVIOUS", CFG_NOTE, same_keys},
    {"DATABASE_URL", CFG_PROBLEM, database},
    {"DATABASE_OWNER_URL", CFG_PROBLEM, owner_database},
    {"DATABASE_OWNER_URL", CFG_NOTE, one_role},
    {"DATABASE_DEADLINE_MS", CFG_PROBLEM, deadline},
    {"ALLOW_WEAK_DURABILITY", CFG_NOTE, weak_durability},
    {"HASH_QUEUE", CFG_PROBLEM, auth_pool},
    {"GATEWAY_LISTEN", CFG_PROBLEM, listen_address},
    {"GATEWAY_LISTEN", CFG_NOTE, listens_to_all},
    {"CORS_ALLOW_ORIGINS", CFG_PROBLEM, origins},
    {"PUBLIC_URL", CFG_PROBLEM, public_url},
    {"REFRESH_TOKEN_EXPIRE_DAYS", CFG_NOTE, session_life},
    {"FRAMES_BURST", CFG_NOTE, frames_burst},
    {"MESSAGES_BURST", CFG_NOTE, messages_burst},
    {"SCHEMA_DIR", CFG_PROBLEM, schema_files},
};

/* What no program takes is said in the sentence with which it refuses to start. */
static void refusal(struct cfgcheck *k)
{
    struct cs_err err;

    if (cs_cfg_check(&k->cfg, &err) == CS_OK)
        return;
    size_t n = strcspn(err.log, ": ");
    const char *key = cs_arena_dup(&k->c->arena, err.log, n);
    const char *rest = err.log[n] == ':' ? err.log + n + 2 : err.log;
    const char *text = cs_str_cstr(&k->c->arena, cs_str_c(rest));
    if (key && text)
        cfgcheck_add(k, CFG_PROBLEM, key, text);
}

void cfgrules_run(struct cfgcheck *k)
{
    refusal(k);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const char *why = rules[i].wrong(k);
        if (why)
            cfgcheck_add(k, rules[i].weight, rules[i].key, why);
    }
}
