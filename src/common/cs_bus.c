/* cs_bus.c - see cs_bus.h. */
#include "cs_bus.h"

#include "cs_parse.h"

static bool parse_entry(struct cs_str text, struct cs_bus_entry *out)
{
    if (!text.len)
        return false;
    *out = (struct cs_bus_entry){.kind = (enum cs_bus_kind)text.p[0]};
    struct cs_str seq = cs_str_n(text.p + 1, text.len - 1);
    if (out->kind == CS_BUS_EPHEMERA) {
        out->body = seq;
        return true;
    }
    if (out->kind != CS_BUS_ROOM && out->kind != CS_BUS_USER && out->kind != CS_BUS_REVOKED &&
        out->kind != CS_BUS_SELF)
        return false;
    struct cs_str id = cs_str_split(&seq, ':');
    if (!cs_uuid_parse(id, &out->id))
        return false;
    return !seq.p || cs_parse_u64(seq, 0, UINT64_MAX, &out->seq);
}

bool cs_bus_next(struct cs_str *rest, struct cs_bus_entry *out)
{
    while (rest->p)
        if (parse_entry(cs_str_split(rest, ';'), out))
            return true;
    return false;
}

bool cs_bus_add(struct cs_buf *payload, const struct cs_bus_entry *e)
{
    size_t before = payload->len;

    if (before)
        cs_buf_putc(payload, ';');
    cs_buf_putc(payload, (char)e->kind);
    if (e->kind == CS_BUS_EPHEMERA)
        cs_buf_str(payload, e->body);
    else
        cs_buf_uuid(payload, &e->id);
    if (e->seq) {
        cs_buf_putc(payload, ':');
        cs_buf_u64(payload, e->seq);
    }
    if (!payload->failed)
        return true;
    payload->len = before;
    payload->failed = false;
    return false;
}

/* --- ephemera --------------------------------------------------------------------------------- */

static void put_pair(struct cs_buf *body, char kind, const struct cs_uuid *room,
                     const struct cs_uuid *user)
{
    cs_buf_putc(body, kind);
    cs_buf_uuid(body, room);
    cs_buf_putc(body, ':');
    cs_buf_uuid(body, user);
}

void cs_bus_put_read(struct cs_buf *body, const struct cs_bus_read *read)
{
    put_pair(body, 'r', &read->room, &read->user);
    cs_buf_putc(body, ':');
    cs_buf_u64(body, read->seq);
}

void cs_bus_put_typing(struct cs_buf *body, const struct cs_bus_typing *typing)
{
    put_pair(body, 't', &typing->room, &typing->user);
}

void cs_bus_put_presence(struct cs_buf *body, const struct cs_uuid *user)
{
    cs_buf_putc(body, 'p');
    cs_buf_uuid(body, user);
}

bool cs_bus_presence(struct cs_str body, struct cs_uuid *user)
{
    return body.len && body.p[0] == 'p' &&
           cs_uuid_parse(cs_str_n(body.p + 1, body.len - 1), user);
}

/* Leaves behind the pair what follows it; .p NULL: nothing does. */
static bool take_pair(struct cs_str *body, char kind, struct cs_uuid *room, struct cs_uuid *user)
{
    if (!body->len || body->p[0] != kind)
        return false;
    *body = cs_str_n(body->p + 1, body->len - 1);
    return cs_uuid_parse(cs_str_split(body, ':'), room) &&
           cs_uuid_parse(cs_str_split(body, ':'), user);
}

bool cs_bus_read(struct cs_str body, struct cs_bus_read *out)
{
    return take_pair(&body, 'r', &out->room, &out->user) && body.p &&
           cs_parse_u64(body, 0, UINT64_MAX, &out->seq);
}

bool cs_bus_typing(struct cs_str body, struct cs_bus_typing *out)
{
    return take_pair(&body, 't', &out->room, &out->user) && !body.p;
}

bool cs_bus_add_read(struct cs_buf *payload, const struct cs_bus_read *read)
{
    struct cs_bus_entry e = {.kind = CS_BUS_EPHEMERA};
    struct cs_buf body;

    cs_buf_init(&body, CS_BUS_BODY_MAX);
    cs_bus_put_read(&body, read);
    e.body = cs_buf_view(&body);
    bool added = !body.failed && cs_bus_add(payload, &e);
    cs_buf_release(&body);
    return added;
}
