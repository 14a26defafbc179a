/* guard.h - who sent a request, and whether the route takes him.
 *
 * The credential comes as `Authorization: Bearer X` or `X-Session-Token: X`. An access token is
 * verified here and names the user at once; an opaque one is known only to the database, which
 * costs a round trip. Everything else is one statement that leaves together with the handler's
 * (store_guard.h): for reading its verdict is read here, for writing it raises.
 */
#ifndef GUARD_H
#define GUARD_H

#include "req.h"

/* From the headers. CS_E_BAD_REQUEST: a header is repeated, holds a comma, or two of them differ.
 * CS_E_UNAUTHORIZED: none, of another scheme, or one that cannot be good. */
enum cs_rc guard_credential(const struct head *head, const struct cs_jwt_keys *keys, int64_t now_s,
                            struct store_cred *out, struct cs_err *err) CS_MUST_CHECK;

/* Fills req.cred and as much of req.who as the credential proves. */
enum cs_rc guard_identify(struct req *r, struct cs_err *err) CS_MUST_CHECK;

/* A unit of work of its own for an opaque credential: fills req.who. Once for each request. */
enum cs_rc guard_resolve(struct req *r, struct cs_err *err) CS_MUST_CHECK;

/* Queues the guard's statement in front of the handler's, and reads its verdict: CS_E_UNAUTHORIZED,
 * CS_E_FORBIDDEN, CS_E_RATE. Where guard_resolve has decided already they do nothing. */
enum cs_rc guard_send(struct req *r, struct cs_err *err) CS_MUST_CHECK;
enum cs_rc guard_recv(struct req *r, struct cs_err *err) CS_MUST_CHECK;

/* Notes the use of the credential, when that is due; after the answer. */
void guard_touch(struct req *r);

#endif
