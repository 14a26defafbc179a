/* uri.c - see uri.h. */
#include "uri.h"

#include "cs_parse.h"

/* An escape that would become a separator: whoever decodes it earlier or later sees another
 * path. */
static bool has_hidden_separator(struct cs_str raw)
{
    for (size_t i = 0; i + 2 < raw.len; i++) {
        struct cs_str digits = cs_str_n(raw.p + i + 1, 2);
        if (raw.p[i] == '%' &&
            (cs_str_ieq(digits, CS_LIT("2f")) || cs_str_ieq(digits, CS_LIT("5c"))))
            return true;
    }
    return false;
}

static bool has_bad_byte(struct cs_str decoded)
{
    for (size_t i = 0; i < decoded.len; i++) {
        unsigned char c = (unsigned char)decoded.p[i];
        if (c < 0x20 || c == 0x7f || c == '\\')
            return true;
    }
    return false;
}

/* One '/' at the end is a path of its own (that no route has), not an empty segment. */
static bool has_odd_segment(struct cs_str path)
{
    struct cs_str rest = cs_str_n(path.p + 1, path.len - 1);

    while (rest.p) {
        struct cs_str segment = cs_str_split(&rest, '/');
        if (segment.len == 0 && rest.p)
            return true;
        if (cs_str_is(segment, ".") || cs_str_is(segment, ".."))
            return true;
    }
    return false;
}

/* What is left of "http://host/path", which every server has to understand (RFC 9112, 3.2.2). nginx
 * and lighttpd have done this already. */
static struct cs_str without_origin(struct cs_str raw)
{
    static const struct cs_str schemes[] = {CS_LIT("http://"), CS_LIT("https://")};

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (raw.len < schemes[i].len || !cs_str_ieq(cs_str_n(raw.p, schemes[i].len), schemes[i]))
            continue;
        size_t n = schemes[i].len;
        while (n < raw.len && raw.p[n] != '/' && raw.p[n] != '?')
            n++;
        return cs_str_n(raw.p + n, raw.len - n);
    }
    return raw;
}

enum cs_rc uri_parse(struct cs_arena *a, struct cs_str raw, struct uri *out, struct cs_err *err)
{
    struct cs_str query = without_origin(raw);

    out->raw_path = cs_str_split(&query, '?');
    out->query = query;
    if (out->raw_path.len == 0 || out->raw_path.p[0] != '/' || has_hidden_separator(out->raw_path))
        return cs_fail(err, CS_E_BAD_REQUEST);
    enum cs_rc rc = cs_parse_percent(a, out->raw_path, false, &out->path, err);
    if (rc == CS_E_NO_MEMORY)
        return rc;
    /* What cannot be decoded is no other case: web servers refuse some of it themselves. */
    if (rc != CS_OK || has_bad_byte(out->path) || has_odd_segment(out->path))
        return cs_fail(err, CS_E_BAD_REQUEST);
    return CS_OK;
}

static const struct cs_str before_code = CS_LIT("/invites/");

/* Up to where a code begins; 0: it has none. */
static size_t code_at(struct cs_str path)
{
    for (size_t i = 0; i + before_code.len < path.len; i++)
        if (cs_str_starts(cs_str_n(path.p + i, path.len - i), before_code))
            return i + before_code.len;
    return 0;
}

struct cs_str uri_logged(struct cs_arena *a, const struct uri *uri)
{
    struct cs_str shown = uri->raw_path;
    size_t at = code_at(shown);

    if (!at) {
        at = code_at(uri->path);
        shown = at ? uri->path : shown;
    }
    if (!at)
        return shown;
    return cs_str_c(cs_arena_printf(a, CS_STR_FMT "***", (int)at, shown.p));
}
