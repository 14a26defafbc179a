/* cs_jwt.c - see cs_jwt.h.
 *
 * Nothing of a token is read before its signature holds: the keys are tried in turn, and a `kid` in
 * the header must then name the key that matched. libjwt compares algorithm names without regard
 * to case and maps several to one key, so the header's text itself is compared.
 */
#include "cs_jwt.h"

#include "cs_arena.h"
#include "cs_jsonw.h"
#include "cs_parse.h"

#include <errno.h>
#include <jwt.h>
#include <stdlib.h>

enum { PAYLOAD_MAX = CS_JWT_MAX_BYTES / 2 }; /* base64 adds a third; header and signature follow */

static const char issuer[] = "chatsphere", audience[] = "chatsphere", token_type[] = "access";

enum cs_rc cs_secret_check(struct cs_str secret, struct cs_err *err)
{
    /* printed in the documents whose deployments come here with their .env files */
    static const struct cs_str placeholders[] = {
        CS_LIT("your-secret-key"),
        CS_LIT("your-api-secret-key"),
        CS_LIT("your-secret-key-change-this-in-production"),
    };

    if (secret.len == 0)
        return cs_fail_detail(err, CS_E_CONFIG, "The signing key is missing");
    for (size_t i = 0; i < sizeof placeholders / sizeof placeholders[0]; i++)
        if (cs_str_ieq(cs_str_trim(secret), placeholders[i]))
            return cs_fail_detail(err, CS_E_CONFIG,
                                  "The signing key is a placeholder from the documentation: make "
                                  "one of your own, for example with `openssl rand -base64 48`");
    if (secret.len < CS_SECRET_MIN_BYTES)
        return cs_fail_detail(err, CS_E_CONFIG,
                              "The signing key has %zu bytes, at least %d are needed", secret.len,
                              CS_SECRET_MIN_BYTES);
    return CS_OK;
}

/* --- signing ---------------------------------------------------------------------------------- */

static void write_claims(struct cs_buf *b, const struct cs_jwt_claims *c)
{
    struct cs_jw w = cs_jw_on(b);

    cs_jw_obj_begin(&w);
    cs_jw_kv_str(&w, "sub", c->username);
    cs_jw_kv_uuid(&w, "userId", &c->user_id);
    cs_jw_kv_str(&w, "username", c->username);
    cs_jw_kv_str(&w, "role", c->role);
    cs_jw_kv_uuid(&w, "sid", &c->sid);
    cs_jw_kv_cstr(&w, "typ", token_type);
    cs_jw_kv_i64(&w, "iat", c->iat);
    cs_jw_kv_i64(&w, "exp", c->exp);
    cs_jw_kv_cstr(&w, "iss", issuer);
    cs_jw_kv_cstr(&w, "aud", audience);
    cs_jw_obj_end(&w);
}

/* The token as malloc'd text; NULL for want of memory. */
static char *encode(const struct cs_jwt_key *key, const char *kid, const char *claims)
{
    char *text = NULL;
    jwt_t *jwt;

    if (jwt_new(&jwt))
        return NULL;
    if (!jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)key->secret.p,
                     (int)key->secret.len) &&
        !(key->kid.len && jwt_add_header(jwt, "kid", kid)) && !jwt_add_grants_json(jwt, claims))
        text = jwt_encode_str(jwt);
    jwt_free(jwt);
    return text;
}

enum cs_rc cs_jwt_sign(struct cs_arena *a, const struct cs_jwt_keys *keys,
                       const struct cs_jwt_claims *claims, struct cs_str *out, struct cs_err *err)
{
    const struct cs_jwt_key *key = &keys->current;
    enum cs_rc rc = cs_secret_check(key->secret, err);
    struct cs_buf payload;

    if (rc)
        return rc;
    cs_buf_init(&payload, PAYLOAD_MAX);
    write_claims(&payload, claims);
    const char *kid = cs_str_cstr(a, key->kid);
    char *text = payload.failed || !kid ? NULL : encode(key, kid, cs_buf_cview(&payload));
    *out = text ? cs_str_dup(a, cs_str_c(text)) : cs_str_n(NULL, 0);
    free(text);
    cs_buf_release(&payload);
    return out->p ? CS_OK : cs_fail(err, CS_E_NO_MEMORY);
}

/* --- verifying -------------------------------------------------------------------------------- */

static enum cs_rc refuse(struct cs_err *err, const char *why)
{
    return cs_fail_log(err, CS_E_UNAUTHORIZED, "access token: %s", why);
}

static struct cs_str grant(jwt_t *jwt, const char *name)
{
    return cs_str_c(jwt_get_grant(jwt, name)); /* NULL when missing or no string */
}

