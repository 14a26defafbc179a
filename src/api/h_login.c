/* h_login.c - logging in by password, in the two profiles of the contract: /auth/login opens a
 * session for access tokens, /api/login one with an opaque token.
 *
 * Two round trips with the hash between them. An unknown name, an account without a password and a
 * wrong password are one answer, one status and one amount of work (security.md S8); that an account
 * is disabled is told only to who has proved to be its owner. How often somebody may try is counted
 * before the hash (S10, throttle.sql).
 */
#include "account.h"
#include "cs_log.h"
#include "cs_token.h"
#include "cs_utf8.h"
#include "handlers.h"
#include "hashing.h"
#include "out_user.h"
#include "store_login.h"
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

/* One attempt on its way through. */
struct coming {
    struct store_attempt attempt;
    struct store_begun who;
    char better_hash[CS_PW_HASH_MAX + 1]; /* "" when the stored one will do */
};

/* --- before the hash -------------------------------------------------------------------------- */

static enum cs_rc begin(struct req *r, struct coming *c, struct cs_err *err)
{
    const struct login_in *in = r->body;
    const struct cs_cfg *cfg = &r->app->cfg;
    struct cs_call call;
    struct cs_rows rows;

    if (!in->username.p && !in->email.p)
        return cs_fail_field(err, "username", "is required");
    c->attempt = (struct store_attempt){
        .login = in->username.p ? in->username : in->email,
        .by_email = !in->username.p,
        .ip = r->head.remote_addr,
        .free_pair = cfg->login_free_pair,
        .free_account = cfg->login_free_account,
        .free_address = cfg->login_free_address,
    };
    store_login_begin_call(&call, &r->arena, &c->attempt);
    enum cs_rc rc = req_run(r, CS_DB_READ, &call, &rows, err); /* counted twice is no harm */
    if (rc == CS_OK)
        store_login_begin_read(&rows, &c->who);
    return rc;
}

static enum cs_rc refuse(const struct coming *c, struct cs_err *err)
{
    hashing_pause();
    (void)cs_fail_detail(err, CS_E_RATE, "Too many failed logins; try again later");
    err->retry_after_ms = (int)c->who.wait_ms;
    return CS_E_RATE;
}

/* --- behind it -------------------------------------------------------------------------------- */

/* What the answer does not depend on. */
static void note(struct req *r, const struct cs_call *call)
{
    struct cs_rows rows;
    struct cs_err err;

    if (req_run(r, CS_DB_READ, call, &rows, &err) != CS_OK)
        cs_log_err("login", &err);
}

/* A hash that was not made is no failure of his; any other that did not pass is. */
static void note_failure(struct req *r, const struct coming *c, enum cs_rc why)
{
    struct cs_call call;

    if (why == CS_E_BAD_LOGIN || why == CS_E_DISABLED)
        store_login_failed_call(&call, &r->arena, &c->attempt, &c->who, why == CS_E_DISABLED);
    else
        store_login_undo_call(&call, &r->arena, &c->attempt);
    note(r, &call);
}

/* The one moment at which the password is known: an old hash is replaced by one of today. */
static void better_hash(struct req *r, struct coming *c)
{
    const struct login_in *in = r->body;
    struct cs_err err;

    c->better_hash[0] = '\0';
    if (!cs_pw_needs_rehash(&r->app->pw, c->who.password_hash))
        return;
    if (hashing_make(r, in->password, c->better_hash, &err) != CS_OK) {
        c->better_hash[0] = '\0'; /* too short by today's rules, or no place: the next login tries */
        cs_log_err("rehash", &err);
    }
}

static enum cs_rc check_password(struct req *r, struct coming *c, struct cs_err *err)
{
    const struct login_in *in = r->body;
    enum cs_rc rc = begin(r, c, err);

    if (rc != CS_OK)
        return rc;
    if (c->who.wait_ms > 0)
        return refuse(c, err);
    rc = hashing_verify(r, in->password, c->who.password_hash, err);
    if (rc == CS_OK && !c->who.active)
        rc = cs_fail(err, CS_E_DISABLED);
    if (rc == CS_OK)
        better_hash(r, c);
    else
        note_failure(r, c, rc);
    return rc;
}

/* --- the session ------------------------------------------------------------------------------ */

static enum cs_rc open_session(struct req *r, const struct coming *c, struct store_new_session *s,
                               struct store_user *user, struct cs_err *err)
{
    struct cs_call call;
    struct cs_str hash = c->better_hash[0] ? cs_str_c(c->better_hash) : cs_str_n(NULL, 0);

    s->id = r->new_id;
    if (cs_utf8_text_ok(r->head.user_agent)) /* a header may hold any bytes */
        s->device = r->head.user_agent;
    s->ttl_s = r->app->cfg.session_days * 86400;
    store_login_call(&call, &r->arena, &c->attempt, &c->who, hash, s);
    return account_run(r, &call, store_login_read, &c->who.user, user, err);
}

enum cs_rc login_answer(struct req *r, struct cs_err *err)
{
    struct coming c;
    struct store_user user;
    struct cs_token refresh;
    uint8_t hash[CS_SHA256_BYTES];
    enum cs_rc rc = check_password(r, &c, err);

    if (rc != CS_OK)
        return rc;
    cs_token_make(CS_TOKEN_REFRESH, &refresh);
    cs_token_hash(cs_token_str(&refresh), hash);
    struct store_new_session session = {
        .refresh_hash = hash,
        .refresh_idle_s = r->app->cfg.refresh_token_days * 86400,
        .refresh_max_s = r->app->cfg.session_days * 86400,
    };
    rc = open_session(r, &c, &session, &user, err);
    if (rc != CS_OK)
        return rc;
    struct token_pair pair = {.user_id = user.id, .session_id = session.id, .role = user.role,
                              .username = user.username, .refresh = &refresh, .user = &user};
    return tokens_answer(r, &pair, err);
}

enum cs_rc api_login_answer(struct req *r, struct cs_err *err)
{
    struct coming c;
    struct store_user user;
    struct cs_token token;
    uint8_t hash[CS_SHA256_BYTES];
    enum cs_rc rc = check_password(r, &c, err);

    if (rc != CS_OK)
        return rc;
    cs_token_make(CS_TOKEN_SESSION, &token);
    cs_token_hash(cs_token_str(&token), hash);
    struct store_new_session session = {.token_hash = hash};
    rc = open_session(r, &c, &session, &user, err);
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
