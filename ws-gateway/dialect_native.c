/* dialect_native.c - ChatSphere's own protocol, subprotocol chatsphere.v1: objects in, arrays of
 * events out (contract, "Native"). Every frame in is one operation of the table in op.c. */
#include "cs_json.h"
#include "cs_jsonw.h"
#include "cs_wire.h"
#include "dialect.h"
#include "op.h"

/* --- decoding --------------------------------------------------------------------------------- */

struct head {
    struct cs_str type, text_ref;
    struct cs_opt_int int_ref;
};

static const struct cs_field type_fields[] = {
    CS_FIELD_TEXT(struct head, type, "type", CS_F_REQUIRED, 1, 40),
};
static const struct cs_field text_ref_fields[] = {
    CS_FIELD_TEXT(struct head, text_ref, "ref", 0, 1, CONN_REF_MAX / 2),
};
static const struct cs_field int_ref_fields[] = {
    CS_FIELD_INT(struct head, int_ref, "ref", 0, 0, INT64_MAX),
};

/* A ref is a string or an integer and comes back as it was: it is kept as its JSON text. */
static enum cs_rc bind_ref(struct cs_json *obj, char ref[CONN_REF_MAX * 6], struct cs_err *err)
{
    struct head h = {.type = {NULL, 0}};
    struct cs_buf b;

    ref[0] = '\0';
    cs_buf_init(&b, CONN_REF_MAX * 6 - 1);
    struct cs_jw w = cs_jw_on(&b);
    if (cs_json_bind(text_ref_fields, 1, obj, &h, err) == CS_OK) {
        if (h.text_ref.p)
            cs_jw_str(&w, h.text_ref);
    } else if (cs_json_bind(int_ref_fields, 1, obj, &h, err) == CS_OK) {
        cs_jw_i64(&w, h.int_ref.v);
    } else {
        cs_buf_release(&b);
        return cs_fail_field(err, "ref", "must be a text of at most %d characters or an integer",
                             CONN_REF_MAX / 2);
    }
    (void)snprintf(ref, CONN_REF_MAX * 6, "%s", cs_buf_cview(&b));
    cs_buf_release(&b);
    return CS_OK;
}

static enum cs_rc decode(struct conn *c, struct cs_str text, const struct op_row **row,
                         struct op_in *in, char *ref, struct cs_err *err)
{
    struct head head = {.type = {NULL, 0}};
    struct cs_json *obj;
    enum cs_rc rc = cs_json_parse(&c->gw->arena, text, &obj, err);

    if (rc == CS_OK)
        rc = bind_ref(obj, ref, err);
    if (rc == CS_OK)
        rc = cs_json_bind(type_fields, 1, obj, &head, err);
    if (rc != CS_OK)
        return rc;
    *row = op_find(head.type);
    if (!*row)
        return cs_fail(err, CS_E_UNKNOWN_TYPE);
    return cs_json_bind((*row)->fields, (*row)->nfields, obj, in, err);
}

static void frame(struct conn *c, struct cs_str text)
{
    char ref[CONN_REF_MAX * 6] = "";
    struct op_in in = {.ref = ref};
    const struct op_row *row = NULL;
    struct cs_err err;

    if (decode(c, text, &row, &in, ref, &err) == CS_OK)
        op_run(c, row, &in);
    else
        op_refuse(c, row, ref, &err);
}

/* --- encoding --------------------------------------------------------------------------------- */

static struct cs_jw begin(struct cs_buf *b, const char *type)
{
    struct cs_jw w = cs_jw_on(b);

    cs_jw_obj_begin(&w);
    cs_jw_kv_cstr(&w, "type", type);
    return w;
}

static void put_ref(struct cs_jw *w, const char *ref)
{
    if (ref[0])
        cs_jw_kv_raw(w, "ref", cs_str_c(ref));
}

