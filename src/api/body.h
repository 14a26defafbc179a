/* body.h - a request's body and query, bound by the forms of its route. */
#ifndef BODY_H
#define BODY_H

#include "req.h"

/* Reads the body (bounded) and binds it into req.body. A body that the route does not ask for is
 * read and dropped. CS_E_TOO_LARGE, CS_E_MEDIA_TYPE, CS_E_BAD_JSON, CS_E_BAD_ENCODING,
 * CS_E_BAD_FIELD, CS_E_BAD_REQUEST, CS_E_NO_MEMORY. */
enum cs_rc body_read(struct req *r, struct cs_err *err) CS_MUST_CHECK;

/* Binds the query into req.query. CS_E_BAD_FIELD, CS_E_BAD_ENCODING, CS_E_NO_MEMORY. */
enum cs_rc body_query(struct req *r, struct cs_err *err) CS_MUST_CHECK;

enum media { MEDIA_NONE, MEDIA_JSON, MEDIA_FORM, MEDIA_OTHER };

/* Of a Content-Type. Parameters are ignored but for a charset, which must be UTF-8. */
enum media body_media(struct cs_str content_type);

#endif
