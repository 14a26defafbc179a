/* cs_phc.h - the text of an argon2 hash, as the PHC string format has it:
 *
 *   $argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>      (base64 without padding)
 *
 * libargon2 reads and writes it too, but only together with hashing in memory from malloc. Called
 * by cs_pw.c only.
 */
#ifndef CS_PHC_H
#define CS_PHC_H

#include "cs_str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CS_PHC_BYTES_MAX = 64, /* of a salt or a hash */
    /* The dearest hash that is verified: a row imported by mistake must not hold a worker for
     * minutes or take the machine's memory. */
    CS_PHC_MEMORY_MAX_KIB = 256 * 1024,
    CS_PHC_PASSES_MAX = 16,
    CS_PHC_LANES_MAX = 16,
};

enum cs_phc_variant { CS_PHC_ARGON2D, CS_PHC_ARGON2I, CS_PHC_ARGON2ID }; /* RFC 9106's numbers */

struct cs_phc {
    enum cs_phc_variant variant;
    uint32_t version; /* 16 or 19 */
    uint32_t memory_kib, passes, lanes;
    size_t salt_len, hash_len;
    uint8_t salt[CS_PHC_BYTES_MAX], hash[CS_PHC_BYTES_MAX];
};

/* False for anything that is not exactly such a text, or above the caps. */
bool cs_phc_parse(struct cs_str text, struct cs_phc *out);

/* What is above them is not read back, so it must not be written either. */
bool cs_phc_within_caps(uint32_t memory_kib, uint32_t passes, uint32_t lanes);

/* Appends the text. */
void cs_phc_write(struct cs_buf *b, const struct cs_phc *phc);

#endif