static void put_user_log(struct cs_jw *w, const struct conn_user_log *log)
{
    cs_jw_kv_u64(w, "userSeq", log->last);
    cs_jw_kv_bool(w, "userRecovered", log->recovered);
}

static void welcome(struct cs_buf *b, const struct conn *c)
{
    const struct cs_cfg *cfg = &c->gw->cfg;
    struct cs_jw w = begin(b, "welcome");

    cs_jw_kv_uuid(&w, "userId", &c->hub.user);
    cs_jw_kv_cstr(&w, "username", c->username);
    cs_jw_kv_uuid(&w, "sessionId", &c->cred_id);
    cs_jw_kv_cstr(&w, "epoch", c->gw->epoch[0] ? c->gw->epoch : NULL);
    if (c->person)
        put_user_log(&w, &c->user_log);
    cs_jw_kv_i64(&w, "heartbeatMs", cfg->ping_ms);
    cs_jw_kv_obj_begin(&w, "limits");
    cs_jw_kv_i64(&w, "frameBytes", WS_FRAME_MAX);
    cs_jw_kv_i64(&w, "framesPerMinute", cfg->frames_per_min);
    cs_jw_kv_i64(&w, "messagesPerMinute", cfg->messages_per_min);
    cs_jw_kv_i64(&w, "rooms", cfg->rooms_per_socket);
    cs_jw_obj_end(&w);
    cs_jw_obj_end(&w);
}

static void joined(struct cs_buf *b, const struct dialect_joined *j)
{
    struct cs_jw w = begin(b, "joined");

    cs_jw_kv_uuid(&w, "roomId", &j->room);
    cs_jw_kv_cstr(&w, "epoch", j->epoch);
    cs_jw_kv_u64(&w, "lastSeq", j->last_seq);
    cs_jw_kv_bool(&w, "recovered", j->recovered);
    cs_jw_kv_i64(&w, "members", j->members);
    cs_jw_kv_u64(&w, "readSeq", j->read_seq);
    cs_jw_obj_end(&w);
}

/* The member_left of the log has said it already; what is left to say is that nothing more
 * comes. */
static void left(struct cs_buf *b, const struct cs_uuid *room)
{
    struct cs_jw w = begin(b, "left");

    cs_jw_kv_uuid(&w, "roomId", room);
    cs_jw_obj_end(&w);
}

static void ack(struct cs_buf *b, const struct dialect_ack *a)
{
    if (!a->ref[0])
        return;
    struct cs_jw w = begin(b, "ack");
    put_ref(&w, a->ref);
    if (a->message) {
        cs_jw_kv_uuid(&w, "id", &a->id);
        cs_jw_kv_u64(&w, "seq", a->seq);
        cs_jw_kv_pg_time(&w, "createdAt", a->created_at);
        cs_jw_kv_bool(&w, "duplicate", a->duplicate);
    } else if (a->seq) {
        cs_jw_kv_u64(&w, "seq", a->seq);
    }
    if (a->user_log)
        put_user_log(&w, a->user_log);
    if (a->every) {
        cs_jw_kv_i64(&w, "joined", a->every->joined);
        cs_jw_kv_i64(&w, "listed", a->every->listed);
        cs_jw_kv_bool(&w, "more", a->every->more);
    }
    cs_jw_obj_end(&w);
}

static void page(struct cs_buf *b, const struct dialect_page *p)
{
    struct cs_jw w = begin(b, "ack");

    put_ref(&w, p->ref);
    cs_jw_kv_uuid(&w, "roomId", &p->room);
    cs_jw_kv_cstr(&w, "epoch", p->epoch);
    cs_jw_kv_u64(&w, "seq", p->seq);
    cs_jw_kv_bool(&w, "hasMore", p->more);
    cs_jw_kv_arr_begin(&w, "messages");
    for (size_t i = 0; i < p->n; i++)
        cs_wire_message(&w, &p->messages[i]);
    cs_jw_arr_end(&w);
    cs_jw_obj_end(&w);
}

