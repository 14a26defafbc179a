/* dialect_text.c - the text dialect of document 003: what is typed goes to the lobby, what is
 * heard is "username: text". A refused text is answered to its sender alone, "! reason", and never
 * cut. */
#include "cs_parse.h"
#include "cs_rand.h"
#include "dialect.h"
#include "op.h"

/* Text that is no JSON object. */
static bool claims(struct cs_str frame)
{
    struct cs_str s = cs_str_trim(frame);

    return !s.len || s.p[0] != '{';
}

/* It sends no client id, so a retry cannot be told from a repetition: each text is a new
 * message. */
static void frame(struct conn *c, struct cs_str text)
{
    uint8_t random[16];
    struct op_in in = {.ref = "", .room = {true, CS_LOBBY_ID}, .content = text};
    struct cs_buf id;

    cs_buf_init(&id, 64);
    cs_rand_bytes(random, sizeof random);
    cs_buf_hex(&id, random, sizeof random);
    in.client_id = cs_buf_view(&id);
    op_run(c, op_find(CS_LIT("message")), &in);
    cs_buf_release(&id);
}

static void welcome(struct cs_buf *b, const struct conn *c)
{
    (void)b;
    (void)c;
}

static void joined(struct cs_buf *b, const struct dialect_joined *j)
{
    (void)b;
    (void)j;
}

static void left(struct cs_buf *b, const struct cs_uuid *room)
{
    (void)b;
    (void)room;
}

static void ack(struct cs_buf *b, const struct dialect_ack *a)
{
    (void)b;
    (void)a;
}

static void error(struct cs_buf *b, const char *ref, const struct cs_err *err)
{
    (void)ref;
    cs_buf_cstr(b, "! ");
    cs_buf_cstr(b, cs_err_detail(err));
}

static void drain(struct cs_buf *b, int retry_ms)
{
    (void)b;
    (void)retry_ms;
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
    .welcome = welcome,
    .joined = joined,
    .left = left,
    .ack = ack,
    .error = error,
    .drain = drain,
    .event = event,
};
