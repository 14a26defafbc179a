/* cs_phc.c - see cs_phc.h. */
#include "cs_phc.h"

#include "cs_parse.h"

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static const char *const variants[] = {
    [CS_PHC_ARGON2D] = "argon2d",
    [CS_PHC_ARGON2I] = "argon2i",
    [CS_PHC_ARGON2ID] = "argon2id",
};

static void put_base64(struct cs_buf *b, const uint8_t *bytes, size_t len)
{
    uint32_t bits = 0;
    unsigned have = 0;

    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | bytes[i];
        for (have += 8; have >= 6; have -= 6)
            cs_buf_putc(b, base64[bits >> (have - 6) & 63]);
    }
    if (have)
        cs_buf_putc(b, base64[bits << (6 - have) & 63]);
}

static bool base64_value(char c, uint32_t *out)
{
    const char *at = c ? strchr(base64, c) : NULL;

    if (at)
        *out = (uint32_t)(at - base64);
    return at != NULL;
}

/* Strict: no padding, and the bits that fill up the last character are zero. */
static bool take_base64(struct cs_str s, uint8_t *out, size_t *len)
{
    uint32_t bits = 0, value;
    unsigned have = 0;

    *len = 0;
    if (s.len % 4 == 1 || s.len > (CS_PHC_BYTES_MAX * 4 + 2) / 3)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!base64_value(s.p[i], &value))
            return false;
        bits = bits << 6 | value;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[(*len)++] = (uint8_t)(bits >> have);
        }
    }
    return (bits & ((1u << have) - 1)) == 0;
}

bool cs_phc_within_caps(uint32_t memory_kib, uint32_t passes, uint32_t lanes)
{
    return memory_kib <= CS_PHC_MEMORY_MAX_KIB && passes <= CS_PHC_PASSES_MAX &&
           lanes <= CS_PHC_LANES_MAX;
}

/* `name` and then a number, as in "m=19456". */
static bool take_number(struct cs_str s, struct cs_str name, uint32_t max, uint32_t *out)
{
    uint64_t v;

    if (!cs_str_starts(s, name) ||
        !cs_parse_u64(cs_str_n(s.p + name.len, s.len - name.len), 1, max, &v))
        return false;
    *out = (uint32_t)v;
    return true;
}

static bool take_variant(struct cs_str s, enum cs_phc_variant *out)
{
    for (unsigned i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        if (cs_str_is(s, variants[i])) {
            *out = (enum cs_phc_variant)i;
            return true;
        }
    }
    return false;
}

static bool take_costs(struct cs_str s, struct cs_phc *out)
{
    struct cs_str m = cs_str_split(&s, ','), t = cs_str_split(&s, ',');

    return take_number(m, CS_LIT("m="), CS_PHC_MEMORY_MAX_KIB, &out->memory_kib) &&
           take_number(t, CS_LIT("t="), CS_PHC_PASSES_MAX, &out->passes) &&
           take_number(s, CS_LIT("p="), CS_PHC_LANES_MAX, &out->lanes);
}

bool cs_phc_parse(struct cs_str text, struct cs_phc *out)
{
    struct cs_str rest = text, before = cs_str_split(&rest, '$');
    struct cs_str variant = cs_str_split(&rest, '$'), version = cs_str_split(&rest, '$');
    struct cs_str costs = cs_str_split(&rest, '$'), salt = cs_str_split(&rest, '$');

    *out = (struct cs_phc){0};
    return before.len == 0 && take_variant(variant, &out->variant) &&
           take_number(version, CS_LIT("v="), 19, &out->version) &&
           (out->version == 16 || out->version == 19) && take_costs(costs, out) &&
           take_base64(salt, out->salt, &out->salt_len) &&
           take_base64(rest, out->hash, &out->hash_len) && out->salt_len && out->hash_len;
}

void cs_phc_write(struct cs_buf *b, const struct cs_phc *phc)
{
    cs_buf_printf(b, "$%s$v=%u$m=%u,t=%u,p=%u$", variants[phc->variant], phc->version,
                  phc->memory_kib, phc->passes, phc->lanes);
    put_base64(b, phc->salt, phc->salt_len);
    cs_buf_putc(b, '$');
    put_base64(b, phc->hash, phc->hash_len);
}
