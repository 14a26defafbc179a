/* cs_field.c - the checks that every binder shares, and the binder of urlencoded forms. The binder
 * of JSON is in cs_json.c, because it needs json-c.
 */
#include "cs_field.h"

#include "cs_parse.h"
#include "cs_utf8.h"

#include <stdlib.h>

enum cs_rc cs_field_check_count(const struct cs_field *f, size_t n, const char *unit,
                                struct cs_err *err)
{
    size_t min = (size_t)f->min, max = f->max ? (size_t)f->max : SIZE_MAX;

    if (n >= min && n <= max)
        return CS_OK;
    if (max == SIZE_MAX)
        return cs_fail_field(err, f->name, "must have at least %zu %s", min, unit);
    if (min == 0)
        return cs_fail_field(err, f->name, "must have at most %zu %s", max, unit);
    if (min == max)
        return cs_fail_field(err, f->name, "must have exactly %zu %s", min, unit);
    return cs_fail_field(err, f->name, "must have %zu to %zu %s", min, max, unit);
}

static bool is_choice(struct cs_str s, const char *choices)
{
    for (struct cs_str rest = cs_str_c(choices); rest.p;)
        if (cs_str_eq(s, cs_str_split(&rest, '|')))
            return true;
    return false;
}

enum cs_rc cs_field_set_str(const struct cs_field *f, struct cs_str s, void *out,
                            struct cs_err *err)
{
    bool bytes = f->type == CS_F_BYTES;
    enum cs_rc rc = cs_field_check_count(f, bytes ? s.len : cs_utf8_count(s),
                                         bytes ? "bytes" : "characters", err);

    if (rc)
        return rc;
    if (f->choices && !is_choice(s, f->choices))
        return cs_fail_field(err, f->name, "must be one of %s", f->choices);
    *(struct cs_str *)cs_field_member(f, out) = s;
    return CS_OK;
}

enum cs_rc cs_field_set_int(const struct cs_field *f, int64_t v, void *out, struct cs_err *err)
{
    struct cs_opt_int *member = cs_field_member(f, out);
    bool any = f->min == 0 && f->max == 0;

    if (!any && v < f->min && f->max == INT64_MAX)
        return cs_fail_field(err, f->name, "must be %lld or more", (long long)f->min);
    if (!any && (v < f->min || v > f->max))
        return cs_fail_field(err, f->name, "must be from %lld to %lld", (long long)f->min,
                             (long long)f->max);
    *member = (struct cs_opt_int){.set = true, .v = v};
    return CS_OK;
}

enum cs_rc cs_field_set_uuid(const struct cs_field *f, struct cs_str s, void *out,
                             struct cs_err *err)
{
    struct cs_opt_uuid *member = cs_field_member(f, out);

    member->set = cs_uuid_parse(s, &member->id);
    return member->set ? CS_OK : cs_fail_field(err, f->name, "must be a UUID");
}

/* --- forms ------------------------------------------------------------------------------------ */

static enum cs_rc set_from_text(const struct cs_field *f, struct cs_str s, void *out,
                                struct cs_err *err)
{
    struct cs_opt_bool flag = {.set = true};
    int64_t v;

    switch (f->type) {
    case CS_F_TEXT:
    case CS_F_BYTES:
        return cs_field_set_str(f, s, out, err);
    case CS_F_UUID:
        return cs_field_set_uuid(f, s, out, err);
    case CS_F_INT:
        if (!cs_parse_i64(s, INT64_MIN, INT64_MAX, &v))
            return cs_fail_field(err, f->name, "must be an integer");
        return cs_field_set_int(f, v, out, err);
    case CS_F_BOOL:
        if (!cs_parse_bool(s, &flag.v))
            return cs_fail_field(err, f->name, "must be true or false");
        *(struct cs_opt_bool *)cs_field_member(f, out) = flag;
        return CS_OK;
    case CS_F_OBJECT:
    case CS_F_UUIDS:
    case CS_F_OBJECTS:
        break; /* a form cannot carry one */
    }
    return CS_OK;
}

static const struct cs_field *find_field(const struct cs_field *fields, size_t n,
                                         struct cs_str name)
{
    for (const struct cs_field *f = fields; f < fields + n; f++)
        if (cs_str_is(name, f->name))
            return f;
    return NULL;
}

/* One pair into its row. `seen` has a bit for every row that the form has named. */
static enum cs_rc bind_pair(const struct cs_field *fields, size_t n, const struct cs_pair *pair,
                            uint64_t *seen, void *out, struct cs_err *err)
{
    const struct cs_field *f = find_field(fields, n, pair->name);

    if (!f)
        return CS_OK;
    uint64_t bit = (uint64_t)1 << (f - fields);
    if (*seen & bit)
        return cs_fail_field(err, f->name, "is given twice");
    *seen |= bit;
    if (pair->value.len == 0 && !(f->flags & CS_F_REQUIRED))
        return CS_OK;
    return set_from_text(f, pair->value, out, err);
}

enum cs_rc cs_form_bind(const struct cs_field *fields, size_t n, struct cs_str form,
                        struct cs_arena *a, void *out, struct cs_err *err)
{
    struct cs_pair pair;
    uint64_t seen = 0;
    bool found;

    if (n > 64)
        abort(); /* a table of ours has outgrown the bits of `seen` */
    for (;;) {
        enum cs_rc rc = cs_parse_pair(a, &form, &pair, &found, err);
        if (!rc && !found)
            break;
        if (!rc)
            rc = bind_pair(fields, n, &pair, &seen, out, err);
        if (rc)
            return rc;
    }
    for (size_t i = 0; i < n; i++)
        if (fields[i].flags & CS_F_REQUIRED && !(seen >> i & 1))
            return cs_fail_field(err, fields[i].name, "is required");
    return CS_OK;
}
