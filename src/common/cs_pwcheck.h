/* cs_pwcheck.h - which new passwords are taken (security.md S9). Passwords that exist already are
 * never held to it: who has a weak one can still log in, and change it.
 *
 * The rules refuse what is tried first by whoever guesses (NIST SP 800-63B section 5.1.1.2): they
 * ask for no mixture of character classes. The table of common passwords: common_passwords.txt.
 */
#ifndef CS_PWCHECK_H
#define CS_PWCHECK_H

#include "cs_err.h"
#include "cs_str.h"

#include <stddef.h>

/* May this become somebody's password? `min_bytes` is PASSWORD_MIN_LENGTH; `username` and `email`
 * are his own, valid UTF-8, or {NULL, 0}. CS_E_BAD_FIELD with `field` and a sentence:
 * - not min_bytes to CS_PW_MAX_BYTES bytes (said as characters when they are the same: ASCII);
 * - not valid UTF-8, or U+0000 in it;
 * - "is too common". That is, without regard to case: one or two distinct characters; a piece of
 *   the alphabet, of the digits or of a row of keys, forwards or backwards; a chunk of up to four
 *   bytes again and again, or a longer one that is itself too common; an entry of the table, the
 *   user name, the address, or the part of it before the '@' - each also with simple leet undone
 *   (@4 3 1! 0 5$ 7) and without the digits, punctuation and spaces around it.
 * Blocks for less than a millisecond and keeps no copy of the password. */
enum cs_rc cs_pw_check(struct cs_str password, size_t min_bytes, struct cs_str username,
                       struct cs_str email, const char *field, struct cs_err *err) CS_MUST_CHECK;

/* The table, for its test: entry i in the order of the search; {NULL, 0} behind the last. */
struct cs_str cs_pw_common_at(size_t i);

#endif
