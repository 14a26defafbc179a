/* cs_hash.h - digests. The owner of OpenSSL's headers: nobody else includes them.
 *
 * These functions allocate nothing and cannot fail.
 */
#ifndef CS_HASH_H
#define CS_HASH_H

#include "cs_str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CS_SHA256_BYTES = 32 };

void cs_hash_sha256(struct cs_str bytes, uint8_t out[CS_SHA256_BYTES]);

/* RFC 2104 over SHA-256. The two parts are hashed as one message; either may be empty. */
void cs_hash_hmac_sha256(struct cs_str key, struct cs_str part1, struct cs_str part2,
                         uint8_t out[CS_SHA256_BYTES]);

/* Compares without telling by its time where the first difference is. */
bool cs_hash_equal(const void *a, const void *b, size_t len);

/* CRC-32 as in IEEE 802.3 and zlib: "123456789" gives 0xcbf43926. Finds typing errors, no more. */
uint32_t cs_hash_crc32(struct cs_str bytes);

/* Overwrites a secret; not optimised away. */
void cs_hash_wipe(void *p, size_t len);

#endif
