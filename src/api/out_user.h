/* out_user.h - how an account looks to its owner (contract, "Identity"), in both spellings. */
#ifndef OUT_USER_H
#define OUT_USER_H

#include "cs_jsonw.h"
#include "store_user.h"

/* The fields without the braces: some answers carry more beside them. */
void out_user_fields(struct cs_jw *w, const struct store_user *u);

/* The whole object. */
void out_user(struct cs_jw *w, const struct store_user *u);

/* The profile of /api, camelCase, as the member `user` of an object that the caller has begun. */
void out_profile(struct cs_jw *w, const struct store_user *u);

#endif
