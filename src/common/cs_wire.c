/* cs_wire.c - see cs_wire.h. */
#include "cs_wire.h"

static const struct cs_uuid *unless_nil(const struct cs_uuid *id)
{
    return cs_uuid_is_nil(id) ? NULL : id;
}

static void put_user(struct cs_jw *w, const struct cs_uuid *id, struct cs_str username)
{
    cs_jw_kv_obj_begin(w, "user");
    cs_jw_kv_uuid(w, "id", id);
    cs_jw_kv_str_opt(w, "username", username);
    cs_jw_obj_end(w);
}

/* updatedAt: when it was last edited or deleted, else when it was sent. */
static struct cs_str updated_at(const struct cs_message *m)
{
    if (m->deleted_at.p)
        return m->deleted_at;
    return m->edited_at.p ? m->edited_at : m->created_at;
}

static void put_message_fields(struct cs_jw *w, const struct cs_message *m)
{
    cs_jw_kv_uuid(w, "id", &m->id);
    cs_jw_kv_u64(w, "seq", m->seq);
    cs_jw_kv_u64(w, "rev", m->rev);
    cs_jw_kv_uuid(w, "roomId", &m->room_id);
    cs_jw_kv_uuid(w, "userId", &m->sender_id);
    cs_jw_kv_str(w, "content", m->content);
    cs_jw_kv_str(w, "kind", m->kind);
    cs_jw_kv_raw(w, "meta", m->meta);
    cs_jw_kv_pg_time(w, "createdAt", m->created_at);
    cs_jw_kv_pg_time(w, "updatedAt", updated_at(m));
    cs_jw_kv_pg_time(w, "editedAt", m->edited_at);
    cs_jw_kv_pg_time(w, "deletedAt", m->deleted_at);
    cs_jw_kv_uuid(w, "parentId", unless_nil(&m->parent_id));
    cs_jw_kv_i64(w, "replyCount", m->reply_count);
    cs_jw_kv_str(w, "clientId", m->client_id);
    cs_jw_kv_raw(w, "reactions", m->reactions.p ? m->reactions : CS_LIT("{}"));
    put_user(w, &m->sender_id, m->sender_name);
}

void cs_wire_message(struct cs_jw *w, const struct cs_message *m)
{
    cs_jw_obj_begin(w);
    put_message_fields(w, m);
    cs_jw_obj_end(w);
}

void cs_wire_found(struct cs_jw *w, const struct cs_message *m, struct cs_str snippet)
{
    cs_jw_obj_begin(w);
    put_message_fields(w, m);
    cs_jw_kv_str(w, "snippet", snippet);
    cs_jw_obj_end(w);
}

/* The message that an event is about; or only which one that is. */
static void put_target(struct cs_jw *w, const struct cs_event *e)
{
    if (e->msg.seq) {
        cs_jw_key(w, "message");
        cs_wire_message(w, &e->msg);
    } else {
        cs_jw_kv_uuid(w, "messageId", unless_nil(&e->msg.id));
        cs_jw_kv_u64(w, "targetSeq", e->target_seq);
    }
}

void cs_wire_event(struct cs_jw *w, const struct cs_event *e)
{
    bool is_message = cs_str_is(e->kind, "new_message");

    cs_jw_obj_begin(w);
    cs_jw_kv_str(w, "type", e->kind);
    cs_jw_kv_uuid(w, "roomId", &e->room_id);
    cs_jw_kv_u64(w, "seq", e->seq);
    if (!is_message) {
        cs_jw_kv_uuid(w, "actorId", unless_nil(&e->actor_id));
        cs_jw_kv_pg_time(w, "createdAt", e->created_at);
        cs_jw_kv_raw(w, "data", e->data);
    }
    if (!cs_uuid_is_nil(&e->subject_id))
        put_user(w, &e->subject_id, e->subject_name);
    if (is_message || e->target_seq)
        put_target(w, e);
    cs_jw_obj_end(w);
}

void cs_wire_problem(struct cs_jw *w, const struct cs_err *err)
{
    const struct cs_err_row *row = cs_err_row(err->rc);

    cs_jw_obj_begin(w);
    cs_jw_kv_cstr(w, "type", "about:blank");
    cs_jw_kv_cstr(w, "title", cs_err_reason(row->http));
    cs_jw_kv_i64(w, "status", row->http);
    cs_jw_kv_cstr(w, "code", row->code);
    cs_jw_kv_cstr(w, "detail", cs_err_detail(err));
    cs_jw_kv_cstr(w, "error", cs_err_detail(err)); /* where clients of document 001 look */
    if (err->field[0])
        cs_jw_kv_cstr(w, "field", err->field);
    cs_jw_obj_end(w);
}
