/* store_token.c - see store_token.h. */
#include "store_token.h"

#include "store_outcome.h"

const struct cs_stmt store_token_create_stmt = {
    .name = "token_create",
    .nparams = 12,
    .ncols = 6,
    .sql = "SELECT c.status, c.username, c.role, c.permissions, c.expires_at,\n"
           "       nullif(btrim($12::text), '')\n"
           "  FROM chat.create_token($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::text, $6::bytea,\n"
           "                         $7::text, $8::smallint, timestamptz 'epoch'\n"
           "                             + $9::bigint * interval '1 millisecond',\n"
           "                         $10::int, $11::text, $12::text) AS c",
};

#define TOKEN_COLUMNS                                                                              \
    "SELECT t.id, t.user_id, t.type, t.prefix,\n"                                                  \
    "       chat.token_permissions(t.type, t.permissions),\n"                                      \
    "       t.created_at, t.expires_at, t.last_used_at, t.revoked_at IS NOT NULL,\n"               \
    "       u.username, t.name\n"
#define WITH_OWNER "  JOIN chat.users AS u ON u.id = t.user_id\n"
#define FIRST "coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')"
#define BELOW " t.id < " FIRST "\n"

/* OFFSET 0 keeps the look-up one by user: sorted by id at once, it might be planned over the
 * tokens of all. */
const struct cs_stmt store_tokens_of_stmt = {
    .name = "tokens_of",
    .nparams = 4,
    .ncols = 11,
    .sql = TOKEN_COLUMNS
           "  FROM (SELECT * FROM chat.api_tokens AS o WHERE o.user_id = $3 OFFSET 0) AS t\n"
           WITH_OWNER
           " WHERE" BELOW
           "   AND ($4::text IS NULL OR t.type = $4)\n"
           " ORDER BY t.id DESC LIMIT $2::int",
};

const struct cs_stmt store_tokens_all_stmt = {
    .name = "tokens_all",
    .nparams = 2,
    .ncols = 11,
    .sql = TOKEN_COLUMNS
           "  FROM chat.api_tokens AS t\n"
           WITH_OWNER
           " WHERE" BELOW
           " ORDER BY t.id DESC LIMIT $2::int",
};

/* Walks one index from a place in it: with t.type = $3 the one by id alone would do, too, and pass over
 * all tokens of people to find those of the few applications. */
const struct cs_stmt store_tokens_typed_stmt = {
    .name = "tokens_typed",
    .nparams = 3,
    .ncols = 11,
    .sql = TOKEN_COLUMNS
           "  FROM chat.api_tokens AS t\n"
           WITH_OWNER
           " WHERE (t.type, t.id) < ($3::text, " FIRST ") AND t.type >= $3\n"
           " ORDER BY t.type DESC, t.id DESC LIMIT $2::int",
};

const struct cs_stmt store_token_revoke_stmt = {
    .name = "token_revoke",
    .nparams = 4,
    .ncols = 1,
    .sql = "SELECT chat.revoke_token($1::uuid, $2::uuid, $3::uuid, $4::text)",
};

static const struct store_outcome outcomes[] = {
    {"ok", CS_OK, NULL},
    {"forbidden", CS_E_FORBIDDEN, NULL},
    {"not_yours", CS_E_FORBIDDEN, "You can make tokens for yourself only"},
    {"escalation", CS_E_FORBIDDEN, "A token cannot have a permission that its maker does not have"},
    {"user_not_found", CS_E_USER_NOT_FOUND, NULL},
    {"not_found", CS_E_TOKEN_NOT_FOUND, NULL},
    {"limit", CS_E_LIMIT, "A user can have 100 tokens at a time: revoke one first"},
};

static enum cs_rc outcome(const struct cs_rows *rows, struct cs_err *err)
{
    return STORE_OUTCOME(store_status(rows), outcomes, err);
}

void store_token_create_call(struct cs_call *call, struct cs_arena *arena,
                             const struct store_new_token *t)
{
    cs_call_init(call, &store_token_create_stmt, arena);
    cs_call_uuid(call, &t->maker->user_id);
    cs_call_uuid(call, &t->maker->cred_id);
    cs_call_uuid(call, &t->id);
    cs_call_uuid(call, &t->user);
    cs_call_text(call, t->type);
    cs_call_bytes(call, t->hash, CS_SHA256_BYTES);
    cs_call_text(call, t->prefix);
    if (t->permissions)
        cs_call_i64(call, *t->permissions);
    else
        cs_call_null(call);
    if (t->expires_ms)
        cs_call_i64(call, t->expires_ms);
    else
        cs_call_null(call);
    cs_call_i64(call, t->life_s);
    cs_call_text(call, t->ip);
    cs_call_text(call, t->name);
}

enum cs_rc store_token_create_read(const struct cs_rows *rows, struct store_made_token *out,
                                   struct cs_err *err)
{
    enum cs_rc rc = outcome(rows, err);

    if (rc == CS_OK)
        *out = (struct store_made_token){
            .username = cs_rows_str(rows, 0, 1),
            .role = cs_rows_str(rows, 0, 2),
            .permissions = (unsigned)cs_rows_i64(rows, 0, 3),
            .expires_at = cs_rows_str(rows, 0, 4),
            .name = cs_rows_str(rows, 0, 5),
        };
    return rc;
}

void store_tokens_call(struct cs_call *call, struct cs_arena *arena,
                       const struct store_tokens_wanted *wanted)
{
    cs_call_init(call,
                 wanted->user     ? &store_tokens_of_stmt
                 : wanted->type.p ? &store_tokens_typed_stmt
                                  : &store_tokens_all_stmt,
                 arena);
    cs_call_uuid(call, wanted->before);
    cs_call_i64(call, wanted->limit);
    if (wanted->user)
        cs_call_uuid(call, wanted->user);
    if (wanted->user || wanted->type.p)
        cs_call_text(call, wanted->type);
}

void store_token_read(const struct cs_rows *rows, int row, struct store_token *out)
{
    *out = (struct store_token){
        .id = cs_rows_uuid(rows, row, 0),
        .user = cs_rows_uuid(rows, row, 1),
        .type = cs_rows_str(rows, row, 2),
        .prefix = cs_rows_str(rows, row, 3),
        .permissions = (unsigned)cs_rows_i64(rows, row, 4),
        .created_at = cs_rows_str(rows, row, 5),
        .expires_at = cs_rows_str(rows, row, 6),
        .last_used_at = cs_rows_str(rows, row, 7),
        .revoked = cs_rows_bool(rows, row, 8),
        .username = cs_rows_str(rows, row, 9),
        .name = cs_rows_str(rows, row, 10),
    };
}

void store_token_revoke_call(struct cs_call *call, struct cs_arena *arena,
                             const struct cs_who *who, const struct cs_uuid *token,
                             struct cs_str ip)
{
    cs_call_init(call, &store_token_revoke_stmt, arena);
    cs_call_uuid(call, &who->user_id);
    cs_call_uuid(call, &who->cred_id);
    cs_call_uuid(call, token);
    cs_call_text(call, ip);
}

enum cs_rc store_token_revoke_read(const struct cs_rows *rows, struct cs_err *err)
{
    return outcome(rows, err);
}
