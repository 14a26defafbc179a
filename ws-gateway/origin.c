/* origin.c - see origin.h. */
#include "origin.h"

static bool is_listed(const char *list, struct cs_str origin)
{
    for (struct cs_str rest = cs_str_c(list); rest.p;)
        if (cs_str_eq(cs_str_trim(cs_str_split(&rest, ',')), origin))
            return true;
    return false;
}

/* The origin is this scheme, "://" and the host, and nothing else. */
static bool is_own(const struct origin_request *r, struct cs_str scheme)
{
    struct cs_str rest = r->origin;

    if (!cs_str_starts(rest, scheme))
        return false;
    rest = cs_str_n(rest.p + scheme.len, rest.len - scheme.len);
    if (!cs_str_starts(rest, CS_LIT("://")))
        return false;
    return cs_str_eq(cs_str_n(rest.p + 3, rest.len - 3), r->host);
}

bool origin_ok(const char *list, const struct origin_request *r)
{
    if (!r->origin.len)
        return false;
    if (is_listed(list, r->origin))
        return true;
    if (!r->host.len)
        return false;
    if (r->scheme.len)
        return is_own(r, r->scheme);
    return is_own(r, CS_LIT("https")) || is_own(r, CS_LIT("http"));
}
