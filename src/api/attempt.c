/* attempt.c - see attempt.h. */
#include "attempt.h"

#include "cs_log.h"
#include "hashing.h"

static enum cs_rc refuse(const struct app *app, const struct attempt *a, struct cs_err *err)
{
    cs_count(&app->count->throttled[THROTTLE_LOGINS]);
    hashing_pause();
    (void)cs_fail_detail(err, CS_E_RATE, "Too many failed logins; try again later");
    err->retry_after_ms = (int)a->who.wait_ms;
    return CS_E_RATE;
}

enum cs_rc attempt_begin(struct req *r, struct cs_str login, bool by_email, struct attempt *a,
                         struct cs_err *err)
{
    const struct cs_cfg *cfg = &r->app->cfg;
    struct cs_call call;
    struct cs_rows rows;

    a->what = (struct store_attempt){
        .login = login,
        .by_email = by_email,
        .ip = r->head.remote_addr,
        .free_pair = cfg->login_free_pair,
        .free_account = cfg->login_free_account,
        .free_address = cfg->login_free_address,
    };
    store_login_begin_call(&call, &r->arena, &a->what);
    enum cs_rc rc = req_run(r, CS_DB_READ, &call, &rows, err); /* counted twice is no harm */
    if (rc != CS_OK)
        return rc;
    store_login_begin_read(&rows, &a->who);
    return a->who.wait_ms > 0 ? refuse(r->app, a, err) : CS_OK;
}

void attempt_failed(struct req *r, const struct attempt *a, enum cs_rc why)
{
    bool wrong = why == CS_E_BAD_LOGIN || why == CS_E_BAD_PASSWORD || why == CS_E_DISABLED;
    struct cs_call call;
    struct cs_rows rows;
    struct cs_err err;

    if (wrong)
        store_login_failed_call(&call, &r->arena, &a->what, &a->who, why == CS_E_DISABLED);
    else
        store_login_undo_call(&call, &r->arena, &a->what);
    if (req_run(r, CS_DB_READ, &call, &rows, &err) != CS_OK) /* the answer does not depend on it */
        cs_log_err("login", &err);
}
