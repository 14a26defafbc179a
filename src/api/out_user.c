/* out_user.c - see out_user.h. */
#include "out_user.h"

void out_user_fields(struct cs_jw *w, const struct store_user *u)
{
    cs_jw_kv_uuid(w, "id", &u->id);
    cs_jw_kv_str(w, "username", u->username);
    cs_jw_kv_str_opt(w, "email", u->email);
    cs_jw_kv_str_opt(w, "full_name", u->full_name);
    cs_jw_kv_str_opt(w, "bio", u->bio);
    cs_jw_kv_str(w, "role", u->role);
    cs_jw_kv_raw(w, "roles", u->roles);
    cs_jw_kv_bool(w, "is_active", u->active);
    cs_jw_kv_bool(w, "is_superuser", cs_str_is(u->role, "ADMIN"));
    cs_jw_kv_pg_time(w, "last_seen", u->last_seen);
    cs_jw_kv_pg_time(w, "created_at", u->created_at);
    cs_jw_kv_pg_time(w, "updated_at", u->updated_at);
}

void out_user(struct cs_jw *w, const struct store_user *u)
{
    cs_jw_obj_begin(w);
    out_user_fields(w, u);
    cs_jw_obj_end(w);
}

void out_profile(struct cs_jw *w, const struct store_user *u)
{
    cs_jw_kv_obj_begin(w, "user");
    cs_jw_kv_uuid(w, "id", &u->id);
    cs_jw_kv_str(w, "username", u->username);
    cs_jw_kv_str(w, "role", u->role);
    cs_jw_kv_str_opt(w, "fullName", u->full_name);
    cs_jw_kv_str_opt(w, "bio", u->bio);
    cs_jw_kv_str_opt(w, "email", u->email);
    cs_jw_obj_end(w);
}
