/* names.h - what a name may be made of: of users and of rooms. */
#ifndef NAMES_H
#define NAMES_H

#include "cs_err.h"
#include "cs_str.h"

enum { USERNAME_MAX = 100 }; /* code points */

/* The name of a room, in valid UTF-8; emoji of several code points are fine. CS_E_BAD_FIELD with
 * `field`: a control character, a line separator or a character that turns the writing direction
 * (names are shown inside other people's lines), or white space at an end (two names would look the
 * same). */
enum cs_rc name_check(struct cs_str name, const char *field, struct cs_err *err) CS_MUST_CHECK;

/* The name of a user: two people must not have names that look the same, so it is stricter. Valid
 * UTF-8, 1 to USERNAME_MAX code points. CS_E_BAD_FIELD with `field` and a sentence: what name_check
 * refuses, an invisible character (joiners and variation selectors too), any space but U+0020, two
 * of these in a row, what Unicode reserves or leaves to private use. The database normalises (NFC)
 * and compares without regard to case. */
enum cs_rc username_check(struct cs_str name, const char *field, struct cs_err *err) CS_MUST_CHECK;

/* Something@something without spaces; whether it works is found out by writing to it. */
enum cs_rc email_check(struct cs_str email, const char *field, struct cs_err *err) CS_MUST_CHECK;

#endif
