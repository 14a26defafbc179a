/* h_reaction.c - reactions to messages, and pins. */
#include "change.h"
#include "cs_wire.h"
#include "handlers.h"
#include "names.h"
#include "page.h"
#include "store_message.h"

enum { EMOJI_MAX = 64 }; /* bytes: one emoji may be a family of many code points */

/* --- reactions -------------------------------------------------------------------------------- */

struct reaction_in {
    struct cs_opt_uuid user;
};

static const struct cs_field reaction_fields[] = {
    CS_FIELD_UUID(struct reaction_in, user, "userId", 0),
};
const struct form reaction_query = FORM(struct reaction_in, reaction_fields);

/* Somebody's, always: an application names its user (default: the token's owner), who has to be in
 * the room. */
static enum cs_rc wanted(const struct req *r, struct store_change *out, struct cs_err *err)
{
    const struct reaction_in *in = r->query;

    *out = change_of(r);
    if (req_is_client(r) && in->user.set)
        out->actor = in->user.id;
    out->emoji = r->text;
    if (r->text.len > EMOJI_MAX)
        return cs_fail_field(err, "emoji", "must have 1 to %d bytes", EMOJI_MAX);
    return name_check(r->text, "emoji", err);
}

enum cs_rc react_ask(struct req *r, struct cs_err *err)
{
    struct store_change change;
    struct cs_call call;
    enum cs_rc rc = wanted(r, &change, err);

    if (rc != CS_OK)
        return rc;
    store_react_call(&call, &r->arena, &change);
    return change_send(r, &call, err);
}

enum cs_rc react_answer(struct req *r, struct cs_err *err)
{
    return change_answer(r, "Reaction added", err);
}

enum cs_rc unreact_ask(struct req *r, struct cs_err *err)
{
    struct store_change change;
    struct cs_call call;
    enum cs_rc rc = wanted(r, &change, err);

    if (rc != CS_OK)
        return rc;
    store_unreact_call(&call, &r->arena, &change);
    return change_send(r, &call, err);
}

enum cs_rc unreact_answer(struct req *r, struct cs_err *err)
{
    return change_answer(r, "Reaction removed", err);
}

/* --- pins ------------------------------------------------------------------------------------- */

enum cs_rc pin_ask(struct req *r, struct cs_err *err)
{
    struct store_change change = change_of(r);
    struct cs_call call;

    store_pin_call(&call, &r->arena, &change);
    return change_send(r, &call, err);
}

enum cs_rc pin_answer(struct req *r, struct cs_err *err)
{
    return change_answer(r, "Message pinned", err);
}

enum cs_rc unpin_ask(struct req *r, struct cs_err *err)
{
    struct store_change change = change_of(r);
    struct cs_call call;

    store_unpin_call(&call, &r->arena, &change);
    return change_send(r, &call, err);
}

enum cs_rc unpin_answer(struct req *r, struct cs_err *err)
{
    return change_answer(r, "Message unpinned", err);
}

enum cs_rc pins_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_pins_call(&call, &r->arena, &r->ids[0], req_member(r));
    return req_send(r, &call, err);
}

static void put_pinned(struct req *r, struct cs_jw *w, const struct cs_rows *rows, int row)
{
    struct cs_message m;

    store_page_message(rows, row, &r->ids[0], &m);
    cs_wire_message(w, &m);
}

enum cs_rc pins_answer(struct req *r, struct cs_err *err)
{
    struct store_page_head head;
    struct cs_rows rows;
    enum cs_rc rc = page_take(r, &rows, &head, err);

    if (rc != CS_OK)
        return rc;
    page_position(r, &head);
    req_put_rows(r, &rows, 1, put_pinned); /* row 0 is the head */
    return CS_OK;
}
