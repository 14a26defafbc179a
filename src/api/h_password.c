/* h_password.c - somebody changes his own password: the other sessions end, this one stays.
 *
 * What is wrong with the new one is said before any hash is computed. The old hash is read in the
 * guard's unit of work; it is verified and the new one made behind that, and the change itself
 * asserts that neither the hash nor the session has gone meanwhile. It is an attempt like a login,
 * and counts as one.
 */
#include "attempt.h"
#include "cs_pw.h"
#include "cs_pwcheck.h"
#include "handlers.h"
#include "hashing.h"
#include "req.h"
#include "store_profile.h"

struct password_in {
    struct cs_str current, new_one;
};

/* The bounds of the new one are cs_pw_check's; the current one may be older than they are. */
static const struct cs_field password_fields[] = {
    CS_FIELD_BYTES(struct password_in, current, "current_password", CS_F_REQUIRED, 1, 1024),
    CS_FIELD_BYTES(struct password_in, new_one, "new_password", CS_F_REQUIRED, 1, 1024),
};
const struct form password_form = FORM(struct password_in, password_fields);

enum cs_rc password_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_secret_call(&call, &r->arena, &r->who.user_id);
    return req_send(r, &call, err);
}

static enum cs_rc check_new(const struct req *r, const struct store_secret *owner,
                            struct cs_err *err)
{
    const struct password_in *in = r->body;
    enum cs_rc rc = cs_pw_check(in->new_one, (size_t)r->app->cfg.password_min, owner->username,
                                owner->email, "new_password", err);

    if (rc == CS_OK && cs_str_eq(in->new_one, in->current))
        rc = cs_fail_field(err, "new_password", "must differ from the current one");
    return rc;
}

/* Whoever holds somebody's session may not guess his password any faster than at the login. */
static enum cs_rc verify(struct req *r, const struct store_secret *owner, struct attempt *attempt,
                         struct cs_err *err)
{
    const struct password_in *in = r->body;
    enum cs_rc rc = attempt_begin(r, owner->username, false, attempt, err);

    if (rc != CS_OK)
        return rc;
    attempt->who.found = true;
    attempt->who.user = r->who.user_id;
    rc = hashing_verify(r, in->current, owner->password_hash, err);
    if (rc == CS_E_BAD_LOGIN)
        rc = cs_fail(err, CS_E_BAD_PASSWORD);
    if (rc != CS_OK)
        attempt_failed(r, attempt, rc);
    return rc;
}

static enum cs_rc change(struct req *r, const struct store_secret *owner, struct cs_rows *rows,
                         struct cs_err *err)
{
    const struct password_in *in = r->body;
    char hash[CS_PW_HASH_MAX + 1];
    struct cs_call call;
    enum cs_rc rc = hashing_make(r, in->new_one, hash, err);

    if (rc != CS_OK)
        return rc;
    struct store_new_password p = {.user = r->who.user_id, .session = r->who.cred_id,
                                   .old_hash = owner->password_hash, .new_hash = cs_str_c(hash),
                                   .ip = r->head.remote_addr};
    store_password_call(&call, &r->arena, &p);
    rc = req_run(r, CS_DB_WRITE, &call, rows, err);
    return rc == CS_OK ? store_password_read(rows, err) : rc;
}

static void ring_ended(struct req *r, const struct cs_rows *rows)
{
    struct cs_uuid session;

    for (int i = 0; i < cs_rows_count(rows); i++)
        if (store_password_ended(rows, i, &session))
            req_ring_revoked(r, &session);
}

static enum cs_rc take_owner(struct req *r, struct store_secret *owner, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = store_secret_read(&rows, owner, err);
    return rc == CS_OK ? check_new(r, owner, err) : rc;
}

enum cs_rc password_answer(struct req *r, struct cs_err *err)
{
    struct store_secret owner;
    struct attempt attempt;
    struct cs_rows rows;
    enum cs_rc rc = take_owner(r, &owner, err);

    if (rc == CS_OK)
        rc = verify(r, &owner, &attempt, err);
    if (rc != CS_OK)
        return rc;
    rc = change(r, &owner, &rows, err);
    if (rc != CS_OK) {
        attempt_failed(r, &attempt, rc);
        return rc;
    }
    ring_ended(r, &rows);
    resp_message(&r->resp, 200, "Password changed");
    return CS_OK;
}
