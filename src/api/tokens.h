/* tokens.h - the pair that logging in and refreshing answer with. */
#ifndef TOKENS_H
#define TOKENS_H

#include "cs_token.h"
#include "req.h"
#include "store_user.h"

struct token_pair {
    struct cs_uuid user_id, session_id;
    struct cs_str username, role;
    const struct cs_token *refresh;
    const struct store_user *user; /* NULL: not told again */
};

/* Signs an access token for the session and writes the answer. CS_E_NO_MEMORY. */
enum cs_rc tokens_answer(struct req *r, const struct token_pair *pair,
                         struct cs_err *err) CS_MUST_CHECK;

#endif
