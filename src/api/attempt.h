/* attempt.h - trying a password, counted (security.md S10; schema/functions/throttle.sql).
 *
 * An attempt counts as a failure before its hash is computed, or a hundred at once would all see the
 * count of none. What it was is said behind the hash. Both are units of work of their own, to be run
 * when the route's own is committed.
 */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include "req.h"
#include "store_login.h"

struct attempt {
    struct store_attempt what;
    struct store_begun who;
};

/* `login` is borrowed: a name, or with `by_email` an address. CS_E_RATE, after a pause
 * (hashing.h): too many have failed, and nothing is counted. */
enum cs_rc attempt_begin(struct req *r, struct cs_str login, bool by_email, struct attempt *a,
                         struct cs_err *err) CS_MUST_CHECK;

/* CS_E_BAD_LOGIN, CS_E_BAD_PASSWORD and CS_E_DISABLED are failures; any other takes the count back,
 * for no password was found wrong. Not for CS_OK: what follows a right password forgets the count
 * (chat.login_passed). */
void attempt_failed(struct req *r, const struct attempt *a, enum cs_rc why);

#endif
