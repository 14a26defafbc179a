/* hashing.h - the one door to password hashes in a worker: 30 ms of a processor each.
 *
 * Only routes of the auth pool come here (route.h, POOL_AUTH), before or after their units of work,
 * never inside one: a transaction must not wait for a hash.
 *
 * All workers of a machine share HASHES_AT_ONCE slots and HASH_QUEUE waiting places (cs_slots.h), a
 * file in RUN_DIR. It is opened at the first hash, because the workers of the other pool never need
 * it. When that fails nothing is hashed, and the next one tries again: CS_E_UNAVAILABLE, and a line
 * in the log each time. A worker without the file would hash beside all the others, and nobody would
 * notice that the cap is not there before the flood that it is for; a login that says 503 is noticed
 * at the first one, and mended by making the directory.
 */
#ifndef HASHING_H
#define HASHING_H

#include "cs_pw.h"
#include "req.h"

/* The slots of app->cfg, not opened yet; app_release closes them. */
void hashing_init(struct app *app);
void hashing_release(struct app *app);

/* What a refused attempt costs instead of a hash: its time, and none of its work. Whoever asks again
 * at once, as a flood does, would else get thousands of refusals a second, and PostgreSQL and the web
 * server, which are not behind everything else like this pool, would be busy with them. */
void hashing_pause(void);

/* A new hash with the configured parameters; returns as cs_pw_hash, CS_E_RATE, after a pause,
 * when all waiting places are taken, CS_E_UNAVAILABLE as above. */
enum cs_rc hashing_make(struct req *r, struct cs_str password, char out[CS_PW_HASH_MAX + 1],
                        struct cs_err *err) CS_MUST_CHECK;

/* CS_OK or CS_E_BAD_LOGIN, and as cs_pw_verify and above. `stored` with .p NULL (no such user, or
 * one without a password) costs the same and is CS_E_BAD_LOGIN (security.md S8). */
enum cs_rc hashing_verify(struct req *r, struct cs_str password, struct cs_str stored,
                          struct cs_err *err) CS_MUST_CHECK;

#endif
