/* client_id.h - the name by which a post is found again when it is repeated (contract,
 * "Idempotency"). */
#ifndef CLIENT_ID_H
#define CLIENT_ID_H

#include "req.h"

enum { CLIENT_ID_MAX = 64 }; /* code points */

/* From the body (`given`, checked by its form; .p NULL: not there), else from the header
 * Idempotency-Key, else the request's own id, so that the pipeline's second attempt finds the
 * first. CS_E_BAD_FIELD: the header has no 1 to 64 characters. */
enum cs_rc client_id_choose(struct req *r, struct cs_str given, struct cs_str *out,
                            struct cs_err *err) CS_MUST_CHECK;

#endif
