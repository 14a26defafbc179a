/* op_change.c - changing what was posted, over a socket: checked here as the routes check it, done by the
 * room's lane. */
#include "cs_clock.h"
#include "lane.h"
#include "names.h"
#include "op.h"

/* As over HTTP: an application acts for many and is not limited. */
static enum cs_rc check_rate(struct conn *c, struct cs_err *err)
{
    int wait_ms = c->person ? rates_change(c->gw->rates, &c->hub.user, cs_clock_mono_ms()) : 0;

    if (!wait_ms)
        return CS_OK;
    (void)cs_fail(err, CS_E_RATE);
    err->retry_after_ms = wait_ms;
    return CS_E_RATE;
}

static void change(struct conn *c, const struct op_in *in, enum store_verb verb, struct cs_str text)
{
    struct cs_err err;
    struct store_asked asked = {
        .verb = verb,
        .room = in->room.id,
        .message = in->message.id,
        .actor = c->hub.user,
        .cred_id = c->cred_id,
        .cred_kind = cs_str_c(c->cred_kind),
        .text = text,
        .ip = cs_str_c(c->address),
    };

    enum cs_rc rc = check_rate(c, &err);
    if (rc == CS_OK)
        rc = lanes_change(c->gw->lanes, c, in->ref, &asked, &err);
    if (rc != CS_OK)
        conn_error(c, in->ref, &err);
}

void op_edit(struct conn *c, const struct op_in *in)
{
    change(c, in, STORE_EDIT, in->content);
}

void op_delete(struct conn *c, const struct op_in *in)
{
    change(c, in, STORE_DELETE, cs_str_n(NULL, 0));
}

static void set_reaction(struct conn *c, const struct op_in *in, enum store_verb verb)
{
    struct cs_err err;

    if (name_check(in->emoji, "emoji", &err) == CS_OK)
        change(c, in, verb, in->emoji);
    else
        conn_error(c, in->ref, &err);
}

void op_react(struct conn *c, const struct op_in *in)
{
    set_reaction(c, in, STORE_REACT);
}

void op_unreact(struct conn *c, const struct op_in *in)
{
    set_reaction(c, in, STORE_UNREACT);
}
