/* cmd_doctor.c - chatspherectl doctor: looks at all of a ChatSphere and says what is wrong, each with the
 * command that mends it. The checks stand in doctor_db.c, doctor_local.c and doctor_web.c; see doctor.h. */
#include "command.h"
#include "cs_jsonw.h"
#include "doctor.h"
#include "text.h"

#include <pwd.h>

enum { OPT_URL, OPT_RUN_DIR, OPT_SERVICE_USER, OPT_WEB_USER, OPT_JSON };
enum { WHY_MAX_BYTES = 4096, REPORT_MAX_BYTES = 256 * 1024, CANNOT_RUN = 2 };

/* --- saying ---------------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 0))) static void say(struct doctor *d, const char *fmt, va_list ap)
{
    cs_buf_clear(&d->why);
    cs_buf_vprintf(&d->why, fmt, ap);
}

enum doctor_state doctor_warn(struct doctor *d, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(d, fmt, ap);
    va_end(ap);
    return DOCTOR_WARN;
}

enum doctor_state doctor_fail(struct doctor *d, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(d, fmt, ap);
    va_end(ap);
    return DOCTOR_FAIL;
}

enum doctor_state doctor_skip(struct doctor *d, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(d, fmt, ap);
    va_end(ap);
    return DOCTOR_SKIPPED;
}

void doctor_mend(struct doctor *d, const char *fmt, ...)
{
    struct cs_buf b;
    va_list ap;

    cs_buf_init(&b, WHY_MAX_BYTES);
    va_start(ap, fmt);
    cs_buf_vprintf(&b, fmt, ap);
    va_end(ap);
    d->mend = cs_str_cstr(&d->c->arena, cs_buf_view(&b));
    cs_buf_release(&b);
}

/* --- the report ------------------------------------------------------------------------------------ */

static const struct {
    const char *shown, *json;
} states[] = {
    [DOCTOR_OK] = {"ok", "ok"},
    [DOCTOR_WARN] = {"warn", "warn"},
    [DOCTOR_FAIL] = {"FAIL", "fail"},
    [DOCTOR_SKIPPED] = {"-", "skipped"},
};

struct report {
    struct cs_buf text;
    struct cs_jw *json; /* NULL: for people */
    int counts[sizeof states / sizeof *states];
};

static void put_for_people(struct report *r, const struct doctor_check *check, enum doctor_state state,
                           struct cs_str why, const char *mend)
{
    cs_buf_printf(&r->text, "%-4s  %s%s", states[state].shown, check->name, why.len ? ": " : "");
    ctl_put_text(&r->text, why);
    if (mend)
        cs_buf_printf(&r->text, "\n          %s", mend);
    cs_buf_putc(&r->text, '\n');
}

static void put_json(struct report *r, const struct doctor_check *check, enum doctor_state state,
                     struct cs_str why, const char *mend)
{
    cs_jw_obj_begin(r->json);
    cs_jw_kv_cstr(r->json, "name", check->name);
    cs_jw_kv_cstr(r->json, "state", states[state].json);
    if (why.len)
        cs_jw_kv_str(r->json, "text", why);
    if (mend)
        cs_jw_kv_cstr(r->json, "mend", mend);
    cs_jw_obj_end(r->json);
}

static void look(struct doctor *d, struct report *r, const struct doctor_check *check)
{
    enum doctor_state state = DOCTOR_SKIPPED;

    cs_buf_clear(&d->why);
    d->mend = NULL;
    if ((d->have & check->needs) == check->needs)
        state = check->look(d);
    else
        (void)doctor_skip(d, "not looked at, because of the above");
    bool wrong = state == DOCTOR_WARN || state == DOCTOR_FAIL;
    struct cs_str why = state == DOCTOR_OK ? cs_str_n(NULL, 0) : cs_buf_view(&d->why);
    const char *mend = !wrong ? NULL : d->mend ? d->mend : check->mend;
    (r->json ? put_json : put_for_people)(r, check, state, why, mend);
    r->counts[state]++;
}

/* --- the first check -------------------------------------------------------------------------------- */

/* The first problem; config check has them all. */
static enum doctor_state configuration(struct doctor *d)
{
    struct cs_buf b;

    if (!d->cfg->problems)
        return DOCTOR_OK;
    cs_buf_init(&b, WHY_MAX_BYTES);
    for (size_t i = 0; i < d->cfg->n; i++) {
        if (d->cfg->v[i].weight == CFG_PROBLEM) {
            cfgcheck_put(&d->cfg->v[i], &b);
            break;
        }
    }
    (void)doctor_fail(d, "%s", cs_buf_cview(&b));
    cs_buf_release(&b);
    return DOCTOR_FAIL;
}

static const struct doctor_check first_checks[] = {
    {"configuration", NEEDS_NOTHING, configuration, "chatspherectl config check"},
    {NULL, 0, NULL, NULL},
};

static const struct doctor_check *const all_checks[] = {
    first_checks, doctor_database_checks, doctor_schema_checks, doctor_local_checks, doctor_web_checks,
};

/* --- the command ------------------------------------------------------------------------------------ */

/* The first of these that this machine has. */
static const char *known_user(const char *const *names)
{
    for (; *names; names++)
        if (getpwnam(*names))
            return *names;
    return NULL;
}

/* Where a gateway's socket says that it is: /run/chatsphere of unix:/run/chatsphere/ws/gateway.sock. */
static const char *run_dir_of(struct cs_arena *arena, const char *gateway_listen)
{
    const char *at = strstr(gateway_listen, "/ws/gateway");

    if (strncmp(gateway_listen, "unix:", 5) != 0 || !at)
        return "/run/chatsphere";
    return cs_arena_dup(arena, gateway_listen + 5, (size_t)(at - gateway_listen - 5));
}

