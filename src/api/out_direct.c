/* out_direct.c - see out_direct.h. */
#include "out_direct.h"

static const struct cs_uuid *unless_nil(const struct cs_uuid *id)
{
    return cs_uuid_is_nil(id) ? NULL : id;
}

void out_direct(struct cs_jw *w, const struct store_direct *m)
{
    cs_jw_obj_begin(w);
    cs_jw_kv_uuid(w, "id", &m->id);
    cs_jw_kv_uuid(w, "sender_id", &m->sender);
    cs_jw_kv_uuid(w, "recipient_id", &m->recipient);
    cs_jw_kv_str(w, "content", m->content);
    cs_jw_kv_bool(w, "is_read", m->is_read);
    cs_jw_kv_uuid(w, "parent_id", unless_nil(&m->parent));
    cs_jw_kv_uuid(w, "conversation_id", &m->room);
    cs_jw_kv_pg_time(w, "created_at", m->created_at);
    cs_jw_kv_pg_time(w, "updated_at", m->edited_at.p ? m->edited_at : m->created_at);
    cs_jw_obj_end(w);
}

void out_pair(struct cs_jw *w, const struct store_pair *p)
{
    cs_jw_obj_begin(w);
    cs_jw_kv_uuid(w, "conversation_id", &p->id);
    cs_jw_kv_uuid(w, "other_user_id", &p->other);
    cs_jw_kv_str_opt(w, "other_user_name", p->other_name);
    cs_jw_kv_str_opt(w, "last_message", p->last);
    cs_jw_kv_pg_time(w, "last_message_at", p->last_at);
    cs_jw_kv_i64(w, "unread_count", p->unread);
    cs_jw_obj_end(w);
}

static void begin_conversation(struct cs_jw *w, const struct store_conversation *c)
{
    cs_jw_obj_begin(w);
    cs_jw_kv_uuid(w, "conversation_id", &c->id);
    cs_jw_kv_str(w, "type", c->kind);
    cs_jw_kv_str_opt(w, "name", c->name);
    cs_jw_kv_uuid(w, "created_by", unless_nil(&c->created_by));
    cs_jw_kv_pg_time(w, "created_at", c->created_at);
    cs_jw_kv_arr_begin(w, "members");
}

static void end_conversation(struct cs_jw *w)
{
    cs_jw_arr_end(w);
    cs_jw_obj_end(w);
}

static void put_member(struct cs_jw *w, const struct store_conversation *c)
{
    cs_jw_obj_begin(w);
    cs_jw_kv_uuid(w, "user_id", &c->member);
    cs_jw_kv_str(w, "username", c->username);
    cs_jw_kv_pg_time(w, "joined_at", c->joined_at);
    cs_jw_obj_end(w);
}

void out_conversations(struct cs_jw *w, const struct cs_rows *rows)
{
    struct store_conversation c;
    struct cs_uuid open = {{0}};

    cs_jw_arr_begin(w);
    for (int i = 0; i < cs_rows_count(rows); i++) {
        store_conversation_read(rows, i, &c);
        if (!cs_uuid_eq(&c.id, &open)) {
            if (i > 0)
                end_conversation(w);
            begin_conversation(w, &c);
            open = c.id;
        }
        put_member(w, &c);
    }
    if (cs_rows_count(rows) > 0)
        end_conversation(w);
    cs_jw_arr_end(w);
}
