/* out_token.c - see out_token.h. */
#include "out_token.h"

#include "cs_rights.h"

void out_token_owner(struct cs_jw *w, const struct cs_uuid *id, struct cs_str username,
                     struct cs_str role)
{
    cs_jw_kv_obj_begin(w, "user");
    cs_jw_kv_uuid(w, "id", id);
    cs_jw_kv_str(w, "username", username);
    cs_jw_kv_str(w, "role", role);
    cs_jw_obj_end(w);
}

void out_token(struct cs_jw *w, const struct store_token *t, bool current)
{
    cs_jw_obj_begin(w);
    cs_jw_kv_uuid(w, "id", &t->id);
    cs_jw_kv_str(w, "type", t->type);
    cs_jw_kv_uuid(w, "userId", &t->user);
    cs_jw_kv_str(w, "username", t->username);
    cs_jw_kv_str_opt(w, "name", t->name);
    cs_jw_kv_str(w, "prefix", t->prefix);
    cs_jw_key(w, "permissions");
    cs_rights_put(w, t->permissions);
    cs_jw_kv_pg_time(w, "createdAt", t->created_at);
    cs_jw_kv_pg_time(w, "expiresAt", t->expires_at);
    cs_jw_kv_pg_time(w, "lastUsedAt", t->last_used_at);
    cs_jw_kv_bool(w, "revoked", t->revoked);
    cs_jw_kv_bool(w, "current", current);
    cs_jw_obj_end(w);
}
