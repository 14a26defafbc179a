/* tokens.c - see tokens.h. */
#include "tokens.h"

#include "cs_clock.h"
#include "out_user.h"

enum cs_rc tokens_answer(struct req *r, const struct token_pair *pair, struct cs_err *err)
{
    int64_t now = cs_clock_wall_s(), life = r->app->cfg.access_token_min * 60;
    struct cs_jwt_claims claims = {
        .user_id = pair->user_id,
        .sid = pair->session_id,
        .username = pair->username,
        .role = pair->role,
        .iat = now,
        .exp = now + life,
    };
    struct cs_str access;
    enum cs_rc rc = cs_jwt_sign(&r->arena, &r->app->keys, &claims, &access, err);

    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 200);
    cs_jw_obj_begin(&w);
    cs_jw_kv_str(&w, "access_token", access);
    cs_jw_kv_str(&w, "refresh_token", cs_token_str(pair->refresh));
    cs_jw_kv_cstr(&w, "token_type", "bearer");
    cs_jw_kv_i64(&w, "expires_in", life);
    if (pair->user) {
        cs_jw_key(&w, "user");
        out_user(&w, pair->user);
    }
    cs_jw_obj_end(&w);
    return CS_OK;
}
