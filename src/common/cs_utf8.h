/* cs_utf8.h - UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above
 * U+10FFFF. Text from outside passes through here once, at the door; behind it every struct cs_str
 * that is called text is valid.
 */
#ifndef CS_UTF8_H
#define CS_UTF8_H

#include "cs_str.h"

#include <stdbool.h>
#include <stddef.h>

/* The offset of the first byte that is not of a well-formed sequence; s.len when all are. */
size_t cs_utf8_bad_at(struct cs_str s);

bool cs_utf8_valid(struct cs_str s);

/* Valid, and without U+0000, which PostgreSQL's text type cannot hold. */
bool cs_utf8_text_ok(struct cs_str s);

/* Code points in a valid text. */
size_t cs_utf8_count(struct cs_str s);

/* The first `max_points` code points of a valid text: never half a sequence. Borrows from s. */
struct cs_str cs_utf8_cut(struct cs_str s, size_t max_points);

#endif
