/* out_session.h - how a session looks to its owner (contract, "Identity": snake_case). */
#ifndef OUT_SESSION_H
#define OUT_SESSION_H

#include "cs_jsonw.h"
#include "store_session.h"

/* Only live ones are shown, so is_active is true. */
void out_session(struct cs_jw *w, const struct store_session *s);

#endif
