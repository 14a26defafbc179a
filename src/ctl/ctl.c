/* ctl.c - see ctl.h. */
#include "ctl.h"

#include "cs_cfg_table.h"
#include "cs_clock.h"

#include <unistd.h>

__attribute__((format(printf, 1, 0))) static void complain(const char *fmt, va_list ap)
{
    fputs("chatspherectl: ", stderr);
    (void)vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
}

int ctl_fail(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    complain(fmt, ap);
    va_end(ap);
    return CTL_FAILED;
}

int ctl_usage(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    complain(fmt, ap);
    va_end(ap);
    return CTL_USAGE;
}

int ctl_fail_err(const char *what, const struct cs_err *err)
{
    struct cs_str text = cs_str_trim(cs_str_c(err->log[0] ? err->log : cs_err_detail(err)));

    (void)ctl_fail("%s: " CS_STR_FMT, what, CS_STR_ARG(text));
    return err->rc == CS_E_CONFIG ? CTL_CONFIG : CTL_FAILED;
}

void ctl_find_credentials(struct ctl *c)
{
    const char *path = cs_cfg_path(c->args.file), *slash = strrchr(path, '/');
    struct cs_str dir = slash ? cs_str_n(path, (size_t)(slash - path)) : CS_LIT(".");

    for (size_t i = 0; !getenv("CREDENTIALS_DIRECTORY") && cs_credentials[i]; i++) {
        char *text = cs_str_cstr(&c->arena, dir);
        const char *file = cs_arena_printf(&c->arena, "%s/%s", text ? text : "", cs_credentials[i]);
        if (text && file && access(file, F_OK) == 0)
            (void)setenv("CREDENTIALS_DIRECTORY", text, 1);
    }
}

int ctl_configure(struct ctl *c)
{
    int status;

    ctl_find_credentials(c);
    (void)cs_cfg_start(&c->cfg, "chatspherectl", &c->args, &status);
    return status;
}

enum cs_rc ctl_open(struct ctl *c, const struct cs_stmt *const *stmts, struct cs_err *err)
{
    struct cs_db_conf conf = {
        .url = c->cfg.database_owner_url,
        .program = "chatspherectl",
        .stmts = stmts,
        .deadline_ms = (int)c->cfg.db_deadline_ms,
        .owner = true,
    };

    if (!conf.url[0])
        return cs_fail_log(err, CS_E_CONFIG, "neither DATABASE_OWNER_URL nor DATABASE_URL is set");
    cs_db_free(c->db);
    c->db = cs_db_new(&conf);
    return c->db ? cs_db_begin(c->db, CS_DB_READ, err) : cs_fail(err, CS_E_NO_MEMORY);
}

const char *ctl_time(struct ctl *c, struct cs_str pg)
{
    struct cs_buf b;
    char *text = NULL;

    cs_buf_init(&b, 64);
    if (cs_buf_pg_time(&b, pg))
        text = cs_str_cstr(&c->arena, cs_buf_view(&b));
    else
        text = cs_str_cstr(&c->arena, pg);
    cs_buf_release(&b);
    return text ? text : "";
}
