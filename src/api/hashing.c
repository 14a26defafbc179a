/* hashing.c - see hashing.h. */
#include "hashing.h"

enum cs_rc hashing_make(struct req *r, struct cs_str password, char out[CS_PW_HASH_MAX + 1],
                        struct cs_err *err)
{
    return cs_pw_hash(&r->app->pw, password, out, err);
}

enum cs_rc hashing_verify(struct req *r, struct cs_str password, struct cs_str stored,
                          struct cs_err *err)
{
    if (!stored.p)
        return cs_pw_dummy_verify(&r->app->pw, password, err);
    return cs_pw_verify(password, stored, err);
}
