/* inroom.c - see inroom.h. */
#include "inroom.h"

#include "access.h"
#include "cs_parse.h"
#include "handlers.h"
#include "out_room.h"

struct store_acting inroom_acting(const struct req *r)
{
    return (struct store_acting){
        .room = r->ids[0],
        .actor = r->who.user_id,
        .as_client = req_is_client(r),
        .ip = r->head.remote_addr,
    };
}

enum cs_rc inroom_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_room_call(&call, &r->arena, req_member(r), &r->ids[0]);
    return req_send(r, &call, err);
}

enum cs_rc inroom_take(struct req *r, struct store_room *room, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK && cs_rows_count(&rows) != 1)
        rc = cs_fail(err, CS_E_ROOM_NOT_FOUND);
    if (rc == CS_OK)
        store_room_read(&rows, 0, room);
    return rc;
}

enum { LIST_DEFAULT = 100, LIST_MAX = STORE_MEMBERS_MAX };

struct list_in {
    struct cs_opt_int limit;
    struct cs_opt_uuid after;
};

static const struct cs_field list_fields[] = {
    CS_FIELD_INT(struct list_in, limit, "limit", 0, 1, LIST_MAX),
    CS_FIELD_UUID(struct list_in, after, "after", 0),
};
const struct form inroom_list_query = FORM(struct list_in, list_fields);

enum cs_rc inroom_ask_list(struct req *r, inroom_list_call *make, struct cs_err *err)
{
    const struct list_in *in = r->query;
    struct cs_call call;
    enum cs_rc rc = inroom_ask(r, err);

    if (rc != CS_OK)
        return rc;
    make(&call, &r->arena, &r->ids[0], in->limit.set ? in->limit.v : LIST_DEFAULT,
         in->after.set ? &in->after.id : NULL);
    return req_send(r, &call, err);
}

enum cs_rc inroom_take_kept(struct req *r, struct cs_rows *rows, struct cs_err *err)
{
    struct store_room room;
    enum cs_rc rc = inroom_take(r, &room, err);

    if (rc != CS_OK)
        return rc;
    if (access_keeps_order(r, &room))
        return req_recv(r, rows, err);
    bool hidden = room.access.is_private && !access_reads(r, &room.access);
    return cs_fail(err, hidden ? CS_E_ROOM_NOT_FOUND : CS_E_FORBIDDEN);
}

enum cs_rc inroom_outcome(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    return rc == CS_OK ? store_member_outcome(&rows, err) : rc;
}

void inroom_put_members(struct cs_jw *w, const struct cs_rows *members)
{
    struct store_member member;

    for (int i = 0; i < cs_rows_count(members); i++) {
        store_member_read(members, i, &member);
        out_member(w, &member);
    }
}

enum cs_rc inroom_instant(struct cs_str text, const char *field, int64_t *ms, struct cs_err *err)
{
    if (!cs_parse_rfc3339(text, ms))
        return cs_fail_field(err, field, "must be a time such as 2026-11-20T12:00:00Z");
    return CS_OK;
}
