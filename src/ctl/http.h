/* http.h - a request to a web server, as a browser or an application would make it. The owner of
 * libcurl's headers: nobody else includes them. Blocks, at most 10 s.
 */
#ifndef CTL_HTTP_H
#define CTL_HTTP_H

#include "cs_err.h"
#include "cs_str.h"

struct http_ask {
    const char *url;            /* sent as it is: no path is tidied up */
    const char *socket;         /* a unix socket instead of the URL's host; NULL: none */
    const char *const *headers; /* "Name: value", NULL-terminated; NULL: none of one's own */
};

struct http_answer {
    long status;
    struct cs_buf head, body; /* the body's first 64 KiB */
};

/* CS_E_UNAVAILABLE with a sentence: there was no answer. A status of any kind is one; redirections are
 * not followed, no proxy is used. An upgrade or a stream is left as soon as the head is there. TLS: the
 * certificate has to be good by this machine's authorities, or by those in the file SSL_CERT_FILE. To be
 * released in any case. */
enum cs_rc http_get(const struct http_ask *ask, struct http_answer *out,
                    struct cs_err *err) CS_MUST_CHECK;
void http_release(struct http_answer *a);

/* A header of the answer, without blanks around it; .p NULL: it has none. */
struct cs_str http_header(struct http_answer *a, const char *name);

#endif
