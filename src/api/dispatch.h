/* dispatch.h - from a request's head to its response, by the route table.
 *
 * Order: the path and the method (400, 404, 405), the size of the body (413), the credential (401, 403,
 * 429), the body (415, 400, 422), the handler. The body is read before the guard's statement leaves, but
 * what is wrong with it is told only to those whom the guard lets pass.
 */
#ifndef DISPATCH_H
#define DISPATCH_H

#include "req.h"

/* Fills r->resp, whatever comes. */
void dispatch(struct req *r);

#endif
