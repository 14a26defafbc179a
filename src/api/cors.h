/* cors.h - which other origins' pages may call from a browser (contract, "CORS"; security.md S7).
 *
 * The list is CORS_ALLOW_ORIGINS: exact origins separated by commas, or `*`, which then goes
 * without credentials. An origin that is not listed is never reflected. The own host needs no
 * headers.
 */
#ifndef CORS_H
#define CORS_H

#include "resp.h"

/* The headers of every answer: Vary, and for a listed origin what lets the page read it. */
void cors_headers(struct resp *s, const char *list, struct cs_str origin);

/* What a preflight is told beside that. */
void cors_preflight(struct resp *s, const char *list, struct cs_str origin);

#endif
