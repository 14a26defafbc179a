/* test_jwt.c - access tokens: every way of S1 to get past a careless verifier, each refused.
 *
 * Forged tokens are put together here, by hand or by libjwt, which is what an attacker has too.
 */
#include "failmalloc.h"
#include "unit.h"
#include "unit_arena.h"

#include "cs_hash.h"
#include "cs_jwt.h"

#include <jwt.h>
#include <stdlib.h>

#define KEY     "0123456789abcdef0123456789abcdef"
#define OLD_KEY "fedcba9876543210fedcba9876543210"
#define USER    "01890a5d-ac96-774b-bcce-b302099a8057"
#define SID     "01890a5d-ac96-774b-bcce-b302099a8058"
#define HEADER  "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define IDS     "\"userId\":\"" USER "\",\"sid\":\"" SID "\","
#define ISS     "\"iss\":\"chatsphere\","
#define AUD     "\"aud\":\"chatsphere\","
#define TYP     "\"typ\":\"access\","
#define GOOD    "{" IDS ISS AUD TYP "\"iat\":1000,\"exp\":2000}"

enum { NOW = 1500 };

static const struct cs_jwt_keys keys = {.current = {.secret = CS_LIT(KEY)}};
static const struct cs_jwt_keys rotated = {
    .current = {.secret = CS_LIT(KEY), .kid = CS_LIT("new")},
    .previous = {.secret = CS_LIT(OLD_KEY), .kid = CS_LIT("old")},
};

static struct cs_jwt_id id;
static struct cs_err err;

static void put_base64url(struct cs_buf *b, struct cs_str s)
{
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0;
    unsigned have = 0;

    for (size_t i = 0; i < s.len; i++) {
        bits = bits << 8 | (unsigned char)s.p[i];
        for (have += 8; have >= 6; have -= 6)
            cs_buf_putc(b, set[bits >> (have - 6) & 63]);
    }
    if (have)
        cs_buf_putc(b, set[bits << (6 - have) & 63]);
}

/* A token of this header and payload, signed by HMAC-SHA256 whatever the header says. */
static struct cs_str forge(const char *header, const char *payload, const char *key)
{
    uint8_t mac[CS_SHA256_BYTES];
    struct cs_buf b;

    cs_buf_init(&b, 1 << 16);
    put_base64url(&b, cs_str_c(header));
    cs_buf_putc(&b, '.');
    put_base64url(&b, cs_str_c(payload));
    cs_hash_hmac_sha256(cs_str_c(key), cs_buf_view(&b), cs_str_n(NULL, 0), mac);
    cs_buf_putc(&b, '.');
    put_base64url(&b, cs_str_n((const char *)mac, sizeof mac));
    struct cs_str token = cs_str_dup(&arena, cs_buf_view(&b));
    cs_buf_release(&b);
    return token;
}

/* The good claims signed by libjwt with another algorithm and our key. */
static struct cs_str forge_alg(jwt_alg_t alg)
{
    jwt_t *jwt;

    assert_int_equal(jwt_new(&jwt), 0);
    assert_int_equal(jwt_add_grants_json(jwt, GOOD), 0);
    if (alg == JWT_ALG_NONE)
        assert_int_equal(jwt_set_alg(jwt, alg, NULL, 0), 0);
    else
        assert_int_equal(jwt_set_alg(jwt, alg, (const unsigned char *)KEY, sizeof KEY - 1), 0);
    char *text = jwt_encode_str(jwt);
    assert_non_null(text);
    struct cs_str token = cs_str_dup(&arena, cs_str_c(text));
    free(text);
    jwt_free(jwt);
    return token;
}

/* Anew, and by keys that remember what they verified: the same, however often. */
static enum cs_rc verify(struct cs_str token)
{
    static struct cs_jwt_seen seen;
    struct cs_jwt_keys remembering = keys;
    enum cs_rc rc = cs_jwt_verify(&keys, token, NOW, &id, &err);

    remembering.seen = &seen;
    for (int i = 0; i < 2; i++) {
        struct cs_jwt_id again;
        assert_int_equal(cs_jwt_verify(&remembering, token, NOW, &again, &err), rc);
        if (rc == CS_OK)
            assert_memory_equal(&again, &id, sizeof id);
    }
    return rc;
}

