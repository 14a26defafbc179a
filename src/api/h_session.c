/* h_session.c - a session's life after login: renewed by its refresh token, closed by its owner. */
#include "cs_token.h"
#include "handlers.h"
#include "req.h"
#include "store_session.h"
#include "tokens.h"

/* How long a token that was just used up still gives the same successor: answers are lost, and a
 * browser has many tabs (security.md S3). */
enum { GRACE_S = 10 };

struct refresh_in {
    struct cs_str token;
};

static const struct cs_field refresh_fields[] = {
    CS_FIELD_BYTES(struct refresh_in, token, "refresh_token", CS_F_REQUIRED, 1, 1024),
};
const struct form refresh_form = FORM(struct refresh_in, refresh_fields);

/* The successor follows from the old token and our key alone, so both handlers compute it. */
static void successor(const struct req *r, struct cs_token *out)
{
    const struct refresh_in *in = r->body;

    cs_token_successor(r->app->keys.current.secret, in->token, out);
}

enum cs_rc refresh_ask(struct req *r, struct cs_err *err)
{
    const struct refresh_in *in = r->body;
    enum cs_token_kind kind;
    struct cs_token next;
    struct cs_call call;
    uint8_t old_hash[CS_SHA256_BYTES], new_hash[CS_SHA256_BYTES];

    if (!cs_token_kind(in->token, &kind) || kind != CS_TOKEN_REFRESH)
        return cs_fail(err, CS_E_BAD_REFRESH);
    successor(r, &next);
    cs_token_hash(in->token, old_hash);
    cs_token_hash(cs_token_str(&next), new_hash);
    store_rotate_call(&call, &r->arena, old_hash, new_hash,
                      r->app->cfg.refresh_token_days * 86400, GRACE_S, r->head.remote_addr);
    return req_send(r, &call, err);
}

enum cs_rc refresh_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    struct store_rotated rotated = {.reused = false};
    struct cs_token next;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = store_rotate_read(&rows, &rotated, err);
    if (rotated.reused) /* stolen, perhaps: the sockets of that session close (S2) */
        req_ring_revoked(r, &rotated.session_id);
    if (rc != CS_OK)
        return rc;
    successor(r, &next);
    struct token_pair pair = {.user_id = rotated.user_id, .session_id = rotated.session_id,
                              .username = rotated.username, .role = rotated.role, .refresh = &next};
    return tokens_answer(r, &pair, err);
}

enum cs_rc logout_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_session_close_call(&call, &r->arena, &r->who, &r->who.cred_id, r->head.remote_addr);
    req_ring_revoked(r, &r->who.cred_id);
    return req_send(r, &call, err);
}

enum cs_rc logout_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        resp_message(&r->resp, 200, "Logged out");
    return rc;
}
