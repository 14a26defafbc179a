/* account.c - see account.h. */
#include "account.h"

#include "cs_pwcheck.h"
#include "names.h"

static enum cs_rc send_both(struct req *r, const struct cs_call *call, const struct cs_uuid *id,
                            struct cs_err *err)
{
    struct cs_call show;
    enum cs_rc rc = cs_db_begin(r->app->db, CS_DB_WRITE, err);

    store_user_call(&show, &r->arena, id);
    if (rc == CS_OK)
        rc = req_send(r, call, err);
    if (rc == CS_OK)
        rc = req_send(r, &show, err);
    return rc == CS_OK ? cs_db_end(r->app->db, err) : rc;
}

enum cs_rc account_run(struct req *r, const struct cs_call *call, account_outcome *outcome,
                       const struct cs_uuid *id, struct store_user *out, struct cs_err *err)
{
    struct cs_rows done, user;
    enum cs_rc rc = send_both(r, call, id, err);

    if (rc == CS_OK)
        rc = req_recv(r, &done, err);
    if (rc == CS_OK)
        rc = outcome(&done, err);
    if (rc == CS_OK)
        rc = req_recv(r, &user, err);
    if (rc == CS_OK && cs_rows_count(&user) != 1)
        rc = cs_fail(err, CS_E_DISABLED);
    if (rc == CS_OK)
        rc = cs_db_finish(r->app->db, err);
    if (rc == CS_OK)
        store_user_read(&user, 0, out);
    return rc;
}

enum cs_rc account_check(const struct req *r, struct cs_str username, struct cs_str email,
                         struct cs_str password, struct cs_err *err)
{
    enum cs_rc rc = username_check(username, "username", err);

    if (rc == CS_OK && email.p)
        rc = email_check(email, "email", err);
    if (rc == CS_OK)
        rc = cs_pw_check(password, (size_t)r->app->cfg.password_min, username, email, "password", err);
    return rc;
}
