/* h_sessions.c - somebody looks at where he is signed in, and ends it: one session, or all; an administrator
 * at where others are.
 *
 * Which sessions ended is known from the rows, so their bell follows the answer. A payload holds
 * some 26 of them; the sockets of those that do not fit close when the gateways ask again (S2).
 */
#include "actor.h"
#include "handlers.h"
#include "out_session.h"
#include "store_session.h"

enum cs_rc sessions_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_sessions_call(&call, &r->arena, &r->who.user_id, &r->who.cred_id);
    return req_send(r, &call, err);
}

static void put_sessions(struct req *r, const struct cs_rows *rows)
{
    struct store_session session;
    struct cs_jw w = resp_json(&r->resp, 200);

    cs_jw_arr_begin(&w);
    for (int i = 0; i < cs_rows_count(rows); i++) {
        store_session_read(rows, i, &session);
        out_session(&w, &session);
    }
    cs_jw_arr_end(&w);
}

enum cs_rc sessions_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        put_sessions(r, &rows);
    return rc;
}

/* Receives the rows of what has ended and rings for each. */
static enum cs_rc take_ended(struct req *r, int *ended, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc != CS_OK)
        return rc;
    *ended = cs_rows_count(&rows);
    for (int i = 0; i < *ended; i++) {
        struct cs_uuid session = store_session_closed(&rows, i);
        req_ring_revoked(r, &session);
    }
    return CS_OK;
}

enum cs_rc session_end_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_session_close_call(&call, &r->arena, &r->who, &r->ids[0], r->head.remote_addr);
    return req_send(r, &call, err);
}

enum cs_rc session_end_answer(struct req *r, struct cs_err *err)
{
    int ended;
    enum cs_rc rc = take_ended(r, &ended, err);

    if (rc == CS_OK && ended == 0)
        rc = cs_fail(err, CS_E_SESSION_NOT_FOUND);
    if (rc == CS_OK)
        resp_message(&r->resp, 200, "Session ended");
    return rc;
}

struct logout_all_in {
    struct cs_opt_bool keep_current;
};

static const struct cs_field logout_all_fields[] = {
    CS_FIELD_BOOL(struct logout_all_in, keep_current, "keep_current", 0),
};
const struct form logout_all_form = {
    .fields = logout_all_fields,
    .n = sizeof logout_all_fields / sizeof *logout_all_fields,
    .size = sizeof(struct logout_all_in),
    .may_be_empty = true,
};

static void say_ended(struct req *r, const char *message, int ended)
{
    struct cs_jw w = resp_json(&r->resp, 200);

    cs_jw_obj_begin(&w);
    cs_jw_kv_cstr(&w, "message", message);
    cs_jw_kv_i64(&w, "ended", ended);
    cs_jw_obj_end(&w);
}

enum cs_rc logout_all_ask(struct req *r, struct cs_err *err)
{
    const struct logout_all_in *in = r->body;
    struct cs_call call;

    store_sessions_close_call(&call, &r->arena, &r->who, in->keep_current.v, r->head.remote_addr);
    return req_send(r, &call, err);
}

enum cs_rc logout_all_answer(struct req *r, struct cs_err *err)
{
    int ended;
    enum cs_rc rc = take_ended(r, &ended, err);

    if (rc == CS_OK)
        say_ended(r, "Logged out everywhere", ended);
    return rc;
}

/* --- somebody else's -------------------------------------------------------------------------- */

enum cs_rc account_sessions_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_user_call(&call, &r->arena, &r->ids[0]);
    enum cs_rc rc = req_send(r, &call, err);
    if (rc != CS_OK)
        return rc;
    store_sessions_call(&call, &r->arena, &r->ids[0], &r->who.cred_id);
    return req_send(r, &call, err);
}

enum cs_rc account_sessions_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows user, rows;
    enum cs_rc rc = req_recv(r, &user, err);

    if (rc == CS_OK)
        rc = req_recv(r, &rows, err);
    if (rc == CS_OK && cs_rows_count(&user) != 1)
        rc = cs_fail(err, CS_E_USER_NOT_FOUND);
    if (rc == CS_OK)
        put_sessions(r, &rows);
    return rc;
}

enum cs_rc account_sign_out_ask(struct req *r, struct cs_err *err)
{
    struct store_actor actor = actor_of(r);
    struct cs_call call;

    store_account_sign_out_call(&call, &r->arena, &actor, &r->ids[0]);
    return req_send(r, &call, err);
}

enum cs_rc account_sign_out_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    struct cs_uuid session;
    int ended = 0;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = store_account_outcome(&rows, err);
    if (rc != CS_OK)
        return rc;
    while (ended < cs_rows_count(&rows) && store_account_signed_out(&rows, ended, &session)) {
        req_ring_revoked(r, &session);
        ended++;
    }
    say_ended(r, "Signed out everywhere", ended);
    return CS_OK;
}