/* A numeric claim, or `absent` without it; false when it is there and no integer. */
static bool grant_time(jwt_t *jwt, const char *name, int64_t absent, int64_t *out)
{
    *out = absent;
    errno = 0;
    (void)jwt_get_grant_int(jwt, name);
    if (errno == ENOENT)
        return true;
    /* by its JSON text, for the call above reads 0 from a claim of another type */
    char *json = jwt_get_grants_json(jwt, name);
    bool ok = json && cs_parse_i64(cs_str_c(json), INT64_MIN, INT64_MAX, out);
    free(json);
    return ok;
}

/* Whatever its value: errno tells a header that is missing from one that is no integer. */
static bool has_header(jwt_t *jwt, const char *name)
{
    errno = 0;
    (void)jwt_get_header_int(jwt, name);
    return errno != ENOENT;
}

static const char *header_fault(jwt_t *jwt, const struct cs_jwt_key *key)
{
    const char *kid = jwt_get_header(jwt, "kid");

    if (!cs_str_is(cs_str_c(jwt_get_header(jwt, "alg")), "HS256"))
        return "the algorithm is not HS256";
    if (kid && !cs_str_is(key->kid, kid))
        return "the kid names another key";
    if (has_header(jwt, "crit")) /* extensions that must be understood, and none is */
        return "crit is not supported";
    return NULL;
}

static const char *claims_fault(jwt_t *jwt, int64_t now_s, struct cs_jwt_id *id)
{
    int64_t not_before;

    if (!cs_str_is(grant(jwt, "typ"), token_type))
        return "wrong typ";
    if (!cs_str_is(grant(jwt, "iss"), issuer))
        return "wrong iss";
    if (!cs_str_is(grant(jwt, "aud"), audience))
        return "wrong aud";
    if (!grant_time(jwt, "exp", INT64_MIN, &id->exp) || now_s >= id->exp)
        return "expired, or no exp";
    if (!grant_time(jwt, "nbf", INT64_MIN, &not_before) || now_s < not_before)
        return "not yet valid";
    if (!cs_uuid_parse(grant(jwt, "userId"), &id->user_id) ||
        !cs_uuid_parse(grant(jwt, "sid"), &id->sid))
        return "no userId or sid";
    return NULL;
}

/* 0 and a jwt whose signature `key` made; else errno's value. */
static int decode(const char *text, const struct cs_jwt_key *key, jwt_t **jwt)
{
    return jwt_decode(jwt, text, (const unsigned char *)key->secret.p, (int)key->secret.len);
}

static enum cs_rc check_keys(const struct cs_jwt_keys *keys, struct cs_err *err)
{
    enum cs_rc rc = cs_secret_check(keys->current.secret, err);

    if (!rc && keys->previous.secret.p)
        rc = cs_secret_check(keys->previous.secret, err);
    return rc;
}

static enum cs_rc verify(const struct cs_jwt_keys *keys, struct cs_str token, int64_t now_s,
                         struct cs_jwt_id *out, struct cs_err *err)
{
    const struct cs_jwt_key *key = &keys->current;
    char text[CS_JWT_MAX_BYTES + 1];
    jwt_t *jwt;

    memcpy(text, token.p, token.len);
    text[token.len] = '\0';

    int bad = decode(text, key, &jwt);
    if (bad && bad != ENOMEM && keys->previous.secret.p) {
        key = &keys->previous;
        bad = decode(text, key, &jwt);
    }
    if (bad)
        return bad == ENOMEM ? cs_fail(err, CS_E_NO_MEMORY) : refuse(err, "bad signature");

    const char *fault = header_fault(jwt, key);
    struct cs_jwt_id id;
    if (!fault)
        fault = claims_fault(jwt, now_s, &id);
    jwt_free(jwt);
    if (fault)
        return refuse(err, fault);
    *out = id;
    return CS_OK;
}

/* The time is looked at again: a token that has expired since is verified, and refused for it. */
enum cs_rc cs_jwt_verify(const struct cs_jwt_keys *keys, struct cs_str token, int64_t now_s,
                         struct cs_jwt_id *out, struct cs_err *err)
{
    struct cs_jwt_seen *seen = keys->seen;
    uint8_t hash[CS_SHA256_BYTES];
    enum cs_rc rc = check_keys(keys, err);

    if (rc)
        return rc;
    if (token.len == 0 || token.len > CS_JWT_MAX_BYTES || memchr(token.p, '\0', token.len))
        return refuse(err, "bad length");
    if (!seen)
        return verify(keys, token, now_s, out, err);
    cs_hash_sha256(token, hash);
    size_t place = (hash[0] + 256U * hash[1]) % (sizeof seen->at / sizeof seen->at[0]);
    if (now_s < seen->at[place].id.exp && memcmp(seen->at[place].hash, hash, sizeof hash) == 0) {
        *out = seen->at[place].id;
        return CS_OK;
    }
    rc = verify(keys, token, now_s, out, err);
    if (rc == CS_OK) {
        memcpy(seen->at[place].hash, hash, sizeof hash);
        seen->at[place].id = *out;
    }
    return rc;
}
