/* fcgiask.h - a GET to a FastCGI worker on its socket, without a web server between. */
#ifndef CTL_FCGIASK_H
#define CTL_FCGIASK_H

#include "cs_err.h"
#include "cs_str.h"

/* The head and the body of the answer, as the worker wrote them. CS_E_UNAVAILABLE with a sentence: the
 * socket refuses, or nobody has answered within 5 s. */
enum cs_rc fcgi_ask(const char *socket_path, const char *uri, struct cs_buf *out,
                    struct cs_err *err) CS_MUST_CHECK;

#endif
