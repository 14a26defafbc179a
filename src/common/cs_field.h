/* cs_field.h - what a request may carry, as a table: one row per field.
 *
 * A handler declares a struct for its input and a table of rows that say which member each field
 * goes to, of which type, in which range. cs_json_bind and cs_form_bind fill the struct or answer
 * CS_E_BAD_FIELD with the field's name and a sentence for the client; a field that no row names is
 * ignored, so nothing reaches a handler that was not asked for.
 *
 *   struct post_in { struct cs_str content; struct cs_opt_uuid parent; };
 *   static const struct cs_field post_fields[] = {
 *       CS_FIELD_TEXT(struct post_in, content, "content", CS_F_REQUIRED, 1, 8000),
 *       CS_FIELD_UUID(struct post_in, parent, "parentId", 0),
 *   };
 *
 * Types are never coerced in JSON: "1" is no integer, 1 is no boolean, 1.0 is no integer. A form
 * has only text, so its values are parsed by the row's type.
 */
#ifndef CS_FIELD_H
#define CS_FIELD_H

#include "cs_err.h"
#include "cs_id.h"
#include "cs_str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cs_arena;

enum cs_field_type {
    CS_F_TEXT,   /* struct cs_str; min and max count code points */
    CS_F_BYTES,  /* struct cs_str; a string too, but min and max count bytes (passwords, tokens) */
    CS_F_UUID,   /* struct cs_opt_uuid */
    CS_F_INT,    /* struct cs_opt_int; min ≤ v ≤ max */
    CS_F_BOOL,   /* struct cs_opt_bool */
    CS_F_OBJECT, /* struct cs_json *: bind it with a table of its own, or cs_json_raw it; JSON only
                  */
    CS_F_UUIDS,  /* struct cs_uuids; min and max count elements; JSON only */
    CS_F_OBJECTS, /* struct cs_objects; likewise, each to be bound with a table of its own */
};

enum cs_field_flags {
    CS_F_REQUIRED = 1, /* must be there and, unless nullable, not null */
    CS_F_NULLABLE = 2, /* with REQUIRED: null is an answer too, and reads as absent */
    CS_F_CLEARS = 4,   /* strings: null reads as "", which clears where absent leaves (JSON only) */
};

struct cs_field {
    const char *name;
    enum cs_field_type type;
    unsigned flags;
    size_t offset;    /* of the member in the caller's struct */
    int64_t min, max; /* see the type; both 0: any. For strings and arrays max 0 means no maximum */
    const char *choices; /* strings: "a|b|c", the only values taken; NULL: any */
};

/* Absent fields leave `set` false; an absent string or array has a NULL pointer, an empty one has
 * not. Strings are NUL-terminated and live as long as the arena's contents. */
struct cs_opt_uuid {
    bool set;
    struct cs_uuid id;
};

struct cs_opt_int {
    bool set;
    int64_t v;
};

struct cs_opt_bool {
    bool set;
    bool v;
};

struct cs_uuids {
    struct cs_uuid *ids;
    size_t n;
};

struct cs_json;

struct cs_objects {
    struct cs_json **objs;
    size_t n;
};

/* offsetof that refuses to compile when the member is not of the row's type. */
#define CS_FIELD_AT(S, m, T) (offsetof(S, m) + 0 * sizeof(1 ? &((S *)0)->m : (T *)0))

/* The formatter takes these braces for blocks. */
/* clang-format off */
#define CS_FIELD_TEXT(S, m, name, flags, min, max)                                                 \
    {name, CS_F_TEXT, flags, CS_FIELD_AT(S, m, struct cs_str), min, max, NULL}
#define CS_FIELD_BYTES(S, m, name, flags, min, max)                                                \
    {name, CS_F_BYTES, flags, CS_FIELD_AT(S, m, struct cs_str), min, max, NULL}
#define CS_FIELD_CHOICE(S, m, name, flags, choices)                                                \
    {name, CS_F_TEXT, flags, CS_FIELD_AT(S, m, struct cs_str), 0, 0, choices}
#define CS_FIELD_UUID(S, m, name, flags)                                                           \
    {name, CS_F_UUID, flags, CS_FIELD_AT(S, m, struct cs_opt_uuid), 0, 0, NULL}
#define CS_FIELD_INT(S, m, name, flags, min, max)                                                  \
    {name, CS_F_INT, flags, CS_FIELD_AT(S, m, struct cs_opt_int), min, max, NULL}
#define CS_FIELD_BOOL(S, m, name, flags)                                                           \
    {name, CS_F_BOOL, flags, CS_FIELD_AT(S, m, struct cs_opt_bool), 0, 0, NULL}
#define CS_FIELD_OBJECT(S, m, name, flags)                                                         \
    {name, CS_F_OBJECT, flags, CS_FIELD_AT(S, m, struct cs_json *), 0, 0, NULL}
#define CS_FIELD_UUIDS(S, m, name, flags, min, max)                                                \
    {name, CS_F_UUIDS, flags, CS_FIELD_AT(S, m, struct cs_uuids), min, max, NULL}
#define CS_FIELD_OBJECTS(S, m, name, flags, min, max)                                              \
    {name, CS_F_OBJECTS, flags, CS_FIELD_AT(S, m, struct cs_objects), min, max, NULL}
/* clang-format on */

/* Binds an urlencoded form, or a query string, into *out, which the caller has zeroed. An empty
 * value of an optional field is absent, as browsers send empty inputs; rows of JSON-only types stay
 * absent. CS_E_BAD_FIELD: missing, repeated, or bad. CS_E_BAD_ENCODING, CS_E_NO_MEMORY. */
enum cs_rc cs_form_bind(const struct cs_field *fields, size_t n, struct cs_str form,
                        struct cs_arena *a, void *out, struct cs_err *err) CS_MUST_CHECK;

/* The row's member in the caller's struct. For the binders. */
static inline void *cs_field_member(const struct cs_field *f, void *out)
{
    return (char *)out + f->offset;
}

/* What the binders share: each checks the row's range and writes the member, or fails with
 * CS_E_BAD_FIELD. cs_field_set_str serves CS_F_TEXT and CS_F_BYTES, s.p must not be NULL. */
enum cs_rc cs_field_set_str(const struct cs_field *f, struct cs_str s, void *out,
                            struct cs_err *err) CS_MUST_CHECK;
enum cs_rc cs_field_set_int(const struct cs_field *f, int64_t v, void *out,
                            struct cs_err *err) CS_MUST_CHECK;
enum cs_rc cs_field_set_uuid(const struct cs_field *f, struct cs_str s, void *out,
                             struct cs_err *err) CS_MUST_CHECK;
enum cs_rc cs_field_check_count(const struct cs_field *f, size_t n, const char *unit,
                                struct cs_err *err) CS_MUST_CHECK;

#endif
