/* dialect.c - the table of client protocols, and choosing one; see dialect.h. */
#include "dialect.h"

#include "cs_json.h"

const struct dialect *const dialects[] = {&dialect_native,   &dialect_sphere, &dialect_sphere_flat,
                                          &dialect_envelope, &dialect_text,   &dialect_sse,
                                          &dialect_poll,     NULL};

const struct dialect *dialect_by_subprotocol(struct cs_str name)
{
    for (size_t i = 0; dialects[i]; i++)
        if (dialects[i]->subprotocol && cs_str_is(name, dialects[i]->subprotocol))
            return dialects[i];
    return NULL;
}

struct first_in {
    struct cs_str type;
    struct cs_json *payload;
};

static const struct cs_field type_field[] = {
    CS_FIELD_TEXT(struct first_in, type, "type", CS_F_REQUIRED, 0, 0),
};
static const struct cs_field payload_field[] = {
    CS_FIELD_OBJECT(struct first_in, payload, "payload", 0),
};

static struct dialect_first look_at(struct cs_arena *arena, struct cs_str frame)
{
    struct cs_str text = cs_str_trim(frame);
    struct dialect_first first = {.brace = text.len && text.p[0] == '{'};
    struct first_in in = {.payload = NULL};
    struct cs_json *obj;
    struct cs_err err;

    first.object = first.brace && cs_json_parse(arena, text, &obj, &err) == CS_OK;
    if (!first.object)
        return first;
    first.has_type = cs_json_bind(type_field, 1, obj, &in, &err) == CS_OK;
    /* one of another type than an object is there too */
    first.has_payload = cs_json_bind(payload_field, 1, obj, &in, &err) != CS_OK || in.payload;
    return first;
}

const struct dialect *dialect_by_frame(const struct conn *c, struct cs_str frame)
{
    struct dialect_first first = look_at(&c->gw->arena, frame);

    for (size_t i = 0; dialects[i]; i++)
        if (dialects[i]->claims && dialects[i]->claims(&first))
            return dialects[i];
    return dialect_suggested(c);
}

const struct dialect *dialect_suggested(const struct conn *c)
{
    if (strcmp(c->cred_kind, "api_token") == 0)
        return &dialect_sphere;
    return c->by_session_token ? &dialect_envelope : &dialect_text;
}
