/* cs_token.c - see cs_token.h. */
#include "cs_token.h"

#include "cs_rand.h"

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static const struct cs_str prefixes[CS_TOKEN_KINDS_] = {
    [CS_TOKEN_SESSION] = CS_LIT("cs_st_"), [CS_TOKEN_REFRESH] = CS_LIT("cs_rt_"),
    [CS_TOKEN_USER] = CS_LIT("cs_user_"),  [CS_TOKEN_CLIENT] = CS_LIT("cs_client_"),
    [CS_TOKEN_TICKET] = CS_LIT("cs_tk_"),  [CS_TOKEN_INVITE] = CS_LIT("cs_inv_"),
    [CS_TOKEN_ROOM] = CS_LIT("cs_join_"),
};

enum { MASK_SHOWN = 4 }; /* characters of the body that a mask shows: 24 of its 190 bits */

/* The 256-bit number in `bytes` modulo 62^32, as 32 digits. 62^32 is about 2^190.5, so the digits
 * of a uniform number are uniform to within 2^-65. */
static void write_body(const uint8_t bytes[CS_SHA256_BYTES], char out[CS_TOKEN_BODY])
{
    uint32_t limbs[CS_SHA256_BYTES / 4]; /* most significant first, the same on every machine */
    const size_t n = sizeof limbs / sizeof limbs[0];

    for (size_t i = 0; i < n; i++) {
        const uint8_t *b = bytes + 4 * i;
        limbs[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    }
    for (size_t digit = 0; digit < CS_TOKEN_BODY; digit++) {
        uint64_t rest = 0;
        for (size_t i = 0; i < n; i++) {
            rest = rest << 32 | limbs[i];
            limbs[i] = (uint32_t)(rest / 62);
            rest %= 62;
        }
        out[CS_TOKEN_BODY - 1 - digit] = base62[rest];
    }
    cs_hash_wipe(limbs, sizeof limbs);
}

static void write_check(struct cs_str before, char out[CS_TOKEN_CHECK])
{
    uint32_t crc = cs_hash_crc32(before);

    for (size_t i = CS_TOKEN_CHECK; i-- > 0; crc /= 62)
        out[i] = base62[crc % 62];
}

static void assemble(enum cs_token_kind kind, const uint8_t bytes[CS_SHA256_BYTES],
                     struct cs_token *out)
{
    struct cs_str prefix = prefixes[kind];

    *out = (struct cs_token){.len = prefix.len + CS_TOKEN_BODY + CS_TOKEN_CHECK};
    memcpy(out->text, prefix.p, prefix.len);
    write_body(bytes, out->text + prefix.len);
    size_t before = prefix.len + CS_TOKEN_BODY;
    write_check(cs_str_n(out->text, before), out->text + before);
}

void cs_token_make(enum cs_token_kind kind, struct cs_token *out)
{
    uint8_t bytes[CS_SHA256_BYTES];

    cs_rand_secret(bytes, sizeof bytes);
    assemble(kind, bytes, out);
    cs_hash_wipe(bytes, sizeof bytes);
}

static bool is_base62(struct cs_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
            return false;
    }
    return true;
}

/* The kind by prefix alone; CS_TOKEN_KINDS_ when it has none of ours. */
static enum cs_token_kind kind_of(struct cs_str token)
{
    unsigned k = 0;

    while (k < CS_TOKEN_KINDS_ && !cs_str_starts(token, prefixes[k]))
        k++;
    return (enum cs_token_kind)k;
}

bool cs_token_kind(struct cs_str token, enum cs_token_kind *kind)
{
    enum cs_token_kind k = kind_of(token);
    char check[CS_TOKEN_CHECK];

    if (k == CS_TOKEN_KINDS_)
        return false;
    size_t before = prefixes[k].len + CS_TOKEN_BODY;
    struct cs_str rest = cs_str_n(token.p + prefixes[k].len, token.len - prefixes[k].len);
    if (rest.len != CS_TOKEN_BODY + CS_TOKEN_CHECK || !is_base62(rest))
        return false;
    write_check(cs_str_n(token.p, before), check);
    if (memcmp(check, token.p + before, sizeof check) != 0)
        return false;
    *kind = k;
    return true;
}

void cs_token_hash(struct cs_str token, uint8_t out[CS_SHA256_BYTES])
{
    cs_hash_sha256(token, out);
}

void cs_token_successor(struct cs_str secret, struct cs_str old, struct cs_token *out)
{
    uint8_t bytes[CS_SHA256_BYTES];

    cs_hash_hmac_sha256(secret, CS_LIT("refresh-successor"), old, bytes);
    assemble(CS_TOKEN_REFRESH, bytes, out);
    cs_hash_wipe(bytes, sizeof bytes);
}

void cs_token_mask(struct cs_str token, char out[CS_TOKEN_MASK_MAX + 1])
{
    static const char ellipsis[] = "\xe2\x80\xa6";
    enum cs_token_kind k;
    size_t shown = 0;

    if (cs_token_kind(token, &k)) {
        shown = prefixes[k].len + MASK_SHOWN;
        memcpy(out, token.p, shown);
    }
    memcpy(out + shown, ellipsis, sizeof ellipsis); /* with its NUL */
}
