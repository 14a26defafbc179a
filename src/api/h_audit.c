/* h_audit.c - what was done, by whom and to whom: the audit log. */
#include "handlers.h"
#include "req.h"
#include "store_audit.h"

enum { AUDIT_DEFAULT = 50 };

struct audit_in {
    struct cs_opt_int limit, before;
    struct cs_str action;
    struct cs_opt_uuid user;
};

static const struct cs_field audit_fields[] = {
    CS_FIELD_INT(struct audit_in, limit, "limit", 0, 1, STORE_AUDIT_MAX),
    CS_FIELD_INT(struct audit_in, before, "before", 0, 1, INT64_MAX),
    CS_FIELD_TEXT(struct audit_in, action, "action", 0, 1, 100),
    CS_FIELD_UUID(struct audit_in, user, "user_id", 0),
};
const struct form audit_query = FORM(struct audit_in, audit_fields);

enum cs_rc audit_ask(struct req *r, struct cs_err *err)
{
    const struct audit_in *in = r->query;
    struct store_audit_page page = {
        .before = in->before.v,
        .limit = in->limit.set ? in->limit.v : AUDIT_DEFAULT,
        .action = in->action,
        .user_id = in->user.id,
    };
    struct cs_call call;

    store_audit_call(&call, &r->arena, &page);
    return req_send(r, &call, err);
}

static void put_id(struct cs_jw *w, const char *key, const struct cs_uuid *id)
{
    cs_jw_kv_uuid(w, key, cs_uuid_is_nil(id) ? NULL : id);
}

static void put_entry(struct req *r, struct cs_jw *w, const struct cs_rows *rows, int row)
{
    struct store_audit entry;

    (void)r;
    store_audit_read(rows, row, &entry);
    cs_jw_obj_begin(w);
    cs_jw_kv_i64(w, "id", entry.id);
    cs_jw_kv_pg_time(w, "at", entry.at);
    put_id(w, "actor_id", &entry.actor_id);
    cs_jw_kv_str(w, "action", entry.action);
    put_id(w, "target_id", &entry.target_id);
    put_id(w, "room_id", &entry.room_id);
    cs_jw_kv_str_opt(w, "ip_address", entry.ip);
    cs_jw_kv_raw(w, "data", entry.data);
    cs_jw_obj_end(w);
}

enum cs_rc audit_answer(struct req *r, struct cs_err *err)
{
    return req_put_list(r, put_entry, err);
}
