/* head.h - the head of a request as the web server passed it on: raw, borrowed, not yet believed.
 *
 * Texts live until the request is finished. The client's address is only ever REMOTE_ADDR: whatever
 * came in X-Forwarded-For was written by the client or is for the web server to evaluate.
 */
#ifndef HEAD_H
#define HEAD_H

#include "cs_str.h"

#include <stdbool.h>

struct head {
    struct cs_str method, uri; /* uri as the client sent it, with its query */
    struct cs_str content_type, content_length;
    struct cs_str authorization, session_token, idempotency_key, if_none_match;
    struct cs_str origin, cors_method;
    struct cs_str user_agent, remote_addr, request_id;
    struct cs_str forwarded; /* anything that says that a proxy passed it on */
    bool repeated; /* a header that decides about security came more than once */
};

#endif
