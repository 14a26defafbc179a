/* out_token.h - how an API token looks: once in clear, to whoever made it, and masked in lists. */
#ifndef OUT_TOKEN_H
#define OUT_TOKEN_H

#include "cs_jsonw.h"
#include "store_token.h"

/* {id,username,role}: whose it is, wherever a credential is told. */
void out_token_owner(struct cs_jw *w, const struct cs_uuid *id, struct cs_str username,
                     struct cs_str role);

/* A row of the list. `current`: the request came with this one. */
void out_token(struct cs_jw *w, const struct store_token *t, bool current);

#endif
