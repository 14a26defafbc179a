/* out_room.c - see out_room.h. */
#include "out_room.h"

#include "cs_wire.h"

/* `users` and `members` are two documents' names for one number. */
static void put_count(struct cs_jw *w, const struct store_room *room)
{
    cs_jw_kv_obj_begin(w, "_count");
    cs_jw_kv_i64(w, "messages", room->messages);
    cs_jw_kv_i64(w, "users", room->members);
    cs_jw_kv_i64(w, "members", room->members);
    cs_jw_obj_end(w);
}

void out_room_fields(struct cs_jw *w, const struct store_room *room, bool readable)
{
    cs_jw_kv_uuid(w, "id", &room->id);
    cs_jw_kv_str_opt(w, "name", room->name);
    cs_jw_kv_str_opt(w, "description", room->description);
    cs_jw_kv_str(w, "kind", room->access.kind);
    cs_jw_kv_bool(w, "isPrivate", room->access.is_private);
    cs_jw_kv_pg_time(w, "createdAt", room->created_at);
    cs_jw_kv_pg_time(w, "updatedAt", room->updated_at);
    cs_jw_kv_bool(w, "archived", room->is_archived);
    cs_jw_kv_i64(w, "slowModeSeconds", room->slow_mode_s);
    cs_jw_kv_str(w, "historyVisibility", room->history);
    /* a row stays behind who has left */
    bool is_member = cs_str_is(room->access.state, "member");
    cs_jw_kv_str_opt(w, "role", is_member ? room->role : cs_str_n(NULL, 0));
    cs_jw_kv_pg_time(w, "mutedUntil", room->muted_until);
    cs_jw_kv_i64(w, "lastSeq", room->last_seq);
    cs_jw_key(w, "lastMessage");
    if (readable && !cs_uuid_is_nil(&room->last.id))
        cs_wire_message(w, &room->last);
    else
        cs_jw_null(w);
    cs_jw_key(w, "readSeq");
    if (room->has_read)
        cs_jw_i64(w, room->read_seq);
    else
        cs_jw_null(w);
    cs_jw_kv_i64(w, "unread", room->unread);
    cs_jw_kv_i64(w, "mentions", room->mentions);
    put_count(w, room);
}

void out_room(struct cs_jw *w, const struct store_room *room, bool readable)
{
    cs_jw_obj_begin(w);
    out_room_fields(w, room, readable);
    cs_jw_obj_end(w);
}

void out_member(struct cs_jw *w, const struct store_member *m)
{
    cs_jw_obj_begin(w);
    cs_jw_kv_uuid(w, "id", &m->id);
    cs_jw_kv_str(w, "username", m->username);
    cs_jw_kv_str(w, "role", m->role);
    cs_jw_kv_pg_time(w, "joinedAt", m->joined_at);
    cs_jw_kv_pg_time(w, "mutedUntil", m->muted_until);
    cs_jw_obj_end(w);
}
