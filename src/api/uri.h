/* uri.h - the request's path and query, decoded once and strictly (security.md S13).
 *
 * Web servers differ in what they decode, merge and refuse, so the raw REQUEST_URI is read here,
 * and what they could take for two different paths is refused alike behind all of them.
 */
#ifndef URI_H
#define URI_H

#include "cs_arena.h"
#include "cs_err.h"
#include "cs_str.h"

struct uri {
    struct cs_str path;     /* decoded; begins with '/', NUL-terminated */
    struct cs_str raw_path; /* as it came, for links */
    struct cs_str query;    /* raw; {NULL, 0} without a '?' */
};

/* CS_E_BAD_REQUEST: no '/' in front, an empty, `.` or `..` segment, a backslash, %2f, %5c, a
 * control character, a broken escape, bad UTF-8. CS_E_NO_MEMORY. */
enum cs_rc uri_parse(struct cs_arena *a, struct cs_str raw, struct uri *out,
                     struct cs_err *err) CS_MUST_CHECK;

/* The path as it came, for logs; but what stands behind /invites/, however it is written, is a
 * credential and left out (S5). Also of a URI that uri_parse refused. */
struct cs_str uri_logged(struct cs_arena *a, const struct uri *uri);

#endif
