/* dialect_envelope.c - the dialect of document 004, subprotocol nexus.v1: objects {type, payload} in
 * both directions, and all conversations of a user from the connection on.
 *
 * Conversations are rooms of two people and groups; channels do not exist here.
 */
#include "cs_json.h"
#include "cs_jsonw.h"
#include "dialect.h"
#include "op.h"
#include "reshape.h"

/* --- decoding --------------------------------------------------------------------------------- */

struct head {
    struct cs_str type;
    struct cs_json *payload;
};

static const struct cs_field head_fields[] = {
    CS_FIELD_TEXT(struct head, type, "type", CS_F_REQUIRED, 1, 40),
    CS_FIELD_OBJECT(struct head, payload, "payload", CS_F_REQUIRED),
};
static const struct cs_field send_fields[] = {
    CS_FIELD_UUID(struct op_in, room, "conversation_id", CS_F_REQUIRED),
    CS_FIELD_TEXT(struct op_in, content, "content", CS_F_REQUIRED, 1, OP_CONTENT_MAX),
    CS_FIELD_TEXT(struct op_in, client_id, "client_id", 0, 1, OP_CLIENT_ID_MAX),
};

static const struct op_row send_row = {
    "message", OP_NEEDS_USER, send_fields, sizeof send_fields / sizeof *send_fields,
    op_message_joined, ""};

static enum cs_rc decode(struct conn *c, struct cs_str text, struct op_in *in, struct cs_err *err)
{
    struct head head = {.payload = NULL};
    struct cs_json *obj;
    enum cs_rc rc = cs_json_parse(&c->gw->arena, text, &obj, err);

    if (rc == CS_OK)
        rc = cs_json_bind(head_fields, sizeof head_fields / sizeof *head_fields, obj, &head, err);
    if (rc != CS_OK)
        return rc;
    if (!cs_str_is(head.type, "send_message"))
        return cs_fail(err, CS_E_UNKNOWN_TYPE);
    return cs_json_bind(send_row.fields, send_row.nfields, head.payload, in, err);
}

static void frame(struct conn *c, struct cs_str text)
{
    struct op_in in = {.ref = "", .frame = text};
    struct cs_err err;

    if (decode(c, text, &in, &err) == CS_OK)
        op_run(c, &send_row, &in);
    else
        op_refuse(c, &send_row, "", &err);
}

static bool claims(const struct dialect_first *first)
{
    return first->has_type && first->has_payload;
}

/* --- encoding --------------------------------------------------------------------------------- */

static struct cs_jw begin(struct cs_buf *b, const char *type)
{
    struct cs_jw w = cs_jw_on(b);

    cs_jw_obj_begin(&w);
    cs_jw_kv_cstr(&w, "type", type);
    cs_jw_kv_obj_begin(&w, "payload");
    return w;
}

static void end(struct cs_jw *w)
{
    cs_jw_obj_end(w);
    cs_jw_obj_end(w);
}

/* That document's four codes, by the class of status that an error has over HTTP. What is hidden is
 * answered like what is forbidden. */
static const char *code_of(const struct cs_err *err)
{
    switch (cs_err_row(err->rc)->http) {
    case 401:
    case 403:
    case 404:
        return "unauthorized";
    case 429:
        return "rate_limited";
    default:
        return cs_err_row(err->rc)->http < 500 ? "invalid_payload" : "server_error";
    }
}

static void error(struct cs_buf *b, const char *ref, const struct cs_err *err)
{
    struct cs_jw w = begin(b, "error");

    (void)ref;
    cs_jw_kv_cstr(&w, "code", code_of(err));
    cs_jw_kv_cstr(&w, "message", cs_err_detail(err));
    end(&w);
}

static const struct reshape_row delivered_rows[] = {
    {"message_id", "id", NULL},
    {"conversation_id", "roomId", NULL},
    {"sender_id", "userId", NULL},
    {"content", "content", NULL},
    {"sent_at", "createdAt", NULL},
};

/* Whose sender gave no client id has the message's own (op_message.c). */
static void put_client_id(struct cs_jw *w, struct cs_str message)
{
    struct cs_str id = reshape_find(message, "id"), client_id = reshape_find(message, "clientId");

    if (!cs_str_eq(id, client_id))
        cs_jw_kv_raw(w, "client_id", client_id);
}

static void event(struct cs_buf *b, const struct gw_event *e)
{
    struct cs_str message = gw_event_message(e);

    if (!message.p)
        return;
    struct cs_jw w = begin(b, "message_delivered");
    reshape_fields(&w, message, delivered_rows, sizeof delivered_rows / sizeof *delivered_rows);
    put_client_id(&w, message);
    end(&w);
}

const struct dialect dialect_envelope = {
    .name = "envelope",
    .subprotocol = "nexus.v1",
    .claims = claims,
    .in_conversations = true,
    .frame = frame,
    .error = error,
    .event = event,
};
