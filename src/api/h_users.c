/* h_users.c - accounts, kept by those who may: listed, made, disabled, deleted.
 *
 * The route asks for the right `users` or `admin`; whether that is enough for this account, the
 * function decides that makes the change (schema/functions/users.sql). Sockets are told to close
 * only when something has happened: whoever may not disable somebody must not disturb him either.
 */
#include "account.h"
#include "actor.h"
#include "cs_log.h"
#include "cs_pw.h"
#include "cs_rights.h"
#include "handlers.h"
#include "hashing.h"
#include "names.h"
#include "out_user.h"
#include "store_user.h"

/* --- seen ------------------------------------------------------------------------------------- */

enum { ACCOUNTS_DEFAULT = 50 };

struct accounts_in {
    struct cs_str query;
    struct cs_opt_int limit;
    struct cs_opt_uuid before;
};

static const struct cs_field accounts_fields[] = {
    CS_FIELD_TEXT(struct accounts_in, query, "query", 0, 1, USERNAME_MAX),
    CS_FIELD_INT(struct accounts_in, limit, "limit", 0, 1, STORE_ACCOUNTS_MAX),
    CS_FIELD_UUID(struct accounts_in, before, "before", 0),
};
const struct form accounts_query = FORM(struct accounts_in, accounts_fields);

enum cs_rc accounts_ask(struct req *r, struct cs_err *err)
{
    const struct accounts_in *in = r->query;
    struct cs_call call;

    store_accounts_call(&call, &r->arena, in->query, in->before.set ? &in->before.id : NULL,
                        in->limit.set ? in->limit.v : ACCOUNTS_DEFAULT);
    return req_send(r, &call, err);
}

static void put_user(struct req *r, struct cs_jw *w, const struct cs_rows *rows, int row)
{
    struct store_user user;

    (void)r;
    store_user_read(rows, row, &user);
    out_user(w, &user);
}

enum cs_rc accounts_answer(struct req *r, struct cs_err *err)
{
    return req_put_list(r, put_user, err);
}

static enum cs_rc put_account(struct req *r, const struct cs_rows *rows, int status,
                              struct cs_err *err)
{
    struct store_user user;

    if (cs_rows_count(rows) != 1)
        return cs_fail(err, CS_E_USER_NOT_FOUND);
    store_user_read(rows, 0, &user);
    struct cs_jw w = resp_json(&r->resp, status);
    out_user(&w, &user);
    return CS_OK;
}

enum cs_rc account_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_user_call(&call, &r->arena, &r->ids[0]);
    return req_send(r, &call, err);
}

enum cs_rc account_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    return rc == CS_OK ? put_account(r, &rows, 200, err) : rc;
}

/* --- made ------------------------------------------------------------------------------------- */

struct account_in {
    struct cs_str username, password, email, full_name, role;
};

/* The password's bounds are cs_pw_check's. */
static const struct cs_field account_fields[] = {
    CS_FIELD_TEXT(struct account_in, username, "username", CS_F_REQUIRED, 1, USERNAME_MAX),
    CS_FIELD_BYTES(struct account_in, password, "password", CS_F_REQUIRED, 1, 1024),
    CS_FIELD_TEXT(struct account_in, email, "email", 0, 1, 255),
    CS_FIELD_TEXT(struct account_in, full_name, "full_name", 0, 0, 255),
    CS_FIELD_CHOICE(struct account_in, role, "role", 0, "ADMIN|MODERATOR|MEMBER"),
};
const struct form account_form = FORM(struct account_in, account_fields);

enum cs_rc account_create_ask(struct req *r, struct cs_err *err)
{
    const struct account_in *in = r->body;
    struct cs_call call;
    enum cs_rc rc = account_check(r, in->username, in->email, in->password, err);

    if (rc != CS_OK)
        return rc;
    store_account_taken_call(&call, &r->arena, in->username, in->email);
    return req_send(r, &call, err);
}

/* Offices are an ADMIN's to give. The function asks that of the actor, but his token's part in it
 * is known to this request alone, whose guard has spoken in another transaction. */
static enum cs_rc may_give(const struct req *r, struct cs_str role, struct cs_err *err)
{
    bool office = role.p && !cs_str_is(role, "MEMBER");

    return office && !(r->who.rights & CS_MAY_ADMIN) ? cs_fail(err, CS_E_FORBIDDEN) : CS_OK;
}

/* In a transaction of its own: none waits for the hash. */
static enum cs_rc create(struct req *r, struct cs_str hash, struct cs_err *err)
{
    const struct account_in *in = r->body;
    struct store_actor actor = actor_of(r);
    struct store_new_account account = {
        .id = r->new_id,
        .username = in->username,
        .password_hash = hash,
        .email = in->email,
        .full_name = in->full_name,
        .role = in->role.p ? in->role : CS_LIT("MEMBER"),
    };
    struct cs_call call;
    struct cs_rows rows;

