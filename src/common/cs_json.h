/* cs_json.h - reading JSON requests (RFC 8259), stricter than json-c, which only builds the tree.
 *
 * What is refused, whatever json-c would say (security.md S14): bad UTF-8, more than 16 levels,
 * repeated keys, NaN and Infinity, single quotes, comments, raw control characters, U+0000, lone
 * surrogates, integers outside int64, numbers that do not fit a double, anything behind the value.
 *
 * The tree belongs to the arena and goes with its reset. Handlers never see json-c: they bind by
 * field tables (cs_field.h).
 */
#ifndef CS_JSON_H
#define CS_JSON_H

#include "cs_err.h"
#include "cs_field.h"
#include "cs_str.h"

#include <stddef.h>

struct cs_arena;
struct cs_json; /* an object of the tree */

enum { CS_JSON_DEPTH = 16 };

/* Parses one object with white space around it; white space only is not one.
 * CS_E_BAD_JSON, with the offset in bytes of what was not understood; CS_E_BAD_ENCODING, likewise;
 * CS_E_NO_MEMORY. The text is not kept: it may go when this returns. */
enum cs_rc cs_json_parse(struct cs_arena *a, struct cs_str text, struct cs_json **out,
                         struct cs_err *err) CS_MUST_CHECK;

/* Binds the object into *out, which the caller has zeroed; on failure *out is partly filled and not
 * to be used. An optional field that is null is absent.
 * CS_E_BAD_FIELD: the first row, in table order, that is missing or bad. CS_E_NO_MEMORY. */
enum cs_rc cs_json_bind(const struct cs_field *fields, size_t n, const struct cs_json *obj,
                        void *out, struct cs_err *err) CS_MUST_CHECK;

/* The object as compact JSON text in its arena, keys in the order they came, numbers as they were
 * written; NUL-terminated. CS_E_NO_MEMORY. */
enum cs_rc cs_json_raw(const struct cs_json *obj, struct cs_str *out,
                       struct cs_err *err) CS_MUST_CHECK;

#endif
