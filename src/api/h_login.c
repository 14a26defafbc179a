/* h_login.c - logging in by password, in the two profiles of the contract: /auth/login opens a
 * session for access tokens, /api/login one with an opaque token.
 *
 * An unknown name, an account without a password and a wrong password are one answer, one status
 * and one amount of work (security.md S8); that an account is disabled is told only to who has
 * proved to be its owner.
 */
#include "cs_log.h"
#include "cs_pw.h"
#include "cs_token.h"
#include "cs_utf8.h"
#include "handlers.h"
#include "hashing.h"
#include "out_user.h"
#include "req.h"
#include "store_session.h"
#include "store_user.h"
#include "tokens.h"

struct login_in {
    struct cs_str username, email, password;
};

static const struct cs_field login_fields[] = {
    CS_FIELD_TEXT(struct login_in, username, "username", 0, 1, 255),
    CS_FIELD_TEXT(struct login_in, email, "email", 0, 1, 255),
    CS_FIELD_BYTES(struct login_in, password, "password", CS_F_REQUIRED, 1, 1024),
};
const struct form login_form = {
    .fields = login_fields,
    .n = sizeof login_fields / sizeof *login_fields,
    .size = sizeof(struct login_in),
    .urlencoded = true, /* the OAuth 2 password grant */
};

static enum cs_rc find(struct req *r, const struct login_in *in, struct store_login *out,
                       bool *found, struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    if (!in->username.p && !in->email.p)
        return cs_fail_field(err, "username", "is required");
    if (in->username.p)
        store_login_call(&call, &r->arena, in->username);
    else
        store_login_email_call(&call, &r->arena, in->email);
    enum cs_rc rc = req_run(r, CS_DB_READ, &call, &rows, err);
    *found = rc == CS_OK && cs_rows_count(&rows) == 1;
    if (*found)
        store_login_read(&rows, 0, out);
    return rc;
}

/* The one moment at which the password is known: an old hash is replaced by one of today. */
static void refresh_hash(struct req *r, const struct store_login *user, struct cs_str password)
{
    char hash[CS_PW_HASH_MAX + 1];
    struct cs_call call;
    struct cs_rows rows;
    struct cs_err err;

    if (!cs_pw_needs_rehash(&r->app->pw, user->password_hash))
        return;
    enum cs_rc rc = hashing_make(r, password, hash, &err);
    if (rc == CS_OK) {
        store_rehash_call(&call, &r->arena, user, cs_str_c(hash));
        rc = req_run(r, CS_DB_WRITE, &call, &rows, &err);
    }
    if (rc != CS_OK) /* the next login tries again */
        cs_log_err("rehash", &err);
}

static enum cs_rc check_password(struct req *r, struct store_login *user, struct cs_err *err)
{
    const struct login_in *in = r->body;
    bool found;
    enum cs_rc rc = find(r, in, user, &found, err);

    if (rc != CS_OK)
        return rc;
    rc = hashing_verify(r, in->password, found ? user->password_hash : cs_str_n(NULL, 0), err);
    if (rc == CS_OK && !user->active)
        rc = cs_fail(err, CS_E_DISABLED);
    if (rc == CS_OK)
        refresh_hash(r, user, in->password);
    return rc;
}

/* Opens the session and reads the account again, as it is answered. */
static enum cs_rc open_session(struct req *r, struct store_new_session *s, struct store_user *user,
                               struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    s->id = r->new_id;
    if (cs_utf8_text_ok(r->head.user_agent)) /* a header may hold any bytes */
        s->device = r->head.user_agent;
    s->ip = r->head.remote_addr;
    s->ttl_s = r->app->cfg.session_days * 86400;
    store_session_open_call(&call, &r->arena, s);
    enum cs_rc rc = req_run(r, CS_DB_WRITE, &call, &rows, err);
    if (rc == CS_OK)
        rc = store_session_open_read(&rows, err);
    store_user_call(&call, &r->arena, &s->user);
    if (rc == CS_OK)
        rc = req_run(r, CS_DB_READ, &call, &rows, err);
    if (rc == CS_OK && cs_rows_count(&rows) != 1)
        rc = cs_fail(err, CS_E_DISABLED); /* deleted at this very moment */
    if (rc == CS_OK)
        store_user_read(&rows, 0, user);
    return rc;
}

enum cs_rc login_answer(struct req *r, struct cs_err *err)
{
    struct store_login who;
    struct store_user user;
    struct cs_token refresh;
    uint8_t hash[CS_SHA256_BYTES];
    enum cs_rc rc = check_password(r, &who, err);

    if (rc != CS_OK)
        return rc;
    cs_token_make(CS_TOKEN_REFRESH, &refresh);
    cs_token_hash(cs_token_str(&refresh), hash);
    struct store_new_session session = {
        .user = who.id,
        .refresh_hash = hash,
        .refresh_idle_s = r->app->cfg.refresh_token_days * 86400,
        .refresh_max_s = r->app->cfg.session_days * 86400,
    };
    rc = open_session(r, &session, &user, err);
    if (rc != CS_OK)
        return rc;
    struct token_pair pair = {.user_id = user.id, .session_id = session.id, .role = user.role,
                              .username = user.username, .refresh = &refresh, .user = &user};
    return tokens_answer(r, &pair, err);
}

enum cs_rc api_login_answer(struct req *r, struct cs_err *err)
{
    struct store_login who;
    struct store_user user;
    struct cs_token token;
    uint8_t hash[CS_SHA256_BYTES];
    enum cs_rc rc = check_password(r, &who, err);

    if (rc != CS_OK)
        return rc;
    cs_token_make(CS_TOKEN_SESSION, &token);
    cs_token_hash(cs_token_str(&token), hash);
    struct store_new_session session = {.user = who.id, .token_hash = hash};
    rc = open_session(r, &session, &user, err);
    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 200);
    cs_jw_obj_begin(&w);
    cs_jw_kv_str(&w, "token", cs_token_str(&token));
    cs_jw_kv_i64(&w, "expires_in", session.ttl_s);
    cs_jw_key(&w, "user");
    out_user(&w, &user);
    cs_jw_obj_end(&w);
    return CS_OK;
}