    store_account_create_call(&call, &r->arena, &actor, &account);
    enum cs_rc rc = req_run(r, CS_DB_WRITE, &call, &rows, err);
    return rc == CS_OK ? store_account_outcome(&rows, err) : rc;
}

enum cs_rc account_create_answer(struct req *r, struct cs_err *err)
{
    const struct account_in *in = r->body;
    char hash[CS_PW_HASH_MAX + 1];
    struct cs_call call;
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = may_give(r, in->role, err);
    if (rc == CS_OK)
        rc = store_account_taken_read(&rows, err);
    if (rc == CS_OK)
        rc = req_commit(r, err);
    if (rc == CS_OK)
        rc = hashing_make(r, in->password, hash, err);
    if (rc == CS_OK)
        rc = create(r, cs_str_c(hash), err);
    if (rc != CS_OK)
        return rc;
    store_user_call(&call, &r->arena, &r->new_id);
    rc = req_run(r, CS_DB_READ, &call, &rows, err);
    return rc == CS_OK ? put_account(r, &rows, 201, err) : rc;
}

/* --- switched --------------------------------------------------------------------------------- */

static enum cs_rc ask_active(struct req *r, bool active, struct cs_err *err)
{
    struct store_actor actor = actor_of(r);
    struct cs_call call;

    store_account_active_call(&call, &r->arena, &actor, &r->ids[0], active);
    return req_send(r, &call, err);
}

static enum cs_rc answer_switch(struct req *r, const char *message, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = store_account_outcome(&rows, err);
    if (rc == CS_OK)
        resp_message(&r->resp, 200, message);
    return rc;
}

enum cs_rc account_disable_ask(struct req *r, struct cs_err *err)
{
    return ask_active(r, false, err);
}

enum cs_rc account_disable_answer(struct req *r, struct cs_err *err)
{
    enum cs_rc rc = answer_switch(r, "User disabled", err);

    if (rc == CS_OK)
        req_ring_revoked(r, &r->ids[0]);
    return rc;
}

enum cs_rc account_enable_ask(struct req *r, struct cs_err *err)
{
    return ask_active(r, true, err);
}

enum cs_rc account_enable_answer(struct req *r, struct cs_err *err)
{
    return answer_switch(r, "User enabled", err);
}

struct superuser_in {
    struct cs_opt_bool is;
};

/* In the query or in the body; in both, they must agree. */
static const struct cs_field superuser_fields[] = {
    CS_FIELD_BOOL(struct superuser_in, is, "is_superuser", 0),
};
const struct form superuser_query = FORM(struct superuser_in, superuser_fields);
const struct form superuser_form = {
    .fields = superuser_fields,
    .n = sizeof superuser_fields / sizeof *superuser_fields,
    .size = sizeof(struct superuser_in),
    .may_be_empty = true,
};

enum cs_rc superuser_ask(struct req *r, struct cs_err *err)
{
    const struct superuser_in *query = r->query, *body = r->body;
    struct store_actor actor = actor_of(r);
    struct cs_call call;

    if (!query->is.set && !body->is.set)
        return cs_fail_field(err, "is_superuser", "is required");
    if (query->is.set && body->is.set && query->is.v != body->is.v)
        return cs_fail_field(err, "is_superuser", "differs between the query and the body");
    store_account_superuser_call(&call, &r->arena, &actor, &r->ids[0], query->is.v || body->is.v);
    return req_send(r, &call, err);
}

enum cs_rc superuser_answer(struct req *r, struct cs_err *err)
{
    enum cs_rc rc = answer_switch(r, "Role changed", err);

    if (rc == CS_OK)
        req_ring_user(r, &r->ids[0]);
    return rc;
}

/* --- deleted ---------------------------------------------------------------------------------- */

enum cs_rc account_delete_ask(struct req *r, struct cs_err *err)
{
    struct store_actor actor = actor_of(r);
    struct cs_call call;

    store_account_delete_call(&call, &r->arena, &actor, &r->ids[0]);
    return req_send(r, &call, err);
}

/* He may have been in more rooms than one bell has room for. Losing these loses nothing. */
static void ring_rooms(struct req *r, struct cs_str rooms)
{
    struct cs_call call;
    struct cs_rows rows;
    struct cs_err err;

    store_account_ring_call(&call, &r->arena, rooms);
    if (req_run(r, CS_DB_READ, &call, &rows, &err) != CS_OK)
        cs_log_err("bell", &err);
}

enum cs_rc account_delete_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = store_account_outcome(&rows, err);
    if (rc == CS_OK)
        rc = req_commit(r, err);
    if (rc != CS_OK)
        return rc;
    req_ring_revoked(r, &r->ids[0]);
    ring_rooms(r, store_account_left(&rows));
    resp_message(&r->resp, 200, "User deleted");
    return CS_OK;
}
