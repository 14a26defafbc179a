/* cs_parse.h - bounded parsing of what comes as text: numbers, durations, escapes, query strings.
 *
 * Nothing here takes a NUL-terminated string, skips white space, accepts a sign where none is
 * meant, or knows a locale: the whole of the text is the value, or the answer is no. The readers
 * that say no with `false` leave *out as it was.
 */
#ifndef CS_PARSE_H
#define CS_PARSE_H

#include "cs_err.h"
#include "cs_str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cs_arena;

/* Decimal digits only, at least one, min ≤ value ≤ max. */
bool cs_parse_u64(struct cs_str s, uint64_t min, uint64_t max, uint64_t *out) CS_MUST_CHECK;

/* As above with an optional leading '-'. */
bool cs_parse_i64(struct cs_str s, int64_t min, int64_t max, int64_t *out) CS_MUST_CHECK;

/* true false, yes no, on off, 1 0; in any case. */
bool cs_parse_bool(struct cs_str s, bool *out) CS_MUST_CHECK;

/* Seconds from `90` or a number with a unit: `45s`, `30m`, `12h`, `7d`. The range is in seconds. */
bool cs_parse_duration(struct cs_str s, int64_t min_s, int64_t max_s, int64_t *out_s) CS_MUST_CHECK;

/* A date-time of RFC 3339 section 5.6 with its offset: `2026-11-20T13:00:00.5+01:00`. The instant
 * lies in the years 1970 to 9999 of UTC; a fraction is cut at the millisecond. Refused are a second
 * 60 (the count of seconds since 1970 has no place for it) and a space instead of the T. */
bool cs_parse_rfc3339(struct cs_str s, int64_t *ms_since_1970) CS_MUST_CHECK;

/* The value of a hexadecimal digit, lower or upper case; -1: it is none. */
int cs_parse_hex_digit(char c);

/* Exactly 2 * len hexadecimal digits, lower or upper case, into len bytes. */
bool cs_parse_hex(struct cs_str s, uint8_t *out, size_t len) CS_MUST_CHECK;
void cs_buf_hex(struct cs_buf *b, const void *bytes, size_t len); /* lower case */

/* Percent-decoding, once, into the arena (RFC 3986 section 2.1); `plus`: '+' means a space, as in
 * forms and queries. The result is NUL-terminated, valid UTF-8 and free of U+0000.
 * CS_E_BAD_ENCODING: a broken escape, %00, bad UTF-8. CS_E_NO_MEMORY. */
enum cs_rc cs_parse_percent(struct cs_arena *a, struct cs_str s, bool plus, struct cs_str *out,
                            struct cs_err *err) CS_MUST_CHECK;

struct cs_pair {
    struct cs_str name, value; /* decoded; the value of `a` and of `a=` is "" */
};

/* The next pair of a query string or an urlencoded form `a=b&c`, decoded. Moves *rest behind it and
 * sets *found; at the end *found is false. Empty pieces (`a&&b`) are skipped. Fails as above. */
enum cs_rc cs_parse_pair(struct cs_arena *a, struct cs_str *rest, struct cs_pair *out, bool *found,
                         struct cs_err *err) CS_MUST_CHECK;

#endif
