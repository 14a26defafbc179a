/* names.h - what a name may be made of: of users and of rooms. */
#ifndef NAMES_H
#define NAMES_H

#include "cs_err.h"
#include "cs_str.h"

/* For valid UTF-8. CS_E_BAD_FIELD with `field`: a control character, a line separator or a
 * character that turns the writing direction (names are shown inside other people's lines), or
 * white space at an end (two names would look the same). */
enum cs_rc name_check(struct cs_str name, const char *field, struct cs_err *err) CS_MUST_CHECK;

/* Something@something without spaces; whether it works is found out by writing to it. */
enum cs_rc email_check(struct cs_str email, const char *field, struct cs_err *err) CS_MUST_CHECK;

#endif
