/* store_login.c - see store_login.h. */
#include "store_login.h"

#include "cs_utf8.h"
#include "store_outcome.h"

enum { DEVICE_MAX = 255 }; /* characters; CHECK of chat.sessions */

/* --- logging in ------------------------------------------------------------------------------- */

const struct cs_stmt store_login_begin_stmt = {
    .name = "login_begin",
    .nparams = 6,
    .ncols = 5,
    .sql = "SELECT b.wait_ms, b.next_ms, b.user_id, b.password_hash, b.is_active\n"
           "  FROM chat.login_begin($1::text, $2::boolean, $3::text,\n"
           "                        $4::int, $5::int, $6::int) AS b",
};

const struct cs_stmt store_login_undo_stmt = {
    .name = "login_undo",
    .nparams = 2,
    .ncols = 1,
    .sql = "SELECT chat.login_undo($1::text, $2::text)",
};

const struct cs_stmt store_login_failed_stmt = {
    .name = "login_failed",
    .nparams = 4,
    .ncols = 1,
    .sql = "SELECT chat.login_failed($1::uuid, $2::boolean, $3::text, $4::int)",
};

const struct cs_stmt store_login_stmt = {
    .name = "login",
    .nparams = 13,
    .ncols = 1,
    .sql = "SELECT chat.login($1::text, $2::text, $3::text, $4::uuid, $5::uuid, $6::text,\n"
           "                  $7::bytea, $8::text, $9::text, $10::int, $11::bytea, $12::int,\n"
           "                  $13::int)",
};

void store_login_begin_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_attempt *a)
{
    cs_call_init(call, &store_login_begin_stmt, arena);
    cs_call_text(call, a->login);
    cs_call_bool(call, a->by_email);
    cs_call_text(call, a->ip);
    cs_call_i64(call, a->free_pair);
    cs_call_i64(call, a->free_account);
    cs_call_i64(call, a->free_address);
}

void store_login_begin_read(const struct cs_rows *rows, struct store_begun *out)
{
    *out = (struct store_begun){
        .wait_ms = cs_rows_i64(rows, 0, 0),
        .next_ms = cs_rows_i64(rows, 0, 1),
        .found = !cs_rows_null(rows, 0, 2),
        .user = cs_rows_uuid(rows, 0, 2),
        .password_hash = cs_rows_str(rows, 0, 3),
        .active = cs_rows_bool(rows, 0, 4),
    };
}

void store_login_undo_call(struct cs_call *call, struct cs_arena *arena,
                           const struct store_attempt *a)
{
    cs_call_init(call, &store_login_undo_stmt, arena);
    cs_call_text(call, a->login);
    cs_call_text(call, a->ip);
}

void store_login_failed_call(struct cs_call *call, struct cs_arena *arena,
                             const struct store_attempt *a, const struct store_begun *b,
                             bool disabled)
{
    cs_call_init(call, &store_login_failed_stmt, arena);
    cs_call_uuid(call, b->found ? &b->user : NULL);
    cs_call_bool(call, disabled);
    cs_call_text(call, a->ip);
    cs_call_i64(call, b->next_ms);
}

static void call_hash(struct cs_call *call, const uint8_t *hash)
{
    if (hash)
        cs_call_bytes(call, hash, CS_SHA256_BYTES);
    else
        cs_call_null(call);
}

void store_login_call(struct cs_call *call, struct cs_arena *arena, const struct store_attempt *a,
                      const struct store_begun *b, struct cs_str new_hash,
                      const struct store_new_session *s)
{
    cs_call_init(call, &store_login_stmt, arena);
    cs_call_text(call, a->login);
    cs_call_text(call, b->password_hash);
    cs_call_text(call, new_hash);
    cs_call_uuid(call, &s->id);
    cs_call_uuid(call, &b->user);
    cs_call_cstr(call, s->token_hash ? "opaque" : "jwt");
    call_hash(call, s->token_hash);
    cs_call_text(call, cs_utf8_cut(s->device, DEVICE_MAX));
    cs_call_text(call, a->ip);
    cs_call_i64(call, s->ttl_s);
    call_hash(call, s->refresh_hash);
    cs_call_i64(call, s->refresh_idle_s);
    cs_call_i64(call, s->refresh_max_s);
}

/* --- making an account ------------------------------------------------------------------------ */

const struct cs_stmt store_may_register_stmt = {
    .name = "may_register",
    .nparams = 3,
    .ncols = 1,
    .sql = "SELECT CASE\n"
           "    WHEN $3::bytea IS NOT NULL AND NOT EXISTS (\n"
           "        SELECT FROM chat.registration_invites AS i\n"
           "         WHERE i.token_hash = $3::bytea AND i.revoked_at IS NULL AND i.uses < i.max_uses\n"
           "           AND (i.expires_at IS NULL OR i.expires_at > clock_timestamp()))\n"
           "    THEN 'bad_invite'\n"
           "    WHEN EXISTS (SELECT FROM chat.users AS u WHERE u.name_key = chat.name_key($1::text))\n"
           "    THEN 'username_taken'\n"
           "    WHEN EXISTS (SELECT FROM chat.users AS u WHERE lower(u.email) = lower($2::text))\n"
           "    THEN 'email_taken' ELSE 'ok' END",
};

const struct cs_stmt store_register_stmt = {
    .name = "register",
    .nparams = 7,
    .ncols = 1,
    .sql = "SELECT chat.register($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::bytea,\n"
           "                     $7::text)",
};

void store_may_register_call(struct cs_call *call, struct cs_arena *arena,
                             const struct store_new_user *u)
{
    cs_call_init(call, &store_may_register_stmt, arena);
    cs_call_text(call, u->username);
    cs_call_text(call, u->email);
    call_hash(call, u->invite);
}

void store_register_call(struct cs_call *call, struct cs_arena *arena,
                         const struct store_new_user *u)
{
    cs_call_init(call, &store_register_stmt, arena);
    cs_call_uuid(call, &u->id);
    cs_call_text(call, u->username);
    cs_call_text(call, u->password_hash);
    cs_call_text(call, u->email);
    cs_call_text(call, u->full_name);
    call_hash(call, u->invite);
    cs_call_text(call, u->ip);
}

/* --- what the functions say ------------------------------------------------------------------- */

static const struct store_outcome outcomes[] = {
    {"ok", CS_OK, NULL},
    {"bad_login", CS_E_BAD_LOGIN, NULL},
    {"disabled", CS_E_DISABLED, NULL},
    {"bad_invite", CS_E_BAD_INVITE, NULL},
    {"username_taken", CS_E_USERNAME_TAKEN, NULL},
    {"email_taken", CS_E_EMAIL_TAKEN, NULL},
};

static enum cs_rc outcome(const struct cs_rows *rows, struct cs_err *err)
{
    struct cs_str status = store_status(rows);

    if (cs_str_is(status, "bad_name"))
        return cs_fail_field(err, "username", "is too long");
    return STORE_OUTCOME(status, outcomes, err);
}

enum cs_rc store_login_read(const struct cs_rows *rows, struct cs_err *err)
{
    return outcome(rows, err);
}

enum cs_rc store_may_register_read(const struct cs_rows *rows, struct cs_err *err)
{
    return outcome(rows, err);
}

enum cs_rc store_register_read(const struct cs_rows *rows, struct cs_err *err)
{
    return outcome(rows, err);
}
