/* h_register.c - making an account, in the two profiles of the contract: /auth/register says 400
 * for a name that is taken and answers with the user's fields, /api/register says 409 and less.
 *
 * Name, address and invitation are looked up first, so that one that is no good does not cost a
 * hash, and the insert decides: of two at the same moment one is told that it was taken.
 */
#include "account.h"
#include "cs_pw.h"
#include "cs_token.h"
#include "handlers.h"
#include "hashing.h"
#include "names.h"
#include "out_user.h"
#include "store_login.h"

struct register_in {
    struct cs_str username, password, email, full_name, invite_token;
};

/* The password's rules are in cs_pwcheck.h: checked in account_check. */
static const struct cs_field register_fields[] = {
    CS_FIELD_TEXT(struct register_in, username, "username", CS_F_REQUIRED, 1, USERNAME_MAX),
    CS_FIELD_BYTES(struct register_in, password, "password", CS_F_REQUIRED, 1, CS_PW_MAX_BYTES),
    CS_FIELD_TEXT(struct register_in, email, "email", 0, 1, 255),
    CS_FIELD_TEXT(struct register_in, full_name, "full_name", 0, 0, 255),
    CS_FIELD_BYTES(struct register_in, invite_token, "invite_token", 0, 1, 1024),
};
const struct form register_form = FORM(struct register_in, register_fields);

/* Whether anybody may at all, and with what: the invitation's hash, or NULL where none is asked
 * for. */
static enum cs_rc check_door(const struct req *r, const struct register_in *in,
                             uint8_t hash[CS_SHA256_BYTES], const uint8_t **invite,
                             struct cs_err *err)
{
    enum cs_token_kind kind;

    *invite = NULL;
    if (r->app->cfg.registration == CS_REG_CLOSED)
        return cs_fail(err, CS_E_REGISTRATION_CLOSED);
    if (r->app->cfg.registration == CS_REG_OPEN)
        return CS_OK;
    if (!in->invite_token.p || !cs_token_kind(in->invite_token, &kind) || kind != CS_TOKEN_INVITE)
        return cs_fail(err, CS_E_BAD_INVITE);
    cs_token_hash(in->invite_token, hash);
    *invite = hash;
    return CS_OK;
}

static enum cs_rc look_up(struct req *r, const struct store_new_user *user, struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    store_may_register_call(&call, &r->arena, user);
    enum cs_rc rc = req_run(r, CS_DB_READ, &call, &rows, err);
    return rc == CS_OK ? store_may_register_read(&rows, err) : rc;
}

static enum cs_rc make_account(struct req *r, struct store_user *out, struct cs_err *err)
{
    const struct register_in *in = r->body;
    char hash[CS_PW_HASH_MAX + 1];
    uint8_t invite[CS_SHA256_BYTES];
    struct cs_call call;
    struct store_new_user user = {.id = r->new_id, .username = in->username, .email = in->email,
                                  .full_name = in->full_name, .ip = r->head.remote_addr};
    enum cs_rc rc = check_door(r, in, invite, &user.invite, err);

    if (rc == CS_OK)
        rc = account_check(r, in->username, in->email, in->password, err);
    if (rc == CS_OK)
        rc = look_up(r, &user, err);
    if (rc == CS_OK)
        rc = hashing_make(r, in->password, hash, err);
    if (rc != CS_OK)
        return rc;
    user.password_hash = cs_str_c(hash);
    store_register_call(&call, &r->arena, &user);
    return account_run(r, &call, store_register_read, &user.id, out, err);
}

enum cs_rc register_answer(struct req *r, struct cs_err *err)
{
    struct store_user user;
    enum cs_rc rc = make_account(r, &user, err);

    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 200);
    cs_jw_obj_begin(&w);
    cs_jw_kv_cstr(&w, "message", "Registration successful");
    out_user_fields(&w, &user);
    cs_jw_obj_end(&w);
    return CS_OK;
}

enum cs_rc api_register_answer(struct req *r, struct cs_err *err)
{
    struct store_user user;
    enum cs_rc rc = make_account(r, &user, err);

    if (rc == CS_E_USERNAME_TAKEN)
        return cs_fail(err, CS_E_NAME_TAKEN);
    if (rc == CS_E_EMAIL_TAKEN)
        return cs_fail_detail(err, CS_E_CONFLICT, "%s", cs_err_row(CS_E_EMAIL_TAKEN)->text);
    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 201);
    cs_jw_obj_begin(&w);
    cs_jw_kv_uuid(&w, "id", &user.id);
    cs_jw_kv_str(&w, "username", user.username);
    cs_jw_kv_pg_time(&w, "created_at", user.created_at);
    cs_jw_obj_end(&w);
    return CS_OK;
}
