/* store_account.c - see store_account.h. */
#include "store_account.h"

#include "store_outcome.h"

/* --- seen ------------------------------------------------------------------------------------- */

/* Older than this one, or from the newest. */
#define BEFORE                                                                                     \
    " WHERE u.id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')\n"                   \
    "   AND u.deleted_at IS NULL\n"                                                                \
    " ORDER BY u.id DESC LIMIT $2::int"

const struct cs_stmt store_accounts_stmt = {
    .name = "accounts",
    .nparams = 2,
    .ncols = STORE_USER_COLS,
    .sql = STORE_USER_COLUMNS "  FROM chat.users AS u\n" BEFORE,
};

/* A range of the index on names, whose collation is that of bytes. OFFSET 0 keeps it one: sorted by
 * id at once, it might be planned over all users. */
const struct cs_stmt store_accounts_named_stmt = {
    .name = "accounts_named",
    .nparams = 3,
    .ncols = STORE_USER_COLS,
    .sql =
        STORE_USER_COLUMNS "  FROM (SELECT * FROM chat.users AS n\n"
                           "         WHERE n.name_key >= chat.name_key($3::text)\n"
                           "           AND n.name_key < chat.name_key($3::text) || chr(1114111)\n"
                           "        OFFSET 0) AS u\n" BEFORE,
};

void store_accounts_call(struct cs_call *call, struct cs_arena *arena, struct cs_str prefix,
                         const struct cs_uuid *before, int64_t limit)
{
    cs_call_init(call, prefix.p ? &store_accounts_named_stmt : &store_accounts_stmt, arena);
    cs_call_uuid(call, before);
    cs_call_i64(call, limit);
    if (prefix.p)
        cs_call_text(call, prefix);
}

/* --- made ------------------------------------------------------------------------------------- */

const struct cs_stmt store_account_taken_stmt = {
    .name = "account_taken",
    .nparams = 2,
    .ncols = 2,
    .sql = "SELECT EXISTS (SELECT FROM chat.users AS u\n"
           "                WHERE u.name_key = chat.name_key($1::text)),\n"
           "       EXISTS (SELECT FROM chat.users AS u WHERE lower(u.email) = lower($2::text))",
};

void store_account_taken_call(struct cs_call *call, struct cs_arena *arena, struct cs_str username,
                              struct cs_str email)
{
    cs_call_init(call, &store_account_taken_stmt, arena);
    cs_call_text(call, username);
    cs_call_text(call, email);
}

enum cs_rc store_account_taken_read(const struct cs_rows *rows, struct cs_err *err)
{
    if (cs_rows_bool(rows, 0, 0))
        return cs_fail(err, CS_E_USERNAME_TAKEN);
    return cs_rows_bool(rows, 0, 1) ? cs_fail(err, CS_E_EMAIL_TAKEN) : CS_OK;
}

const struct cs_stmt store_account_create_stmt = {
    .name = "account_create",
    .nparams = 8,
    .ncols = 1,
    .sql = "SELECT chat.create_user($1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::text,\n"
           "                        $7::text, $8::text)",
};

void store_account_create_call(struct cs_call *call, struct cs_arena *arena,
                               const struct store_actor *actor, const struct store_new_account *a)
{
    cs_call_init(call, &store_account_create_stmt, arena);
    cs_call_uuid(call, &a->id);
    cs_call_uuid(call, &actor->id);
    cs_call_text(call, a->username);
    cs_call_text(call, a->password_hash);
    cs_call_text(call, a->email);
    cs_call_text(call, a->full_name);
    cs_call_text(call, a->role);
    cs_call_text(call, actor->ip);
}

/* --- changed ---------------------------------------------------------------------------------- */

const struct cs_stmt store_account_active_stmt = {
    .name = "account_active",
    .nparams = 4,
    .ncols = 1,
    .sql = "SELECT chat.set_user_active($1::uuid, $2::uuid, $3::boolean, $4::text)",
};

const struct cs_stmt store_account_superuser_stmt = {
    .name = "account_superuser",
    .nparams = 4,
    .ncols = 1,
    .sql = "SELECT chat.set_superuser($1::uuid, $2::uuid, $3::boolean, $4::text)",
};

