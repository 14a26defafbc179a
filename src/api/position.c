/* position.c - see position.h. */
#include "position.h"

static struct cs_str epoch_base(const struct req *r)
{
    return cs_str_c(cs_db_facts(r->app->db)->epoch_base);
}

/* What follows "<base>-"; {NULL, 0} when it does not begin with it. */
static struct cs_str behind_base(const struct req *r, struct cs_str text)
{
    struct cs_str base = epoch_base(r);

    if (text.len <= base.len || !cs_str_starts(text, base) || text.p[base.len] != '-')
        return cs_str_n(NULL, 0);
    return cs_str_n(text.p + base.len + 1, text.len - base.len - 1);
}

/* W/"x" or "x": x. Weak or not is the same for If-None-Match. */
static struct cs_str unquote(struct cs_str tag)
{
    if (cs_str_starts(tag, CS_LIT("W/")))
        tag = cs_str_n(tag.p + 2, tag.len - 2);
    if (tag.len < 2 || tag.p[0] != '"' || tag.p[tag.len - 1] != '"')
        return cs_str_n(NULL, 0);
    return cs_str_n(tag.p + 1, tag.len - 2);
}

/* Our tags hold no comma, so a list can be cut at commas: what that breaks is not ours. */
struct cs_str position_known(const struct req *r)
{
    struct cs_str rest = r->head.if_none_match, known = {NULL, 0};

    while (rest.p && !known.p)
        known = behind_base(r, unquote(cs_str_trim(cs_str_split(&rest, ','))));
    return known;
}

struct cs_str position_epoch(const struct req *r, struct cs_str epoch)
{
    struct cs_str value = behind_base(r, epoch);

    return epoch.p && !value.p ? CS_LIT("") : value;
}

void position_headers(struct req *r, struct cs_str epoch, int64_t seq)
{
    struct cs_str base = epoch_base(r);

    resp_header(&r->resp, "Chat-Epoch",
                cs_str_c(cs_arena_printf(&r->arena, CS_STR_FMT "-" CS_STR_FMT, CS_STR_ARG(base),
                                         CS_STR_ARG(epoch))));
    resp_header_i64(&r->resp, "Chat-Seq", seq);
}

bool position_tag(struct req *r, struct cs_str tag, bool is_known)
{
    struct cs_str base = epoch_base(r);

    resp_header(&r->resp, "ETag",
                cs_str_c(cs_arena_printf(&r->arena, "W/\"" CS_STR_FMT "-" CS_STR_FMT "\"",
                                         CS_STR_ARG(base), CS_STR_ARG(tag))));
    if (is_known) {
        r->resp.status = 304;
        r->resp.type = NULL;
    }
    return is_known;
}
