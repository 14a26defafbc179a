/* store_token.h - API tokens: making, listing, revoking.
 *
 * Tokens come here as SHA-256 and a mask. What their makers may give away, and who may revoke one,
 * the functions decide (schema/functions/tokens.sql).
 */
#ifndef STORE_TOKEN_H
#define STORE_TOKEN_H

#include "cs_db.h"
#include "cs_hash.h"
#include "cs_model.h"

enum { STORE_TOKENS_MAX = 100 }; /* rows of a list */

struct store_new_token {
    const struct cs_who *maker;
    struct cs_uuid id, user;
    struct cs_str type;   /* USER, CLIENT */
    const uint8_t *hash;  /* CS_SHA256_BYTES; borrowed until the call is sent */
    struct cs_str prefix; /* the mask: for lists */
    struct cs_str name;   /* what it is for; .p NULL: not said */
    const unsigned *permissions; /* cs_rights.h; NULL: those of the type */
    int64_t expires_ms;          /* since 1970; 0: life_s from now */
    int64_t life_s;
    struct cs_str ip;
};

struct store_made_token {
    struct cs_str username, role, name;
    unsigned permissions;
    struct cs_str expires_at;
};

/* Reading gives CS_E_USER_NOT_FOUND, CS_E_FORBIDDEN with a sentence, CS_E_LIMIT. */
void store_token_create_call(struct cs_call *call, struct cs_arena *arena,
                             const struct store_new_token *t);
enum cs_rc store_token_create_read(const struct cs_rows *rows, struct store_made_token *out,
                                   struct cs_err *err) CS_MUST_CHECK;

struct store_token {
    struct cs_uuid id, user;
    struct cs_str type, prefix, username, name; /* name.p NULL: it has none */
    unsigned permissions;
    struct cs_str created_at, expires_at, last_used_at;
    bool revoked;
};

struct store_tokens_wanted {
    const struct cs_uuid *user;   /* NULL: of all */
    struct cs_str type;           /* .p NULL: of both */
    const struct cs_uuid *before; /* NULL: from the newest */
    int64_t limit;
};

/* Newest first. */
void store_tokens_call(struct cs_call *call, struct cs_arena *arena,
                       const struct store_tokens_wanted *wanted);
void store_token_read(const struct cs_rows *rows, int row, struct store_token *out);

/* Reading gives CS_E_TOKEN_NOT_FOUND, CS_E_FORBIDDEN; CS_OK also for one that is revoked. */
void store_token_revoke_call(struct cs_call *call, struct cs_arena *arena,
                             const struct cs_who *who, const struct cs_uuid *token,
                             struct cs_str ip);
enum cs_rc store_token_revoke_read(const struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

extern const struct cs_stmt store_token_create_stmt, store_tokens_of_stmt, store_tokens_all_stmt,
    store_tokens_typed_stmt, store_token_revoke_stmt;

#endif
