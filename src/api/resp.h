/* resp.h - the response: status, headers, body, built in two buffers that are used again and again.
 *
 * Builders are sticky like struct cs_buf; resp_finish turns one that overflowed into a 503. Header
 * values are ours or were checked: resp_header drops one that holds a control character.
 */
#ifndef RESP_H
#define RESP_H

#include "cs_err.h"
#include "cs_jsonw.h"

struct resp {
    int status;
    struct cs_buf headers; /* complete lines, each ended by CRLF */
    struct cs_buf body;
    const char *type; /* Content-Type */
};

void resp_init(struct resp *s);
void resp_release(struct resp *s);

/* Empties it, for the next request or another attempt; big buffers go back. */
void resp_reset(struct resp *s);

/* Begins a JSON body with this status. */
struct cs_jw resp_json(struct resp *s, int status);

/* Begins a body that is no JSON: to be appended to the buffer. `type` is a constant. */
struct cs_buf *resp_text(struct resp *s, int status, const char *type);

/* {"message":…} */
void resp_message(struct resp *s, int status, const char *text);

void resp_header(struct resp *s, const char *name, struct cs_str value);
void resp_header_i64(struct resp *s, const char *name, int64_t value);

/* application/problem+json as in the contract, with WWW-Authenticate or Retry-After where the
 * status asks for it. Replaces the body; headers stay. */
void resp_problem(struct resp *s, const struct cs_err *err);

/* The CGI head, ended by its empty line, into *out. A body or head that did not fit makes it a
 * 503. */
void resp_finish(struct resp *s, struct cs_buf *out);

#endif