static void assert_refused(struct cs_str token, const char *why)
{
    assert_int_equal(verify(token), CS_E_UNAUTHORIZED);
    assert_string_equal(cs_err_detail(&err), "Invalid or expired token");
    if (!strstr(err.log, why))
        fail_msg("the log says \"%s\", not \"%s\"", err.log, why);
}

static struct cs_str sign(const struct cs_jwt_keys *with)
{
    struct cs_jwt_claims claims = {
        .username = CS_LIT("J\xc3\xb6rg \"the\" cat"),
        .role = CS_LIT("MEMBER"),
        .iat = 1000,
        .exp = 2000,
    };
    struct cs_str token = {NULL, 0};

    assert_true(cs_uuid_parse(CS_LIT(USER), &claims.user_id));
    assert_true(cs_uuid_parse(CS_LIT(SID), &claims.sid));
    assert_int_equal(cs_jwt_sign(&arena, with, &claims, &token, &err), CS_OK);
    return token;
}

static void what_is_signed_verifies_and_names_user_and_session(void **state)
{
    char text[CS_UUID_LEN + 1];

    (void)state;
    assert_int_equal(verify(sign(&keys)), CS_OK);
    cs_uuid_text(&id.user_id, text);
    assert_string_equal(text, USER);
    cs_uuid_text(&id.sid, text);
    assert_string_equal(text, SID);
    assert_int_equal(id.exp, 2000);
    assert_int_equal(verify(forge(HEADER, GOOD, KEY)), CS_OK); /* the forge itself is sound */
}

static void the_claims_are_those_of_the_contract(void **state)
{
    static const char *const texts[][2] = {
        {"sub", "J\xc3\xb6rg \"the\" cat"},
        {"username", "J\xc3\xb6rg \"the\" cat"},
        {"role", "MEMBER"},
        {"userId", USER},
        {"sid", SID},
        {"typ", "access"},
        {"iss", "chatsphere"},
        {"aud", "chatsphere"},
    };
    jwt_t *jwt;

    (void)state;
    assert_int_equal(jwt_decode(&jwt, sign(&keys).p, (const unsigned char *)KEY, 32), 0);
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_string_equal(jwt_get_grant(jwt, texts[i][0]), texts[i][1]);
    assert_int_equal(jwt_get_grant_int(jwt, "iat"), 1000);
    assert_int_equal(jwt_get_grant_int(jwt, "exp"), 2000);
    assert_string_equal(jwt_get_header(jwt, "alg"), "HS256");
    assert_null(jwt_get_header(jwt, "kid"));
    jwt_free(jwt);
}

static void s1_empty_and_short_keys_neither_sign_nor_verify(void **state)
{
    static const struct cs_str bad[] = {
        {NULL, 0},
        CS_LIT(""),
        CS_LIT("0123456789abcdef0123456789abcde"),
        CS_LIT("your-secret-key-change-this-in-production"),
    };
    struct cs_jwt_claims claims = {.iat = 1, .exp = 2};
    struct cs_str token = sign(&keys), out;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct cs_jwt_keys k = {.current = {.secret = bad[i]}};
        assert_int_equal(cs_jwt_verify(&k, token, NOW, &id, &err), CS_E_CONFIG);
        assert_int_equal(cs_jwt_sign(&arena, &k, &claims, &out, &err), CS_E_CONFIG);
        k = (struct cs_jwt_keys){.current = keys.current, .previous = {.secret = bad[i]}};
        assert_int_equal(cs_jwt_verify(&k, token, NOW, &id, &err), bad[i].p ? CS_E_CONFIG : CS_OK);
    }
    assert_refused(forge(HEADER, GOOD, ""), "signature");
}

static void s1_alg_none(void **state)
{
    (void)state;
    assert_refused(forge_alg(JWT_ALG_NONE), "signature");
    assert_refused(forge("{\"alg\":\"none\"}", GOOD, KEY), "");
    assert_refused(forge("{\"alg\":\"None\"}", GOOD, KEY), "");
    assert_refused(forge("{\"typ\":\"JWT\"}", GOOD, KEY), "");
    assert_refused(forge("{\"alg\":\"\"}", GOOD, KEY), "");
    assert_refused(forge("{\"alg\":null}", GOOD, KEY), "");
}

