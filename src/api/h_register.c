/* h_register.c - making an account, in the two profiles of the contract: /auth/register says 400
 * for a name that is taken and answers with the user's fields, /api/register says 409 and less.
 *
 * The name is looked up first, so that a taken one does not cost a hash, and the insert decides: of
 * two at the same moment one gets no row.
 */
#include "cs_pw.h"
#include "cs_utf8.h"
#include "handlers.h"
#include "hashing.h"
#include "names.h"
#include "out_user.h"
#include "req.h"
#include "store_user.h"

struct register_in {
    struct cs_str username, password, email, full_name;
};

/* The password's bounds are options: checked in check_input. */
static const struct cs_field register_fields[] = {
    CS_FIELD_TEXT(struct register_in, username, "username", CS_F_REQUIRED, 1, 100),
    CS_FIELD_BYTES(struct register_in, password, "password", CS_F_REQUIRED, 1, CS_PW_MAX_BYTES),
    CS_FIELD_TEXT(struct register_in, email, "email", 0, 1, 255),
    CS_FIELD_TEXT(struct register_in, full_name, "full_name", 0, 0, 255),
};
const struct form register_form = FORM(struct register_in, register_fields);

static enum cs_rc check_input(const struct req *r, const struct register_in *in, struct cs_err *err)
{
    const struct cs_cfg *cfg = &r->app->cfg;

    if (cfg->registration != CS_REG_OPEN)
        return cs_fail(err, CS_E_REGISTRATION_CLOSED);
    enum cs_rc rc = name_check(in->username, "username", err);
    if (rc == CS_OK && in->password.len < (size_t)cfg->password_min)
        rc = cs_fail_field(err, "password", "must have at least %d bytes", (int)cfg->password_min);
    if (rc == CS_OK && in->email.p)
        rc = email_check(in->email, "email", err);
    return rc;
}

/* CS_E_USERNAME_TAKEN, CS_E_EMAIL_TAKEN, or CS_OK when neither is. */
static enum cs_rc look_up(struct req *r, const struct register_in *in, struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;
    bool username, email;

    store_taken_call(&call, &r->arena, in->username, in->email);
    enum cs_rc rc = req_run(r, CS_DB_READ, &call, &rows, err);
    if (rc != CS_OK)
        return rc;
    store_taken_read(&rows, 0, &username, &email);
    if (username)
        return cs_fail(err, CS_E_USERNAME_TAKEN);
    return email ? cs_fail(err, CS_E_EMAIL_TAKEN) : CS_OK;
}

static enum cs_rc insert(struct req *r, const struct store_new_user *user, struct store_user *out,
                         bool *made, struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    store_user_insert_call(&call, &r->arena, user);
    enum cs_rc rc = req_run(r, CS_DB_WRITE, &call, &rows, err);
    *made = rc == CS_OK && cs_rows_count(&rows) == 1;
    if (*made)
        store_user_read(&rows, 0, out);
    return rc;
}

static enum cs_rc make_account(struct req *r, struct store_user *out, struct cs_err *err)
{
    const struct register_in *in = r->body;
    char hash[CS_PW_HASH_MAX + 1];
    bool made;
    enum cs_rc rc = check_input(r, in, err);

    if (rc == CS_OK)
        rc = look_up(r, in, err);
    if (rc == CS_OK)
        rc = hashing_make(r, in->password, hash, err);
    if (rc != CS_OK)
        return rc;
    struct store_new_user user = {.id = r->new_id, .username = in->username, .email = in->email,
                                  .password_hash = cs_str_c(hash), .full_name = in->full_name};
    rc = insert(r, &user, out, &made, err);
    if (rc == CS_OK && !made) { /* somebody was faster */
        rc = look_up(r, in, err);
        return rc == CS_OK ? cs_fail(err, CS_E_CONFLICT) : rc;
    }
    return rc;
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