const struct cs_stmt store_account_sign_out_stmt = {
    .name = "account_sign_out",
    .nparams = 3,
    .ncols = 2,
    .sql = "SELECT s.status, e.id\n"
           "  FROM chat.end_user_sessions($1::uuid, $2::uuid, $3::text) AS s\n"
           "  LEFT JOIN LATERAL unnest(s.ended) AS e (id) ON true",
};

void store_account_sign_out_call(struct cs_call *call, struct cs_arena *arena,
                                 const struct store_actor *actor, const struct cs_uuid *user)
{
    cs_call_init(call, &store_account_sign_out_stmt, arena);
    cs_call_uuid(call, &actor->id);
    cs_call_uuid(call, user);
    cs_call_text(call, actor->ip);
}

bool store_account_signed_out(const struct cs_rows *rows, int row, struct cs_uuid *session)
{
    if (cs_rows_null(rows, row, 1))
        return false;
    *session = cs_rows_uuid(rows, row, 1);
    return true;
}

static void call_switch(struct cs_call *call, const struct cs_stmt *stmt, struct cs_arena *arena,
                        const struct store_actor *actor, const struct cs_uuid *user, bool on)
{
    cs_call_init(call, stmt, arena);
    cs_call_uuid(call, &actor->id);
    cs_call_uuid(call, user);
    cs_call_bool(call, on);
    cs_call_text(call, actor->ip);
}

void store_account_active_call(struct cs_call *call, struct cs_arena *arena,
                               const struct store_actor *actor, const struct cs_uuid *user,
                               bool active)
{
    call_switch(call, &store_account_active_stmt, arena, actor, user, active);
}

void store_account_superuser_call(struct cs_call *call, struct cs_arena *arena,
                                  const struct store_actor *actor, const struct cs_uuid *user,
                                  bool superuser)
{
    call_switch(call, &store_account_superuser_stmt, arena, actor, user, superuser);
}

/* --- deleted ---------------------------------------------------------------------------------- */

const struct cs_stmt store_account_delete_stmt = {
    .name = "account_delete",
    .nparams = 3,
    .ncols = 2,
    .sql = "SELECT d.status, d.rooms FROM chat.delete_user($1::uuid, $2::uuid, $3::text) AS d",
};

const struct cs_stmt store_account_ring_stmt = {
    .name = "account_ring",
    .nparams = 1,
    .ncols = 1,
    .sql = "SELECT chat.ring($1::uuid[])",
};

void store_account_delete_call(struct cs_call *call, struct cs_arena *arena,
                               const struct store_actor *actor, const struct cs_uuid *user)
{
    cs_call_init(call, &store_account_delete_stmt, arena);
    cs_call_uuid(call, &actor->id);
    cs_call_uuid(call, user);
    cs_call_text(call, actor->ip);
}

struct cs_str store_account_left(const struct cs_rows *rows)
{
    return cs_rows_str(rows, 0, 1);
}

void store_account_ring_call(struct cs_call *call, struct cs_arena *arena, struct cs_str rooms)
{
    cs_call_init(call, &store_account_ring_stmt, arena);
    cs_call_text(call, rooms);
}

/* --- how it went ------------------------------------------------------------------------------ */

static const struct store_outcome outcomes[] = {
    {"ok", CS_OK, NULL},
    {"forbidden", CS_E_FORBIDDEN, NULL},
    {"oneself", CS_E_ONESELF, NULL},
    {"user_not_found", CS_E_USER_NOT_FOUND, NULL},
    {"role_not_found", CS_E_ROLE_NOT_FOUND, NULL},
    {"built_in", CS_E_BUILT_IN, NULL},
    {"role_taken", CS_E_ROLE_TAKEN, NULL},
    {"username_taken", CS_E_USERNAME_TAKEN, NULL},
    {"email_taken", CS_E_EMAIL_TAKEN, NULL},
};

enum cs_rc store_account_outcome(const struct cs_rows *rows, struct cs_err *err)
{
    struct cs_str status = store_status(rows);

    if (cs_str_is(status, "name_too_long"))
        return cs_fail_field(err, "name", "must have at most 100 characters");
    if (cs_str_is(status, "username_too_long"))
        return cs_fail_field(err, "username", "must have at most 100 characters");
    return STORE_OUTCOME(status, outcomes, err);
}