/* libjwt accepts these two with our key: only the wrapper refuses them. */
static void s1_hs384_and_hs512(void **state)
{
    static const jwt_alg_t algs[] = {JWT_ALG_HS384, JWT_ALG_HS512};

    (void)state;
    for (size_t i = 0; i < COUNT(algs); i++) {
        struct cs_str token = forge_alg(algs[i]);
        jwt_t *jwt;
        assert_int_equal(jwt_decode(&jwt, token.p, (const unsigned char *)KEY, 32), 0);
        jwt_free(jwt);
        assert_refused(token, "not HS256");
    }
    assert_refused(forge("{\"alg\":\"hs256\"}", GOOD, KEY), "not HS256"); /* exactly HS256 */
}

static void s1_rs256(void **state)
{
    (void)state;
    assert_refused(forge("{\"alg\":\"RS256\",\"typ\":\"JWT\"}", GOOD, KEY), "signature");
    assert_refused(forge("{\"alg\":\"ES256\",\"typ\":\"JWT\"}", GOOD, KEY), "signature");
}

static void s1_wrong_typ(void **state)
{
    (void)state;
    assert_refused(forge(HEADER, "{" IDS ISS AUD "\"typ\":\"refresh\",\"exp\":2000}", KEY), "typ");
    assert_refused(forge(HEADER, "{" IDS ISS AUD "\"typ\":1,\"exp\":2000}", KEY), "typ");
    assert_refused(forge(HEADER, "{" IDS ISS AUD "\"exp\":2000}", KEY), "typ");
}

static void s1_expired(void **state)
{
    (void)state;
    assert_refused(forge(HEADER, "{" IDS ISS AUD TYP "\"exp\":1499}", KEY), "expired");
    assert_refused(forge(HEADER, "{" IDS ISS AUD TYP "\"exp\":1500}", KEY), "expired");
    assert_refused(forge(HEADER, "{" IDS ISS AUD TYP "\"exp\":-1}", KEY), "expired");
    assert_refused(forge(HEADER, "{" IDS ISS AUD TYP "\"iat\":1}", KEY), "expired, or no exp");
    assert_refused(forge(HEADER, "{" IDS ISS AUD TYP "\"exp\":\"2000\"}", KEY),
                   "expired, or no exp");
    assert_refused(forge(HEADER, "{" IDS ISS AUD TYP "\"exp\":2e9}", KEY), "expired, or no exp");
    assert_refused(forge(HEADER, "{" IDS ISS AUD TYP "\"exp\":null}", KEY), "expired, or no exp");
    assert_int_equal(verify(forge(HEADER, "{" IDS ISS AUD TYP "\"exp\":1501}", KEY)), CS_OK);
}

static void s1_not_yet_valid(void **state)
{
    (void)state;
    assert_refused(forge(HEADER, "{" IDS ISS AUD TYP "\"exp\":2000,\"nbf\":1501}", KEY), "not yet");
    assert_refused(forge(HEADER, "{" IDS ISS AUD TYP "\"exp\":2000,\"nbf\":\"1\"}", KEY),
                   "not yet");
    assert_int_equal(verify(forge(HEADER, "{" IDS ISS AUD TYP "\"exp\":2000,\"nbf\":1500}", KEY)),
                     CS_OK);
}

static void s1_wrong_audience_and_issuer(void **state)
{
    (void)state;
    assert_refused(forge(HEADER, "{" IDS ISS TYP "\"aud\":\"other\",\"exp\":2000}", KEY), "aud");
    assert_refused(forge(HEADER, "{" IDS ISS TYP "\"exp\":2000}", KEY), "aud");
    assert_refused(forge(HEADER, "{" IDS ISS TYP "\"aud\":[\"chatsphere\"],\"exp\":2000}", KEY),
                   "aud");
    assert_refused(forge(HEADER, "{" IDS AUD TYP "\"iss\":\"Chatsphere\",\"exp\":2000}", KEY),
                   "iss");
    assert_refused(forge(HEADER, "{" IDS AUD TYP "\"exp\":2000}", KEY), "iss");
}

/* Good in everything but the key, which is as good as ours. */
static void s1_foreign_key(void **state)
{
    (void)state;
    assert_refused(forge(HEADER, GOOD, OLD_KEY), "signature");
    assert_refused(forge(HEADER, GOOD, "0123456789abcdef0123456789abcdeF"), "signature");
    assert_refused(forge(HEADER, GOOD, KEY "0"), "signature");
    assert_refused(forge(HEADER, GOOD, "0123456789abcdef0123456789abcde"), "signature");
}

