/* hashing.h - the one door to password hashes in a worker: 30 ms of a processor each.
 *
 * Only routes of the auth pool come here (route.h, POOL_AUTH), before or after their units of work,
 * never inside one: a transaction must not wait for a hash.
 */
#ifndef HASHING_H
#define HASHING_H

#include "cs_pw.h"
#include "req.h"

/* A new hash with the configured parameters; returns as cs_pw_hash. */
enum cs_rc hashing_make(struct req *r, struct cs_str password, char out[CS_PW_HASH_MAX + 1],
                        struct cs_err *err) CS_MUST_CHECK;

/* CS_OK or CS_E_BAD_LOGIN, and as cs_pw_verify. `stored` with .p NULL (no such user, or one without
 * a password) costs the same and is CS_E_BAD_LOGIN (security.md S8). */
enum cs_rc hashing_verify(struct req *r, struct cs_str password, struct cs_str stored,
                          struct cs_err *err) CS_MUST_CHECK;

#endif
