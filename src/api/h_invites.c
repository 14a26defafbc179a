/* h_invites.c - invitations to rooms: made, listed and revoked by those who keep order, and used.
 *
 * A code is a credential: it is shown once, no log has it (uri_logged, and the web server's
 * configuration), and no error repeats it. What cannot be a code is refused like one that is not
 * known.
 */
#include "cs_clock.h"
#include "handlers.h"
#include "inroom.h"
#include "out_room.h"
#include "store_invite.h"

/* `code` absent: it is not known any more. */
static void put_invite(struct cs_jw *w, const struct store_invite *invite, struct cs_str code)
{
    cs_jw_obj_begin(w);
    cs_jw_kv_uuid(w, "id", &invite->id);
    if (code.p)
        cs_jw_kv_str(w, "code", code);
    cs_jw_kv_str(w, "prefix", invite->prefix);
    cs_jw_kv_pg_time(w, "expiresAt", invite->expires_at);
    cs_jw_key(w, "maxUses");
    if (invite->max_uses)
        cs_jw_i64(w, invite->max_uses);
    else
        cs_jw_null(w);
    cs_jw_kv_i64(w, "uses", invite->uses);
    cs_jw_kv_uuid(w, "createdBy", &invite->created_by);
    cs_jw_kv_pg_time(w, "createdAt", invite->created_at);
    cs_jw_obj_end(w);
}

/* --- making ----------------------------------------------------------------------------------- */

enum { INVITE_LIFE_MAX_S = 31536000, INVITE_USES_MAX = 100000 }; /* a year */

struct invite_in {
    struct cs_str expires_at;
    struct cs_opt_int expires_in, max_uses;
};

static const struct cs_field invite_fields[] = {
    CS_FIELD_BYTES(struct invite_in, expires_at, "expiresAt", 0, 1, INSTANT_MAX),
    CS_FIELD_INT(struct invite_in, expires_in, "expiresIn", 0, 1, INVITE_LIFE_MAX_S),
    CS_FIELD_INT(struct invite_in, max_uses, "maxUses", 0, 1, INVITE_USES_MAX),
};
const struct form invite_form = {
    .fields = invite_fields,
    .n = sizeof invite_fields / sizeof *invite_fields,
    .size = sizeof(struct invite_in),
    .may_be_empty = true,
};

/* 0: never. */
static enum cs_rc read_expiry(const struct invite_in *in, int64_t *ms, struct cs_err *err)
{
    int64_t now_s = cs_clock_wall_s();
    enum cs_rc rc = CS_OK;

    *ms = in->expires_in.set ? (now_s + in->expires_in.v) * 1000 : 0;
    if (!in->expires_at.p)
        return CS_OK;
    if (in->expires_in.set)
        return cs_fail_field(err, "expiresIn", "only one end is taken");
    rc = inroom_instant(in->expires_at, "expiresAt", ms, err);
    if (rc == CS_OK && *ms / 1000 <= now_s)
        rc = cs_fail_field(err, "expiresAt", "must lie in the future");
    return rc;
}

enum cs_rc invite_create_ask(struct req *r, struct cs_err *err)
{
    const struct invite_in *in = r->body;
    struct store_acting who = inroom_acting(r);
    struct store_new_invite invite = {.id = r->new_id, .max_uses = in->max_uses.v};
    uint8_t hash[CS_SHA256_BYTES];
    char mask[CS_TOKEN_MASK_MAX + 1];
    struct cs_call call;
    enum cs_rc rc = read_expiry(in, &invite.expires_ms, err);

    if (rc != CS_OK)
        return rc;
    cs_token_make(CS_TOKEN_ROOM, &r->secret);
    cs_token_hash(cs_token_str(&r->secret), hash);
    cs_token_mask(cs_token_str(&r->secret), mask);
    invite.code_hash = hash;
    invite.prefix = cs_str_c(mask);
    store_invite_create_call(&call, &r->arena, &who, &invite);
    rc = req_send(r, &call, err);
    if (rc != CS_OK)
        return rc;
    store_invite_call(&call, &r->arena, &invite.id); /* as it is answered */
    return req_send(r, &call, err);
}

enum cs_rc invite_create_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    struct store_invite invite;
    enum cs_rc rc = inroom_outcome(r, err);

    if (rc == CS_OK)
        rc = req_recv(r, &rows, err);
    if (rc != CS_OK)
        return rc;
    store_invite_read(&rows, 0, &invite);
    struct cs_jw w = resp_json(&r->resp, 201);
    put_invite(&w, &invite, cs_token_str(&r->secret));
    return CS_OK;
}

/* --- those that are good ---------------------------------------------------------------------- */

enum cs_rc invites_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;
    enum cs_rc rc = inroom_ask(r, err);

    if (rc != CS_OK)
        return rc;
    store_invites_call(&call, &r->arena, &r->ids[0]);
    return req_send(r, &call, err);
}

static void put_known(struct req *r, struct cs_jw *w, const struct cs_rows *rows, int row)
{
    struct store_invite invite;

    (void)r;
    store_invite_read(rows, row, &invite);
    put_invite(w, &invite, cs_str_n(NULL, 0));
}

enum cs_rc invites_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = inroom_take_kept(r, &rows, err);

    if (rc == CS_OK)
        req_put_rows(r, &rows, 0, put_known);
    return rc;
}

/* --- one -------------------------------------------------------------------------------------- */

enum cs_rc invite_revoke_ask(struct req *r, struct cs_err *err)
{
    struct store_acting who = inroom_acting(r);
    struct cs_call call;

    store_invite_revoke_call(&call, &r->arena, &who, &r->ids[1]);
    return req_send(r, &call, err);
}

enum cs_rc invite_revoke_answer(struct req *r, struct cs_err *err)
{
    enum cs_rc rc = inroom_outcome(r, err);

    if (rc == CS_OK)
        resp_message(&r->resp, 200, "Invitation revoked");
    return rc;
}

enum cs_rc invite_accept_ask(struct req *r, struct cs_err *err)
{
    uint8_t hash[CS_SHA256_BYTES];
    enum cs_token_kind kind;
    struct cs_call call;
    enum cs_rc rc;

    if (!cs_token_kind(r->text, &kind) || kind != CS_TOKEN_ROOM)
        return cs_fail(err, CS_E_INVITE_NOT_FOUND);
    cs_token_hash(r->text, hash);
    store_invite_accept_call(&call, &r->arena, hash, &r->who.user_id);
    rc = req_send(r, &call, err);
    if (rc != CS_OK)
        return rc;
    store_room_invited_call(&call, &r->arena, &r->who.user_id, hash);
    return req_send(r, &call, err);
}

/* Which room it is, is known only now, so the bell follows. */
enum cs_rc invite_accept_answer(struct req *r, struct cs_err *err)
{
    struct store_room room;
    enum cs_rc rc = inroom_outcome(r, err);

    if (rc == CS_OK)
        rc = inroom_take(r, &room, err);
    if (rc != CS_OK)
        return rc;
    req_ring_room(r, &room.id);
    req_ring_user(r, &r->who.user_id);
    struct cs_jw w = resp_json(&r->resp, 200);
    out_room(&w, &room, true);
    return CS_OK;
}
