/* out_session.c - see out_session.h. */
#include "out_session.h"

void out_session(struct cs_jw *w, const struct store_session *s)
{
    cs_jw_obj_begin(w);
    cs_jw_kv_uuid(w, "id", &s->id);
    cs_jw_kv_uuid(w, "user_id", &s->user_id);
    cs_jw_kv_str_opt(w, "device_info", s->device);
    cs_jw_kv_str_opt(w, "ip_address", s->ip);
    cs_jw_kv_pg_time(w, "created_at", s->created_at);
    cs_jw_kv_pg_time(w, "last_used_at", s->last_used_at);
    cs_jw_kv_pg_time(w, "expires_at", s->expires_at);
    cs_jw_kv_bool(w, "is_active", true);
    cs_jw_kv_bool(w, "current", s->current);
    cs_jw_obj_end(w);
}