static void error(struct cs_buf *b, const char *ref, const struct cs_err *err)
{
    const struct cs_err_row *row = cs_err_row(err->rc);
    struct cs_jw w = begin(b, "error");

    put_ref(&w, ref);
    cs_jw_kv_cstr(&w, "code", row->code);
    cs_jw_kv_cstr(&w, "detail", cs_err_detail(err));
    if (err->field[0])
        cs_jw_kv_cstr(&w, "field", err->field);
    if (row->retryable)
        cs_jw_kv_bool(&w, "retryable", true);
    if (err->retry_after_ms)
        cs_jw_kv_i64(&w, "retryAfterMs", err->retry_after_ms);
    cs_jw_obj_end(&w);
}

static void drain(struct cs_buf *b, int retry_ms)
{
    struct cs_jw w = begin(b, "drain");

    cs_jw_kv_i64(&w, "retryAfterMs", retry_ms);
    cs_jw_obj_end(&w);
}

static void event(struct cs_buf *b, const struct gw_event *e)
{
    cs_buf_str(b, e->json);
}

static void put_read(struct cs_buf *b, const struct cs_bus_read *read)
{
    struct cs_jw w = begin(b, "read");

    cs_jw_kv_uuid(&w, "roomId", &read->room);
    cs_jw_kv_uuid(&w, "userId", &read->user);
    cs_jw_kv_u64(&w, "readSeq", read->seq);
    cs_jw_obj_end(&w);
}

/* The event's own fields stand beside its number. */
static void user_event(struct cs_buf *b, const struct conn *c, const struct store_user_event *e)
{
    struct cs_jw w = cs_jw_on(b);

    (void)c;
    cs_jw_obj_begin(&w);
    cs_jw_kv_str(&w, "type", e->kind);
    cs_jw_kv_u64(&w, "useq", e->useq);
    if (e->data.len > 2) { /* more than {} */
        cs_buf_putc(b, ',');
        cs_buf_str(b, cs_str_n(e->data.p + 1, e->data.len - 2));
    }
    cs_jw_obj_end(&w);
}

static void revoked(struct cs_buf *b, const struct conn *c)
{
    struct cs_jw w = begin(b, "session_revoked");

    cs_jw_kv_uuid(&w, "sessionId", &c->cred_id);
    cs_jw_obj_end(&w);
}

static void activity(struct cs_buf *b, const struct cs_uuid *room, uint64_t last_seq)
{
    struct cs_jw w = begin(b, "activity");

    cs_jw_kv_uuid(&w, "roomId", room);
    cs_jw_kv_u64(&w, "lastSeq", last_seq);
    cs_jw_obj_end(&w);
}

static void put_typing(struct cs_buf *b, const struct cs_bus_typing *typing, struct cs_str username)
{
    struct cs_jw w = begin(b, "typing");

    cs_jw_kv_uuid(&w, "roomId", &typing->room);
    cs_jw_kv_uuid(&w, "userId", &typing->user);
    cs_jw_kv_str(&w, "username", username);
    cs_jw_obj_end(&w);
}

static void put_presence(struct cs_buf *b, const struct cs_uuid *user, const char *status)
{
    struct cs_jw w = begin(b, "presence");

    cs_jw_kv_uuid(&w, "userId", user);
    cs_jw_kv_cstr(&w, "status", status);
    cs_jw_obj_end(&w);
}

const struct dialect dialect_native = {
    .name = "native",
    .subprotocol = "chatsphere.v1",
    .array = true,
    .auth_in_band = true,
    .frame = frame,
    .welcome = welcome,
    .joined = joined,
    .left = left,
    .ack = ack,
    .page = page,
    .error = error,
    .drain = drain,
    .event = event,
    .user_event = user_event,
    .revoked = revoked,
    .activity = activity,
    .read = put_read,
    .typing = put_typing,
    .presence = put_presence,
};
