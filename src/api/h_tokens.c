/* h_tokens.c - API tokens: made, listed, revoked; and what the credential at hand is.
 *
 * Who may make which token for whom, and with what permissions, chat.create_token decides, in the
 * transaction of the guard. The clear text exists here alone: in the answer that tells it.
 */
#include "cs_clock.h"
#include "cs_parse.h"
#include "handlers.h"
#include "names.h"
#include "out_token.h"
#include "req.h"
#include "store_token.h"

/* --- making ----------------------------------------------------------------------------------- */

enum {
    EXPIRES_AT_MAX = 64, /* bytes: more than any form of an instant has */
    NAME_MAX_POINTS = 100,
};

struct token_in {
    struct cs_opt_uuid user;
    struct cs_json *permissions;
    struct cs_str expires_at, name;
};

static const struct cs_field token_fields[] = {
    CS_FIELD_UUID(struct token_in, user, "userId", 0),
    CS_FIELD_OBJECT(struct token_in, permissions, "permissions", 0),
    CS_FIELD_BYTES(struct token_in, expires_at, "expiresAt", 0, 1, EXPIRES_AT_MAX),
    CS_FIELD_TEXT(struct token_in, name, "name", 0, 0, NAME_MAX_POINTS),
};
const struct form token_form = FORM(struct token_in, token_fields);

/* Whose it is to be: the same for both handlers of a request. */
static struct cs_uuid owner(const struct req *r)
{
    const struct token_in *in = r->body;

    return in->user.set ? in->user.id : r->who.user_id;
}

/* 0 when none is given. */
static enum cs_rc read_expiry(struct cs_str text, int64_t *ms, struct cs_err *err)
{
    *ms = 0;
    if (!text.p)
        return CS_OK;
    if (!cs_parse_rfc3339(text, ms))
        return cs_fail_field(err, "expiresAt", "must be a time such as 2026-11-20T12:00:00Z");
    if (*ms / 1000 <= cs_clock_wall_s())
        return cs_fail_field(err, "expiresAt", "must lie in the future");
    return CS_OK;
}

static enum cs_rc send_create(struct req *r, struct store_new_token *token, enum cs_token_kind kind,
                              struct cs_err *err)
{
    char mask[CS_TOKEN_MASK_MAX + 1];
    uint8_t hash[CS_SHA256_BYTES];
    struct cs_call call;

    cs_token_make(kind, &r->secret);
    cs_token_hash(cs_token_str(&r->secret), hash);
    cs_token_mask(cs_token_str(&r->secret), mask);
    token->hash = hash;
    token->prefix = cs_str_c(mask);
    store_token_create_call(&call, &r->arena, token);
    return req_send(r, &call, err);
}

static enum cs_rc ask(struct req *r, enum cs_token_kind kind, struct cs_err *err)
{
    const struct token_in *in = r->body;
    unsigned permissions;
    struct store_new_token token = {
        .maker = &r->who,
        .id = r->new_id,
        .user = owner(r),
        .type = kind == CS_TOKEN_CLIENT ? CS_LIT("CLIENT") : CS_LIT("USER"),
        .name = cs_str_trim(in->name),
        .life_s = r->app->cfg.api_token_s,
        .ip = r->head.remote_addr,
    };
    enum cs_rc rc = read_expiry(in->expires_at, &token.expires_ms, err);

    if (rc == CS_OK && token.name.len)
        rc = name_check(token.name, "name", err); /* administrators read it in a list of all */
    if (rc == CS_OK && in->permissions) {
        rc = cs_rights_read(in->permissions, &permissions, err);
        token.permissions = &permissions;
    }
    return rc == CS_OK ? send_create(r, &token, kind, err) : rc;
}

static enum cs_rc answer(struct req *r, const char *type, struct cs_err *err)
{
    struct cs_rows rows;
    struct store_made_token made;
    struct cs_uuid user = owner(r);
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = store_token_create_read(&rows, &made, err);
    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 201);
    cs_jw_obj_begin(&w);
    cs_jw_kv_uuid(&w, "id", &r->new_id);
    cs_jw_kv_str(&w, "token", cs_token_str(&r->secret));
    cs_jw_kv_cstr(&w, "type", type);
    cs_jw_kv_str_opt(&w, "name", made.name);
    out_token_owner(&w, &user, made.username, made.role);
    cs_jw_key(&w, "permissions");
    cs_rights_put(&w, made.permissions);
    cs_jw_kv_pg_time(&w, "expiresAt", made.expires_at);
    cs_jw_obj_end(&w);
    return CS_OK;
}

