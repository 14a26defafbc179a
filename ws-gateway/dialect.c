/* dialect.c - the table of client protocols; see dialect.h. */
#include "dialect.h"

const struct dialect *const dialects[] = {&dialect_native, &dialect_text, NULL};

const struct dialect *dialect_by_subprotocol(struct cs_str name)
{
    for (size_t i = 0; dialects[i]; i++)
        if (dialects[i]->subprotocol && cs_str_is(name, dialects[i]->subprotocol))
            return dialects[i];
    return NULL;
}

const struct dialect *dialect_by_frame(struct cs_str frame)
{
    for (size_t i = 0; dialects[i]; i++)
        if (dialects[i]->claims && dialects[i]->claims(frame))
            return dialects[i];
    return NULL;
}
