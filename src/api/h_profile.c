/* h_profile.c - somebody's own account, shown and changed, in the two profiles of the contract:
 * /auth/me (snake_case, the whole account) and /api/auth/profile (camelCase, and the name too).
 *
 * The change and the account as it is then leave in one flush. A name is free to change: identity
 * is the id, and nothing is ever looked up by the name that a token carries.
 */
#include "handlers.h"
#include "names.h"
#include "out_user.h"
#include "req.h"
#include "store_profile.h"
#include "store_user.h"

enum { BIO_MAX = 4000 }; /* code points: half a message */

/* Absent leaves; null and "" clear. */
struct profile_in {
    struct cs_str username, email, full_name, bio;
};

static const struct cs_field me_fields[] = {
    CS_FIELD_TEXT(struct profile_in, full_name, "full_name", CS_F_CLEARS, 0, 255),
    CS_FIELD_TEXT(struct profile_in, bio, "bio", CS_F_CLEARS, 0, BIO_MAX),
    CS_FIELD_TEXT(struct profile_in, email, "email", CS_F_CLEARS, 0, 255),
};
const struct form me_form = FORM(struct profile_in, me_fields);

static const struct cs_field profile_fields[] = {
    CS_FIELD_TEXT(struct profile_in, username, "username", 0, 1, USERNAME_MAX),
    CS_FIELD_TEXT(struct profile_in, full_name, "fullName", CS_F_CLEARS, 0, 255),
    CS_FIELD_TEXT(struct profile_in, bio, "bio", CS_F_CLEARS, 0, BIO_MAX),
    CS_FIELD_TEXT(struct profile_in, email, "email", CS_F_CLEARS, 0, 255),
};
const struct form profile_form = FORM(struct profile_in, profile_fields);

/* --- reading ---------------------------------------------------------------------------------- */

enum cs_rc me_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_user_call(&call, &r->arena, &r->who.user_id);
    return req_send(r, &call, err);
}

static enum cs_rc take_user(struct req *r, struct store_user *out, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK && cs_rows_count(&rows) != 1)
        rc = cs_fail(err, CS_E_UNAUTHORIZED); /* deleted at this very moment */
    if (rc == CS_OK)
        store_user_read(&rows, 0, out);
    return rc;
}

enum cs_rc me_answer(struct req *r, struct cs_err *err)
{
    struct store_user user;
    enum cs_rc rc = take_user(r, &user, err);

    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 200);
    out_user(&w, &user);
    return CS_OK;
}

/* `message` NULL: none. */
static enum cs_rc answer_profile(struct req *r, const char *message, struct cs_err *err)
{
    struct store_user user;
    enum cs_rc rc = take_user(r, &user, err);

    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 200);
    cs_jw_obj_begin(&w);
    if (message)
        cs_jw_kv_cstr(&w, "message", message);
    out_profile(&w, &user);
    cs_jw_obj_end(&w);
    return CS_OK;
}

enum cs_rc profile_answer(struct req *r, struct cs_err *err)
{
    return answer_profile(r, NULL, err);
}

/* --- changing --------------------------------------------------------------------------------- */

static enum cs_rc check(const struct profile_in *in, const char *full_name_field,
                        struct cs_err *err)
{
    enum cs_rc rc = CS_OK;

    if (in->username.p)
        rc = username_check(in->username, "username", err);
    if (rc == CS_OK && in->full_name.len)
        rc = name_check(in->full_name, full_name_field, err);
    if (rc == CS_OK && in->email.len)
        rc = email_check(in->email, "email", err);
    return rc;
}

static enum cs_rc ask_change(struct req *r, const char *full_name_field, struct cs_err *err)
{
    const struct profile_in *in = r->body;
    struct cs_call call;
    struct store_profile profile = {.user = r->who.user_id, .username = in->username,
                                    .email = in->email, .full_name = in->full_name,
                                    .bio = in->bio, .ip = r->head.remote_addr};
    enum cs_rc rc = check(in, full_name_field, err);

    if (rc != CS_OK)
        return rc;
    store_profile_call(&call, &r->arena, &profile);
    rc = req_send(r, &call, err);
    return rc == CS_OK ? me_ask(r, err) : rc;
}

static enum cs_rc take_change(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    return rc == CS_OK ? store_profile_read(&rows, err) : rc;
}

enum cs_rc me_change_ask(struct req *r, struct cs_err *err)
{
    return ask_change(r, "full_name", err);
}

enum cs_rc me_change_answer(struct req *r, struct cs_err *err)
{
    enum cs_rc rc = take_change(r, err);

    return rc == CS_OK ? me_answer(r, err) : rc;
}

enum cs_rc profile_change_ask(struct req *r, struct cs_err *err)
{
    return ask_change(r, "fullName", err);
}

enum cs_rc profile_change_answer(struct req *r, struct cs_err *err)
{
    enum cs_rc rc = take_change(r, err);

    return rc == CS_OK ? answer_profile(r, "Profile updated successfully", err) : rc;
}
