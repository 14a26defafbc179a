/* origin.h - whose pages may open a socket (security.md S6).
 *
 * A browser says in Origin which page it is that asks; other programs send none and are not asked
 * for one. Origins are compared byte by byte, as browsers write them (RFC 6454 section 6.2: scheme
 * and host in lower case, the port unless it is the scheme's own).
 */
#ifndef ORIGIN_H
#define ORIGIN_H

#include "cs_str.h"

struct origin_request {
    struct cs_str origin;
    struct cs_str host;   /* as the browser asked for it: name and port */
    struct cs_str scheme; /* X-Forwarded-Proto of the front end; "": it does not say */
};

/* The page is of the own host, or its origin is one of `list`, which commas separate. Where the
 * front end does not say the scheme, both http and https are the own host's. */
bool origin_ok(const char *list, const struct origin_request *r);

#endif
