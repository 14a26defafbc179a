/* dialect_text.c - the text dialect of document 003: what is typed goes to the lobby, what is
 * heard is "username: text". A refused text is answered to its sender alone, "! reason", and never
 * cut. */
#include "dialect.h"
#include "op.h"

/* What cannot be taken for JSON. What begins like an object and is none that another dialect knows
 * is a text where the credential suggests texts. */
static bool claims(const struct dialect_first *first)
{
    return !first->brace;
}

static void frame(struct conn *c, struct cs_str text)
{
    struct op_in in = {.ref = "", .room = {true, CS_LOBBY_ID}, .content = text};

    op_run(c, op_find(CS_LIT("message")), &in);
}

static void error(struct cs_buf *b, const char *ref, const struct cs_err *err)
{
    (void)ref;
    cs_buf_cstr(b, "! ");
    cs_buf_cstr(b, cs_err_detail(err));
}

static void event(struct cs_buf *b, const struct gw_event *e)
{
    if (!e->is_message)
        return;
    cs_buf_str(b, e->sender_name);
    cs_buf_cstr(b, ": ");
    cs_buf_str(b, e->content);
}

const struct dialect dialect_text = {
    .name = "text",
    .claims = claims,
    .in_lobby = true,
    .frame = frame,
    .error = error,
    .event = event,
};
