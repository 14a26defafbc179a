/* cs_hash.c - see cs_hash.h.
 *
 * The SHA256_* calls are the ones that work on the caller's own memory and so cannot fail;
 * libcrypto 3 marks them as deprecated in favour of EVP, whose contexts are allocated. Asking for
 * the 1.1 API keeps them, on every version that configure accepts.
 */
#define OPENSSL_API_COMPAT 0x10100000L

#include "cs_hash.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

enum { BLOCK_BYTES = SHA256_CBLOCK };

void cs_hash_sha256(struct cs_str bytes, uint8_t out[CS_SHA256_BYTES])
{
    SHA256_CTX c;

    SHA256_Init(&c);
    SHA256_Update(&c, bytes.p, bytes.len);
    SHA256_Final(out, &c);
    cs_hash_wipe(&c, sizeof c);
}

/* One of HMAC's two passes: the padded key, then the parts. */
static void hmac_pass(const uint8_t key[BLOCK_BYTES], uint8_t pad, struct cs_str part1,
                      struct cs_str part2, uint8_t out[CS_SHA256_BYTES])
{
    uint8_t block[BLOCK_BYTES];
    SHA256_CTX c;

    for (size_t i = 0; i < BLOCK_BYTES; i++)
        block[i] = key[i] ^ pad;
    SHA256_Init(&c);
    SHA256_Update(&c, block, sizeof block);
    SHA256_Update(&c, part1.p, part1.len);
    SHA256_Update(&c, part2.p, part2.len);
    SHA256_Final(out, &c);
    cs_hash_wipe(block, sizeof block);
    cs_hash_wipe(&c, sizeof c);
}

void cs_hash_hmac_sha256(struct cs_str key, struct cs_str part1, struct cs_str part2,
                         uint8_t out[CS_SHA256_BYTES])
{
    uint8_t padded[BLOCK_BYTES] = {0}, inner[CS_SHA256_BYTES];

    if (key.len > sizeof padded)
        cs_hash_sha256(key, padded);
    else if (key.len)
        memcpy(padded, key.p, key.len);
    hmac_pass(padded, 0x36, part1, part2, inner);
    hmac_pass(padded, 0x5c, cs_str_n((const char *)inner, sizeof inner), cs_str_n(NULL, 0), out);
    cs_hash_wipe(padded, sizeof padded);
    cs_hash_wipe(inner, sizeof inner);
}

bool cs_hash_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

uint32_t cs_hash_crc32(struct cs_str bytes)
{
    /* The remainders of all four-bit values for the reflected polynomial 0xedb88320. */
    static const uint32_t nibble[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= (unsigned char)bytes.p[i];
        crc = crc >> 4 ^ nibble[crc & 15];
        crc = crc >> 4 ^ nibble[crc & 15];
    }
    return ~crc;
}

void cs_hash_wipe(void *p, size_t len)
{
    OPENSSL_cleanse(p, len);
}
