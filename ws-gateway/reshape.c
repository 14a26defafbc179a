/* reshape.c - see reshape.h. Only valid JSON without blanks comes here, made by cs_jsonw.c. */
#include "reshape.h"

/* Behind the string that begins at `at`. */
static size_t skip_string(struct cs_str s, size_t at)
{
    for (at++; at < s.len && s.p[at] != '"'; at++)
        at += s.p[at] == '\\';
    return at + 1;
}

/* Behind the value that begins at `at`. */
static size_t skip_value(struct cs_str s, size_t at)
{
    int depth = 0;

    while (at < s.len) {
        char c = s.p[at];
        if (!depth && (c == ',' || c == '}' || c == ']'))
            return at;
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        at = c == '"' ? skip_string(s, at) : at + 1;
    }
    return s.len;
}

struct cs_str reshape_find(struct cs_str object, const char *key)
{
    size_t at = 1; /* behind the brace */

    while (at < object.len && object.p[at] == '"') {
        size_t end = skip_string(object, at);
        struct cs_str name = cs_str_n(object.p + at + 1, end - at - 2);
        size_t value = end + 1; /* behind the colon */
        if (value >= object.len)
            break;
        at = skip_value(object, value);
        if (cs_str_is(name, key))
            return cs_str_n(object.p + value, at - value);
        at++; /* the comma */
    }
    return (struct cs_str){NULL, 0};
}

void reshape_fields(struct cs_jw *w, struct cs_str message, const struct reshape_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct cs_str in = rows[i].of ? reshape_find(message, rows[i].of) : message;
        struct cs_str value = reshape_find(in, rows[i].from);
        if (value.p)
            cs_jw_kv_raw(w, rows[i].to, value);
    }
}

bool reshape_is_deleted(struct cs_str message)
{
    struct cs_str at = reshape_find(message, "deletedAt");

    return at.p && !cs_str_is(at, "null");
}
