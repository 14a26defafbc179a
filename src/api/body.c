/* body.c - see body.h. */
#include "body.h"

#include "cs_json.h"
#include "fcgi.h"

static bool is_foreign_charset(struct cs_str param)
{
    struct cs_str value = param, name = cs_str_trim(cs_str_split(&value, '='));

    value = cs_str_trim(value);
    return cs_str_ieq(name, CS_LIT("charset")) && !cs_str_ieq(value, CS_LIT("utf-8")) &&
           !cs_str_ieq(value, CS_LIT("\"utf-8\""));
}

enum media body_media(struct cs_str content_type)
{
    struct cs_str rest = content_type, type = cs_str_trim(cs_str_split(&rest, ';'));

    while (rest.p)
        if (is_foreign_charset(cs_str_split(&rest, ';')))
            return MEDIA_OTHER;
    if (type.len == 0)
        return MEDIA_NONE;
    if (cs_str_ieq(type, CS_LIT("application/json")))
        return MEDIA_JSON;
    if (cs_str_ieq(type, CS_LIT("application/x-www-form-urlencoded")))
        return MEDIA_FORM;
    return MEDIA_OTHER;
}

static enum cs_rc bind(struct req *r, const struct form *form, enum media media,
                       struct cs_str text, struct cs_err *err)
{
    struct cs_json *json;

    if (media == MEDIA_FORM)
        return cs_form_bind(form->fields, form->n, text, &r->arena, r->body, err);
    enum cs_rc rc = cs_json_parse(&r->arena, text, &json, err);
    return rc == CS_OK ? cs_json_bind(form->fields, form->n, json, r->body, err) : rc;
}

enum cs_rc body_read(struct req *r, struct cs_err *err)
{
    const struct form *form = r->route->body;
    enum media media = body_media(r->head.content_type);
    size_t max = r->route->body_max ? r->route->body_max : ROUTE_BODY_MAX;
    struct cs_str text;

    if (r->route->method == METHOD_GET)
        return CS_OK;
    enum cs_rc rc = fcgi_body(r->fcgi, &r->arena, r->head.content_length, max, &text, err);
    if (rc != CS_OK || !form)
        return rc;
    bool nothing = form->may_be_empty && text.len == 0;
    if (!nothing && media != MEDIA_JSON && !(media == MEDIA_FORM && form->urlencoded))
        return cs_fail(err, CS_E_MEDIA_TYPE);
    r->body = cs_arena_alloc(&r->arena, form->size);
    if (!r->body)
        return cs_fail(err, CS_E_NO_MEMORY);
    return nothing ? CS_OK : bind(r, form, media, text, err);
}

enum cs_rc body_query(struct req *r, struct cs_err *err)
{
    const struct form *form = r->route->query;

    if (!form)
        return CS_OK;
    r->query = cs_arena_alloc(&r->arena, form->size);
    if (!r->query)
        return cs_fail(err, CS_E_NO_MEMORY);
    return cs_form_bind(form->fields, form->n, r->uri.query, &r->arena, r->query, err);
}
