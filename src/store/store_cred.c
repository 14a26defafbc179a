/* store_cred.c - what a client presents, as the guards' statements want it; see store_guard.h. */
#include "store_guard.h"

#include "cs_token.h"

static enum cs_rc read_opaque(struct cs_str token, struct store_cred *out, struct cs_err *err)
{
    enum cs_token_kind kind;

    if (!cs_token_kind(token, &kind))
        return cs_fail(err, CS_E_UNAUTHORIZED);
    if (kind == CS_TOKEN_SESSION)
        out->kind = STORE_CRED_SESSION;
    else if (kind == CS_TOKEN_USER || kind == CS_TOKEN_CLIENT)
        out->kind = STORE_CRED_TOKEN;
    else
        return cs_fail(err, CS_E_UNAUTHORIZED); /* refresh tokens and tickets open nothing else */
    cs_token_hash(token, out->hash);
    return CS_OK;
}

static enum cs_rc read_jwt(struct cs_str token, const struct cs_jwt_keys *keys, int64_t now_s,
                           struct store_cred *out, struct cs_err *err)
{
    struct cs_jwt_id id;
    enum cs_rc rc = cs_jwt_verify(keys, token, now_s, &id, err);

    if (rc == CS_OK)
        *out = (struct store_cred){.kind = STORE_CRED_JWT, .sid = id.sid, .user_id = id.user_id,
                                   .expires_s = id.exp};
    return rc;
}

enum cs_rc store_cred_read(struct cs_str token, const struct cs_jwt_keys *keys, int64_t now_s,
                           struct store_cred *out, struct cs_err *err)
{
    *out = (struct store_cred){.expires_s = 0};
    if (cs_str_starts(token, CS_LIT("cs_")))
        return read_opaque(token, out, err);
    return read_jwt(token, keys, now_s, out, err);
}
