/* dialect_sphere.c - the dialect of document 001: rooms are joined by name of a frame, the newest
 * messages come first and then what happens. Frames are flat objects with a `type`.
 *
 * Its clients are of two kinds: those that say `join` get messages within a `message`, those that
 * say `join_room` get them flat. Each kind is a row of its own, so that a span of events is encoded
 * once for all of a kind; the name of the last join decides.
 */
#include "cs_json.h"
#include "cs_jsonw.h"
#include "cs_wire.h"
#include "dialect.h"
#include "op.h"
#include "reshape.h"

/* --- decoding --------------------------------------------------------------------------------- */

struct head {
    struct cs_str type;
};

static const struct cs_field type_fields[] = {
    CS_FIELD_TEXT(struct head, type, "type", CS_F_REQUIRED, 1, 40),
};
static const struct cs_field room_fields[] = {
    CS_FIELD_UUID(struct op_in, room, "roomId", CS_F_REQUIRED),
};
static const struct cs_field message_fields[] = {
    CS_FIELD_UUID(struct op_in, room, "roomId", CS_F_REQUIRED),
    CS_FIELD_TEXT(struct op_in, content, "content", CS_F_REQUIRED, 1, OP_CONTENT_MAX),
    CS_FIELD_TEXT(struct op_in, client_id, "clientId", 0, 1, OP_CLIENT_ID_MAX),
    CS_FIELD_UUID(struct op_in, parent, "parentId", 0),
};
/* For whom an application speaks, as over REST; of a person it is ignored, whatever it is. */
static const struct cs_field sender_fields[] = {
    CS_FIELD_UUID(struct op_in, sender, "userId", 0),
};

#define FIELDS(f) f, sizeof f / sizeof *f

static const struct name {
    const char *type, *op;
    const struct cs_field *fields;
    size_t nfields;
    const struct dialect *kind; /* that it makes of the client; NULL: none */
} names[] = {
    {"join", "join", FIELDS(room_fields), &dialect_sphere},
    {"join_room", "join", FIELDS(room_fields), &dialect_sphere_flat},
    {"message", "message", FIELDS(message_fields), NULL},
    {"new_message", "message", FIELDS(message_fields), NULL},
    {"leave", "leave", FIELDS(room_fields), NULL},
    {"leave_room", "leave", FIELDS(room_fields), NULL},
};

static const struct name *find(struct cs_str type)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (cs_str_is(type, names[i].type))
            return &names[i];
    return NULL;
}

/* A join brings the newest messages. */
static const struct op_row *row_of(const struct name *name)
{
    return !name ? NULL : name->kind ? &op_paged_row : op_find(cs_str_c(name->op));
}

static enum cs_rc decode(struct conn *c, struct cs_str text, const struct name **name,
                         struct op_in *in, struct cs_err *err)
{
    struct head head = {.type = {NULL, 0}};
    struct cs_json *obj;
    enum cs_rc rc = cs_json_parse(&c->gw->arena, text, &obj, err);

    if (rc == CS_OK)
        rc = cs_json_bind(type_fields, 1, obj, &head, err);
    if (rc != CS_OK)
        return rc;
    *name = find(head.type);
    if (!*name)
        return cs_fail(err, CS_E_UNKNOWN_TYPE);
    rc = cs_json_bind((*name)->fields, (*name)->nfields, obj, in, err);
    return rc == CS_OK && !c->person ? cs_json_bind(sender_fields, 1, obj, in, err) : rc;
}

static void frame(struct conn *c, struct cs_str text)
{
    struct op_in in = {.ref = ""};
    const struct name *name = NULL;
    struct cs_err err;

    if (decode(c, text, &name, &in, &err) != CS_OK) {
        op_refuse(c, row_of(name), "", &err);
        return;
    }
    if (name->kind)
        conn_decide(c, name->kind);
    op_run(c, row_of(name), &in);
}

static bool claims(const struct dialect_first *first)
{
    return first->has_type && !first->has_payload;
}

/* --- encoding --------------------------------------------------------------------------------- */

static const struct reshape_row flat_rows[] = {
    {"id", "id", NULL},
    {"content", "content", NULL},
    {"userId", "userId", NULL},
    {"username", "username", "user"},
    {"roomId", "roomId", NULL},
    {"createdAt", "createdAt", NULL},
    {"updatedAt", "updatedAt", NULL},
};

static struct cs_jw begin(struct cs_buf *b, const char *type)
{
    struct cs_jw w = cs_jw_on(b);

    cs_jw_obj_begin(&w);
    cs_jw_kv_cstr(&w, "type", type);
    return w;
}

static void joined(struct cs_buf *b, const struct dialect_joined *j)
{
    struct cs_jw w = begin(b, "join_confirmation");

    cs_jw_kv_uuid(&w, "roomId", &j->room);
    cs_jw_obj_end(&w);
}

static void error(struct cs_buf *b, const char *ref, const struct cs_err *err)
{
    struct cs_jw w = begin(b, "error");

    (void)ref;
    cs_jw_kv_cstr(&w, "message", cs_err_detail(err));
    cs_jw_obj_end(&w);
}

static void history(struct cs_buf *b, const struct cs_message *messages, size_t n)
{
    struct cs_jw w = begin(b, "previous_messages");

    cs_jw_kv_arr_begin(&w, "messages");
    for (size_t i = 0; i < n; i++)
        if (!messages[i].deleted_at.p)
            cs_wire_message(&w, &messages[i]);
    cs_jw_arr_end(&w);
    cs_jw_obj_end(&w);
}

static void put_flat(struct cs_jw *w, struct cs_str message)
{
    reshape_fields(w, message, flat_rows, sizeof flat_rows / sizeof *flat_rows);
}

static void history_flat(struct cs_buf *b, const struct cs_message *messages, size_t n)
{
    struct cs_jw w = begin(b, "message_history");
    struct cs_buf one;

    cs_buf_init(&one, GW_EVENT_MAX_BYTES);
    cs_jw_kv_arr_begin(&w, "messages");
    for (size_t i = 0; i < n; i++) {
        if (messages[i].deleted_at.p)
            continue;
        cs_buf_clear(&one);
        struct cs_jw whole = cs_jw_on(&one);
        cs_wire_message(&whole, &messages[i]);
        cs_jw_obj_begin(&w);
        put_flat(&w, cs_buf_view(&one));
        cs_jw_obj_end(&w);
    }
    b->failed = b->failed || one.failed;
    cs_jw_arr_end(&w);
    cs_jw_obj_end(&w);
    cs_buf_release(&one);
}

static void event(struct cs_buf *b, const struct gw_event *e)
{
    struct cs_str message = gw_event_message(e);

    if (!message.p)
        return;
    struct cs_jw w = begin(b, "new_message");
    cs_jw_kv_raw(&w, "message", message);
    cs_jw_obj_end(&w);
}

static void event_flat(struct cs_buf *b, const struct gw_event *e)
{
    struct cs_str message = gw_event_message(e);

    if (!message.p)
        return;
    struct cs_jw w = begin(b, "new_message");
    put_flat(&w, message);
    cs_jw_obj_end(&w);
}

const struct dialect dialect_sphere = {
    .name = "sphere",
    .claims = claims,
    .frame = frame,
    .joined = joined,
    .history = history,
    .error = error,
    .event = event,
};

const struct dialect dialect_sphere_flat = {
    .name = "sphere_flat",
    .frame = frame,
    .joined = joined,
    .history = history_flat,
    .error = error,
    .event = event_flat,
};
