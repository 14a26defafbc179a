/* cors.c - see cors.h. */
#include "cors.h"

static bool is_any(const char *list)
{
    return cs_str_is(cs_str_trim(cs_str_c(list)), "*");
}

/* Origins are compared as browsers write them: scheme and host in lower case, no path. */
static bool is_listed(const char *list, struct cs_str origin)
{
    for (struct cs_str rest = cs_str_c(list); rest.p && origin.len;)
        if (cs_str_eq(cs_str_trim(cs_str_split(&rest, ',')), origin))
            return true;
    return false;
}

void cors_headers(struct resp *s, const char *list, struct cs_str origin)
{
    bool any = is_any(list);

    resp_header(s, "Vary", CS_LIT("Origin"));
    if (!origin.len || !(any || is_listed(list, origin)))
        return;
    resp_header(s, "Access-Control-Allow-Origin", any ? CS_LIT("*") : origin);
    if (!any)
        resp_header(s, "Access-Control-Allow-Credentials", CS_LIT("true"));
    resp_header(s, "Access-Control-Expose-Headers",
                CS_LIT("Link, Retry-After, X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, "
                       "X-RateLimit-Reset, Chat-Epoch, Chat-Seq, ETag"));
}

void cors_preflight(struct resp *s, const char *list, struct cs_str origin)
{
    if (!is_any(list) && !is_listed(list, origin))
        return;
    resp_header(s, "Access-Control-Allow-Methods", CS_LIT("GET, HEAD, POST, PUT, PATCH, DELETE"));
    resp_header(s, "Access-Control-Allow-Headers",
                CS_LIT("Authorization, Content-Type, X-Session-Token, Idempotency-Key, If-None-Match"));
    resp_header(s, "Access-Control-Max-Age", CS_LIT("600")); /* seconds a browser asks no more */
}
