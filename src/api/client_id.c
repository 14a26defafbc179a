/* client_id.c - see client_id.h. */
#include "client_id.h"

#include "cs_utf8.h"

enum cs_rc client_id_choose(struct req *r, struct cs_str given, struct cs_str *out,
                            struct cs_err *err)
{
    struct cs_str key = r->head.idempotency_key;

    *out = given;
    if (given.p)
        return CS_OK;
    if (key.len) {
        if (!cs_utf8_text_ok(key) || cs_utf8_count(key) > CLIENT_ID_MAX)
            return cs_fail_field(err, "Idempotency-Key", "must have 1 to 64 characters");
        *out = key;
        return CS_OK;
    }
    char *text = cs_arena_alloc(&r->arena, CS_UUID_LEN + 1);
    if (!text)
        return cs_fail(err, CS_E_NO_MEMORY);
    cs_uuid_text(&r->new_id, text);
    *out = cs_str_n(text, CS_UUID_LEN);
    return CS_OK;
}