static const char *without_slash(struct cs_arena *arena, const char *url)
{
    size_t len = strlen(url);

    while (len && url[len - 1] == '/')
        len--;
    return cs_arena_dup(arena, url, len);
}

static void take_options(struct doctor *d, const struct ctl_args *args)
{
    static const char *const service[] = {"chatsphere", NULL};
    static const char *const web[] = {"www-data", "nginx", "apache", "lighttpd", "http", NULL};
    const struct cs_cfg *cfg = &d->cfg->cfg;
    const char *const *opt = args->opt;
    const char *url = opt[OPT_URL] ? opt[OPT_URL] : cfg->public_url;

    d->url = without_slash(&d->c->arena, url[0] ? url : "http://127.0.0.1");
    d->run_dir = opt[OPT_RUN_DIR] ? opt[OPT_RUN_DIR] : run_dir_of(&d->c->arena, cfg->gateway_listen);
    d->service_user = opt[OPT_SERVICE_USER] ? opt[OPT_SERVICE_USER] : known_user(service);
    d->web_user = opt[OPT_WEB_USER] ? opt[OPT_WEB_USER] : known_user(web);
}

static int check_users(const struct ctl_args *args)
{
    static const int users[] = {OPT_SERVICE_USER, OPT_WEB_USER};

    for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
        const char *name = args->opt[users[i]];
        if (name && !getpwnam(name))
            return ctl_usage("doctor: there is no user %s on this machine", name);
    }
    return CTL_OK;
}

static void examine(struct doctor *d, struct report *r)
{
    for (size_t i = 0; i < sizeof all_checks / sizeof *all_checks; i++)
        for (const struct doctor_check *check = all_checks[i]; check->name; check++)
            look(d, r, check);
}

static void examine_json(struct doctor *d, struct report *r)
{
    struct cs_jw w = cs_jw_on(&r->text);

    r->json = &w;
    cs_jw_obj_begin(&w);
    cs_jw_key(&w, "checks");
    cs_jw_arr_begin(&w);
    examine(d, r);
    cs_jw_arr_end(&w);
    cs_jw_kv_i64(&w, "failures", r->counts[DOCTOR_FAIL]);
    cs_jw_kv_i64(&w, "warnings", r->counts[DOCTOR_WARN]);
    cs_jw_obj_end(&w);
    cs_buf_putc(&r->text, '\n');
}

static int verdict(const struct report *r)
{
    const int *n = r->counts;

    if (r->text.failed)
        return ctl_fail("doctor: out of memory"), CANNOT_RUN;
    if (!r->json)
        printf("%d ok, %d to look at, %d wrong, %d not looked at\n", n[DOCTOR_OK], n[DOCTOR_WARN],
               n[DOCTOR_FAIL], n[DOCTOR_SKIPPED]);
    return n[DOCTOR_FAIL] ? CTL_FAILED : CTL_OK;
}

static int run(struct ctl *c, const struct ctl_args *args)
{
    struct doctor d = {.c = c, .cfg = cs_arena_alloc(&c->arena, sizeof *d.cfg)};
    struct report r = {.json = NULL};
    int status = check_users(args);

    if (status != CTL_OK)
        return status;
    if (!d.cfg)
        return ctl_fail("doctor: out of memory"), CANNOT_RUN;
    cfgcheck_run(c, d.cfg);
    c->cfg = d.cfg->cfg; /* for what connects as the owner; d.cfg's own to release */
    take_options(&d, args);
    cs_buf_init(&d.why, WHY_MAX_BYTES);
    cs_buf_init(&r.text, REPORT_MAX_BYTES);
    if (args->opt[OPT_JSON])
        examine_json(&d, &r);
    else
        examine(&d, &r);
    fputs(cs_buf_cview(&r.text), stdout);
    status = verdict(&r);
    cs_buf_release(&r.text);
    cs_buf_release(&d.why);
    return status;
}

const struct ctl_command ctl_doctor = {
    .name = "doctor",
    .help =
        "look at all of it, and say what is wrong and what mends it\n\n"
        "Configuration; database: who gets in, settings that weaken durability, roles, migrations;\n"
        "this machine: sockets, who answers behind them, descriptors, disk; and the web server as a\n"
        "client sees it. Each check is ok, warn (to look at) or FAIL, with the command that mends it;\n"
        "- is what could not be looked at. Run it as root on a host of ChatSphere: then it goes to the\n"
        "sockets as the users who have to reach them. It changes nothing. Exits with 1 when something\n"
        "is wrong, with 2 when it could not look.",
    .options =
        {
            [OPT_URL] = {"--url", "URL", CTL_OPTIONAL,
                         "where clients come: https://chat.example.org (PUBLIC_URL)"},
            [OPT_RUN_DIR] = {"--run-dir", "DIR", CTL_OPTIONAL, "where the sockets are (/run/chatsphere)"},
            [OPT_SERVICE_USER] = {"--service-user", "NAME", CTL_OPTIONAL,
                                  "the system's user of the programs (chatsphere)"},
            [OPT_WEB_USER] = {"--web-user", "NAME", CTL_OPTIONAL,
                              "the system's user of the web server (www-data)"},
            [OPT_JSON] = {"--json", NULL, CTL_OPTIONAL, "for programs"},
        },
    .config = CTL_UNLOADED,
    .run = run,
};
