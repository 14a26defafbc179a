/* h_login.c - logging in by password, in the two profiles of the contract: /auth/login opens a
 * session for access tokens, /api/login one with an opaque token.
 *
 * Two round trips with the hash between them. An unknown name, an account without a password and a
 * wrong password are one answer, one status and one amount of work (security.md S8); that an account
 * is disabled is told only to who has proved to be its owner. How often somebody may try is counted
 * before the hash (attempt.h).
 */
#include "account.h"
#include "attempt.h"
#include "cs_log.h"
#include "cs_token.h"
#include "cs_utf8.h"
#include "handlers.h"
#include "hashing.h"
#include "out_user.h"
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

/* Somebody on his way through. */
struct coming {
    struct attempt attempt;
    char better_hash[CS_PW_HASH_MAX + 1]; /* "" when the stored one will do */
};

static enum cs_rc begin(struct req *r, struct coming *c, struct cs_err *err)
{
    const struct login_in *in = r->body;
    struct cs_str login = in->username.p ? in->username : in->email;

    if (!login.p)
        return cs_fail_field(err, "username", "is required");
    return attempt_begin(r, login, !in->username.p, &c->attempt, err);
}

/* The one moment at which the password is known: an old hash is replaced by one of today. */
static void better_hash(struct req *r, struct coming *c)
{
    const struct login_in *in = r->body;
    struct cs_err err;

    c->better_hash[0] = '\0';
    if (!cs_pw_needs_rehash(&r->app->pw, c->attempt.who.password_hash))
        return;
    if (hashing_make(r, in->password, c->better_hash, &err) != CS_OK) {
        c->better_hash[0] = '\0'; /* too short by today's rules, or no place: the next login tries */
        cs_log_err("rehash", &err);
    }
}

static enum cs_rc check_password(struct req *r, struct coming *c, struct cs_err *err)
{
    const struct login_in *in = r->body;
    const struct store_begun *who = &c->attempt.who;
    enum cs_rc rc = begin(r, c, err);

    if (rc != CS_OK)
        return rc;
    rc = hashing_verify(r, in->password, who->password_hash, err);
    if (rc == CS_OK && !who->active)
        rc = cs_fail(err, CS_E_DISABLED);
    if (rc == CS_OK)
        better_hash(r, c);
    else
        attempt_failed(r, &c->attempt, rc);
    return rc;
}

static enum cs_rc open_session(struct req *r, const struct coming *c, struct store_new_session *s,
                               struct store_user *user, struct cs_err *err)
{
    struct cs_call call;
    struct cs_str hash = c->better_hash[0] ? cs_str_c(c->better_hash) : cs_str_n(NULL, 0);

    s->id = r->new_id;
    if (cs_utf8_text_ok(r->head.user_agent)) /* a header may hold any bytes */
        s->device = r->head.user_agent;
    s->ttl_s = r->app->cfg.session_days * 86400;
    store_login_call(&call, &r->arena, &c->attempt.what, &c->attempt.who, hash, s);
    return account_run(r, &call, store_login_read, &c->attempt.who.user, user, err);
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
