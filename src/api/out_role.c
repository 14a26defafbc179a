/* out_role.c - see out_role.h. */
#include "out_role.h"

#include "cs_rights.h"

void out_role(struct cs_jw *w, const struct store_role *role)
{
    cs_jw_obj_begin(w);
    cs_jw_kv_uuid(w, "id", &role->id);
    cs_jw_kv_str(w, "name", role->name);
    cs_jw_kv_str_opt(w, "description", role->description);
    cs_jw_key(w, "permissions");
    cs_rights_put(w, role->permissions);
    cs_jw_kv_bool(w, "built_in", role->built_in);
    cs_jw_kv_pg_time(w, "created_at", role->created_at);
    cs_jw_kv_pg_time(w, "updated_at", role->updated_at);
    cs_jw_obj_end(w);
}

void out_roles(struct cs_jw *w, const struct cs_rows *rows)
{
    struct store_role role;

    cs_jw_arr_begin(w);
    for (int i = 0; i < cs_rows_count(rows); i++) {
        store_role_read(rows, i, &role);
        out_role(w, &role);
    }
    cs_jw_arr_end(w);
}
