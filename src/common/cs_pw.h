/* cs_pw.h - password hashes. The owner of argon2.h and crypt.h.
 *
 * New hashes are argon2id in the PHC string format; bcrypt hashes of older systems ($2a$ $2b$ $2y$)
 * verify and ask to be replaced. Everything here blocks for the time of a hash, 30 ms and more:
 * only the auth pool and chatspherectl call it. argon2's memory comes from mmap and goes back at
 * once, because malloc would keep 19 MiB per worker.
 */
#ifndef CS_PW_H
#define CS_PW_H

#include "cs_err.h"
#include "cs_str.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    CS_PW_MIN_BYTES = 8, /* the floor; PASSWORD_MIN_LENGTH may ask for more */
    CS_PW_MAX_BYTES = 128,
    CS_PW_HASH_MAX = 128, /* of a stored hash's text, without the NUL */
};

struct cs_pw_params {
    uint32_t memory_kib, passes, lanes;
};

#define CS_PW_DEFAULT ((struct cs_pw_params){.memory_kib = 19 * 1024, .passes = 2, .lanes = 1})

/* A hash with a new salt. CS_E_BAD_FIELD ("password"): not 8 to 128 bytes, or a NUL in it; it is
 * never cut. CS_E_NO_MEMORY; CS_E_CONFIG: parameters that argon2 does not take. */
enum cs_rc cs_pw_hash(const struct cs_pw_params *params, struct cs_str password,
                      char out[CS_PW_HASH_MAX + 1], struct cs_err *err) CS_MUST_CHECK;

/* CS_OK: it is the password. CS_E_BAD_LOGIN: it is not (or it is longer than 128 bytes, or than the
 * 72 that bcrypt looks at). CS_E_INTERNAL: the stored text is no hash that is known here, or one
 * dearer than the caps in cs_phc.h. CS_E_NO_MEMORY. */
enum cs_rc cs_pw_verify(struct cs_str password, struct cs_str stored,
                        struct cs_err *err) CS_MUST_CHECK;

/* For a name that does not exist: the work of cs_pw_verify with these parameters, and its answer,
 * CS_E_BAD_LOGIN (security.md S8); or CS_E_NO_MEMORY. */
enum cs_rc cs_pw_dummy_verify(const struct cs_pw_params *params, struct cs_str password,
                              struct cs_err *err) CS_MUST_CHECK;

/* The stored hash is not what cs_pw_hash would make today: replace it after a good login. */
bool cs_pw_needs_rehash(const struct cs_pw_params *params, struct cs_str stored);

#endif