/* RFC 7515 section 4.1.11: what a crit lists must be understood, and an empty or odd one is no less
 * a reason to refuse. Whose name only resembles it is an unknown header, which is ignored. */
static void s1_crit(void **state)
{
    static const char *const bad[] = {
        "[\"exp\"]", "[\"b64\"]", "[]", "null", "\"exp\"", "1", "0", "{}", "true",
    };
    char header[80];

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        (void)snprintf(header, sizeof header, "{\"alg\":\"HS256\",\"crit\":%s}", bad[i]);
        assert_refused(forge(header, GOOD, KEY), "crit");
    }
    assert_refused(forge("{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":true}", GOOD, KEY),
                   "crit");
    assert_refused(forge("{\"alg\":\"HS256\",\"\\u0063rit\":[\"exp\"]}", GOOD, KEY), "crit");
    assert_int_equal(verify(forge("{\"alg\":\"HS256\",\"Crit\":[\"x\"]}", GOOD, KEY)), CS_OK);
}

static void identity_must_be_there(void **state)
{
    (void)state;
    assert_refused(forge(HEADER, "{" ISS AUD TYP "\"sid\":\"" SID "\",\"exp\":2000}", KEY),
                   "userId or sid");
    assert_refused(forge(HEADER, "{" ISS AUD TYP "\"userId\":\"" USER "\",\"exp\":2000}", KEY),
                   "userId or sid");
    assert_refused(
        forge(HEADER, "{" ISS AUD TYP "\"userId\":\"1\",\"sid\":\"" SID "\",\"exp\":2000}", KEY),
        "userId or sid");
}

static void s1_changed_and_broken_tokens(void **state)
{
    struct cs_str good = sign(&keys);

    (void)state;
    assert_refused(forge(HEADER, GOOD, OLD_KEY), "signature");
    for (size_t i = 0; i < good.len; i++) {
        char *bad = cs_str_cstr(&arena, good);
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        assert_int_equal(verify(cs_str_n(bad, good.len)), CS_E_UNAUTHORIZED);
        assert_int_equal(verify(cs_str_n(good.p, i)), CS_E_UNAUTHORIZED);
        cs_arena_reset(&arena);
        good = sign(&keys);
    }
    assert_refused(CS_LIT("."), "");
    assert_refused(CS_LIT(".."), "");
    assert_refused(CS_LIT("a.b.c"), "");
    assert_refused(CS_LIT("a.b.c.d.e"), "");
    assert_refused(forge("[]", GOOD, KEY), "");
    assert_refused(forge(HEADER, "[]", KEY), "");
    assert_refused(forge(HEADER, "{", KEY), "");
}

static void s1_oversized_tokens_are_not_looked_at(void **state)
{
    struct cs_buf b;

    (void)state;
    cs_buf_init(&b, 1 << 16);
    cs_buf_cstr(&b, "{" IDS ISS AUD TYP "\"exp\":2000,\"pad\":\"");
    for (int i = 0; i < 3000; i++)
        cs_buf_putc(&b, 'x');
    cs_buf_cstr(&b, "\"}");
    struct cs_str token = forge(HEADER, cs_buf_cview(&b), KEY);
    cs_buf_release(&b);
    assert_true(token.len > CS_JWT_MAX_BYTES);
    assert_refused(token, "length");
    assert_refused(cs_str_n(NULL, 0), "length");
    assert_refused(cs_str_n("a\0b", 3), "length");
}

static void s1_keys_rotate_by_kid(void **state)
{
    struct cs_jwt_keys before = {.current = rotated.previous};
    struct cs_str old_token = sign(&before), new_token = sign(&rotated);

    (void)state;
    assert_int_equal(cs_jwt_verify(&rotated, new_token, NOW, &id, &err), CS_OK);
    assert_int_equal(cs_jwt_verify(&rotated, old_token, NOW, &id, &err), CS_OK);
    assert_int_equal(cs_jwt_verify(&keys, old_token, NOW, &id, &err), CS_E_UNAUTHORIZED);
    /* signed before there were kids */
    assert_int_equal(cs_jwt_verify(&rotated, sign(&keys), NOW, &id, &err), CS_OK);
    /* a kid that names the other key, or none that is known */
    struct cs_str wrong = forge("{\"alg\":\"HS256\",\"kid\":\"old\"}", GOOD, KEY);
    assert_int_equal(cs_jwt_verify(&rotated, wrong, NOW, &id, &err), CS_E_UNAUTHORIZED);
    assert_non_null(strstr(err.log, "kid"));
    wrong = forge("{\"alg\":\"HS256\",\"kid\":\"x\"}", GOOD, KEY);
    assert_int_equal(cs_jwt_verify(&rotated, wrong, NOW, &id, &err), CS_E_UNAUTHORIZED);
}