enum cs_rc token_user_ask(struct req *r, struct cs_err *err)
{
    return ask(r, CS_TOKEN_USER, err);
}

enum cs_rc token_user_answer(struct req *r, struct cs_err *err)
{
    return answer(r, "USER", err);
}

enum cs_rc token_client_ask(struct req *r, struct cs_err *err)
{
    return ask(r, CS_TOKEN_CLIENT, err);
}

enum cs_rc token_client_answer(struct req *r, struct cs_err *err)
{
    return answer(r, "CLIENT", err);
}

/* --- the list --------------------------------------------------------------------------------- */

enum { TOKENS_DEFAULT = 50 };

struct tokens_in {
    struct cs_opt_uuid user, before;
    struct cs_opt_int limit;
    struct cs_opt_bool all;
    struct cs_str type;
};

static const struct cs_field tokens_fields[] = {
    CS_FIELD_UUID(struct tokens_in, user, "userId", 0),
    CS_FIELD_INT(struct tokens_in, limit, "limit", 0, 1, STORE_TOKENS_MAX),
    CS_FIELD_UUID(struct tokens_in, before, "before", 0),
    CS_FIELD_BOOL(struct tokens_in, all, "all", 0),
    CS_FIELD_CHOICE(struct tokens_in, type, "type", 0, "USER|CLIENT"),
};
const struct form tokens_query = FORM(struct tokens_in, tokens_fields);

enum cs_rc tokens_ask(struct req *r, struct cs_err *err)
{
    const struct tokens_in *in = r->query;
    const struct cs_uuid *user = req_is_client(r) || in->all.v ? NULL : &r->who.user_id;
    struct store_tokens_wanted wanted = {
        .user = in->user.set ? &in->user.id : user,
        .type = in->type,
        .before = in->before.set ? &in->before.id : NULL,
        .limit = in->limit.set ? in->limit.v : TOKENS_DEFAULT,
    };
    struct cs_call call;

    store_tokens_call(&call, &r->arena, &wanted);
    return req_send(r, &call, err);
}

/* What an access token's holder may is known only behind the guard: others' tokens were read, and
 * are not told. */
static enum cs_rc check_list(const struct req *r, struct cs_err *err)
{
    const struct tokens_in *in = r->query;
    bool own = in->user.set ? cs_uuid_eq(&in->user.id, &r->who.user_id) : !in->all.v;

    if (own || req_is_client(r) || r->who.rights & CS_MAY_ADMIN)
        return CS_OK;
    return cs_fail_detail(err, CS_E_FORBIDDEN, "You can list your own tokens only");
}

static void put_token(struct req *r, struct cs_jw *w, const struct cs_rows *rows, int row)
{
    struct store_token token;

    store_token_read(rows, row, &token);
    out_token(w, &token, cs_uuid_eq(&token.id, &r->who.cred_id));
}

enum cs_rc tokens_list_answer(struct req *r, struct cs_err *err)
{
    enum cs_rc rc = check_list(r, err);

    return rc == CS_OK ? req_put_list(r, put_token, err) : rc;
}

/* --- the end ---------------------------------------------------------------------------------- */

enum cs_rc token_revoke_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_token_revoke_call(&call, &r->arena, &r->who, &r->ids[0], r->head.remote_addr);
    return req_send(r, &call, err);
}

/* Rung only here: whose sockets close is not for everybody to say who names an id. */
enum cs_rc token_revoke_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = store_token_revoke_read(&rows, err);
    if (rc != CS_OK)
        return rc;
    req_ring_revoked(r, &r->ids[0]);
    resp_message(&r->resp, 200, "Token revoked");
    return CS_OK;
}

/* --- the credential at hand ------------------------------------------------------------------- */

enum cs_rc verify_answer(struct req *r, struct cs_err *err)
{
    bool session = cs_str_is(r->who.cred_kind, "session");
    struct cs_jw w = resp_json(&r->resp, 200);

    (void)err;
    cs_jw_obj_begin(&w);
    cs_jw_kv_bool(&w, "valid", true);
    out_token_owner(&w, &r->who.user_id, r->who.username, r->who.role);
    cs_jw_kv_cstr(&w, "type", session ? "session" : req_is_client(r) ? "client" : "user");
    cs_jw_key(&w, "permissions");
    cs_rights_put(&w, r->who.rights);
    cs_jw_obj_end(&w);
    return CS_OK;
}
