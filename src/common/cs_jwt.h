/* cs_jwt.h - access tokens: JWT (RFC 7519), HS256 and nothing else. The owner of jwt.h.
 *
 * libjwt takes an empty key as "do not verify", lets the token choose its HMAC, and looks at no
 * time claim. So the wrapper checks itself (security.md S1): key length, alg, kid, typ, exp, nbf,
 * iss, aud, and that there is no crit (RFC 7515 section 4.1.11). Identity is userId and sid; `sub`,
 * `username` and `role` inform clients and are not even given back by cs_jwt_verify.
 *
 * Keys rotate: new tokens are signed with `current`, old ones verify with `previous` until they
 * expire. Each key has an optional `kid`, carried in the header of what it signs.
 */
#ifndef CS_JWT_H
#define CS_JWT_H

#include "cs_err.h"
#include "cs_hash.h"
#include "cs_id.h"
#include "cs_str.h"

#include <stdint.h>

struct cs_arena;

enum {
    CS_SECRET_MIN_BYTES = 32,
    CS_JWT_MAX_BYTES = 4096, /* of a token that is looked at */
};

struct cs_jwt_key {
    struct cs_str secret; /* borrowed for the life of the program; ≥ 32 bytes */
    struct cs_str kid;    /* "" for none */
};


struct cs_jwt_claims {
    struct cs_uuid user_id, sid;
    struct cs_str username; /* also `sub` */
    struct cs_str role;
    int64_t iat, exp; /* seconds since 1970 */
};

/* What a verified token proves. */
struct cs_jwt_id {
    struct cs_uuid user_id, sid;
    int64_t exp;
};

/* Tokens that these keys have verified, by their SHA-256: whoever comes again with one is spared the
 * signature and the JSON, a fifth of what a page costs a worker. All zero when it is empty. Of two
 * with one place the later stays. */
struct cs_jwt_seen {
    struct {
        uint8_t hash[CS_SHA256_BYTES];
        struct cs_jwt_id id;
    } at[512];
};

struct cs_jwt_keys {
    struct cs_jwt_key current;
    struct cs_jwt_key previous; /* secret {NULL, 0} for none */
    struct cs_jwt_seen *seen;   /* borrowed; NULL: every token is verified anew */
};

/* A signing key is there, has 32 bytes, and is no placeholder of the documents: CS_E_CONFIG with a
 * sentence that says which, without the secret. Called at the start of every program. */
enum cs_rc cs_secret_check(struct cs_str secret, struct cs_err *err) CS_MUST_CHECK;

/* Signs with keys->current; the token's text is in the arena, NUL-terminated.
 * CS_E_CONFIG: the key does not pass cs_secret_check. CS_E_NO_MEMORY. */
enum cs_rc cs_jwt_sign(struct cs_arena *a, const struct cs_jwt_keys *keys,
                       const struct cs_jwt_claims *claims, struct cs_str *out,
                       struct cs_err *err) CS_MUST_CHECK;

/* CS_E_UNAUTHORIZED for every token that is not good at `now_s`, with the reason for the log only;
 * CS_E_CONFIG and CS_E_NO_MEMORY as above. The session itself is checked by the database. */
enum cs_rc cs_jwt_verify(const struct cs_jwt_keys *keys, struct cs_str token, int64_t now_s,
                         struct cs_jwt_id *out, struct cs_err *err) CS_MUST_CHECK;

#endif