static void s1_placeholder_secrets_are_refused_by_name(void **state)
{
    static const struct {
        const char *secret, *says;
    } cases[] = {
        {"", "missing"},
        {"your-secret-key", "placeholder"},
        {"your-api-secret-key", "placeholder"},
        {"your-secret-key-change-this-in-production", "placeholder"},
        {" Your-Secret-Key-Change-This-In-Production\n", "placeholder"},
        {"0123456789abcdef0123456789abcde", "31 bytes"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(cs_secret_check(cs_str_c(cases[i].secret), &err), CS_E_CONFIG);
        assert_non_null(strstr(cs_err_detail(&err), cases[i].says));
    }
    assert_int_equal(cs_secret_check(CS_LIT(KEY), &err), CS_OK);
}

static bool sign_and_verify(void)
{
    struct cs_jwt_claims claims = {.username = CS_LIT("ann"), .iat = 1000, .exp = 2000};
    struct cs_str token;
    struct cs_arena a;
    enum cs_rc rc;

    cs_arena_init(&a, 1 << 20);
    rc = cs_jwt_sign(&a, &keys, &claims, &token, &err);
    if (!rc)
        rc = cs_jwt_verify(&keys, token, NOW, &id, &err);
    assert_true(rc == CS_OK || rc == CS_E_NO_MEMORY);
    cs_arena_release(&a);
    return rc == CS_OK;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(sign_and_verify) >= 2);
}

/* That the signature is not looked at again is seen by keys that did not make it. */
static void what_was_verified_is_remembered_until_it_expires(void **state)
{
    (void)state;
    static struct cs_jwt_seen seen;
    struct cs_jwt_keys with = {.current = {.secret = CS_LIT(KEY)}, .seen = &seen};
    struct cs_str token = forge(HEADER, GOOD, KEY);
    struct cs_str foreign = forge(HEADER, GOOD, OLD_KEY);

    assert_int_equal(cs_jwt_verify(&with, token, NOW, &id, &err), CS_OK);
    with.current.secret = CS_LIT(OLD_KEY);
    assert_int_equal(cs_jwt_verify(&with, token, 1999, &id, &err), CS_OK);
    assert_int_equal(id.exp, 2000);
    assert_int_equal(cs_jwt_verify(&with, token, 2000, &id, &err), CS_E_UNAUTHORIZED);
    token.len--;
    assert_int_equal(cs_jwt_verify(&with, token, NOW, &id, &err), CS_E_UNAUTHORIZED);
    with.current.secret = CS_LIT(KEY);
    assert_int_equal(cs_jwt_verify(&with, foreign, NOW, &id, &err), CS_E_UNAUTHORIZED);
    assert_int_equal(cs_jwt_verify(&with, foreign, NOW, &id, &err), CS_E_UNAUTHORIZED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_signed_verifies_and_names_user_and_session),
        cmocka_unit_test(the_claims_are_those_of_the_contract),
        cmocka_unit_test(s1_empty_and_short_keys_neither_sign_nor_verify),
        cmocka_unit_test(s1_alg_none),
        cmocka_unit_test(s1_hs384_and_hs512),
        cmocka_unit_test(s1_rs256),
        cmocka_unit_test(s1_wrong_typ),
        cmocka_unit_test(s1_expired),
        cmocka_unit_test(s1_not_yet_valid),
        cmocka_unit_test(s1_wrong_audience_and_issuer),
        cmocka_unit_test(s1_foreign_key),
        cmocka_unit_test(s1_crit),
        cmocka_unit_test(identity_must_be_there),
        cmocka_unit_test(s1_changed_and_broken_tokens),
        cmocka_unit_test(s1_oversized_tokens_are_not_looked_at),
        cmocka_unit_test(s1_keys_rotate_by_kid),
        cmocka_unit_test(s1_placeholder_secrets_are_refused_by_name),
        cmocka_unit_test(what_was_verified_is_remembered_until_it_expires),
        cmocka_unit_test(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
