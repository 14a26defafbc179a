/* h_rooms.c - rooms: lists of them, one, and a new one. */
#include "access.h"
#include "handlers.h"
#include "names.h"
#include "out_room.h"
#include "req.h"
#include "store_member.h"
#include "store_room.h"

/* --- lists ------------------------------------------------------------------------------------ */

struct rooms_in {
    struct cs_opt_bool open; /* ?public=true */
    struct cs_opt_int limit;
    struct cs_opt_uuid before;
};

static const struct cs_field rooms_fields[] = {
    CS_FIELD_BOOL(struct rooms_in, open, "public", 0),
    CS_FIELD_INT(struct rooms_in, limit, "limit", 0, 1, STORE_ROOMS_MAX),
    CS_FIELD_UUID(struct rooms_in, before, "before", 0),
};
const struct form rooms_query = FORM(struct rooms_in, rooms_fields);

static int64_t rooms_limit(const struct rooms_in *in)
{
    return in->limit.set ? in->limit.v : STORE_ROOMS_MAX;
}

static void call_all(struct req *r, struct cs_call *call)
{
    const struct rooms_in *in = r->query;

    store_rooms_all_call(call, &r->arena, req_member(r), rooms_limit(in),
                         in->before.set ? &in->before.id : NULL);
}

enum cs_rc rooms_ask(struct req *r, struct cs_err *err)
{
    const struct rooms_in *in = r->query;
    struct cs_call call;

    if (in->open.v)
        store_rooms_public_call(&call, &r->arena, req_member(r), rooms_limit(in),
                                in->before.set ? &in->before.id : NULL);
    else if (req_is_client(r))
        call_all(r, &call);
    else
        store_rooms_own_call(&call, &r->arena, &r->who.user_id, rooms_limit(in));
    return req_send(r, &call, err);
}

/* The role is known only now: an ADMIN's list, all rooms, costs one round trip more. */
static enum cs_rc take_list(struct req *r, struct cs_rows *rows, struct cs_err *err)
{
    const struct rooms_in *in = r->query;
    struct cs_call call;
    enum cs_rc rc = req_recv(r, rows, err);

    if (rc != CS_OK || in->open.v || req_is_client(r) || !(r->who.rights & CS_MAY_ADMIN))
        return rc;
    call_all(r, &call);
    return req_run(r, CS_DB_READ, &call, rows, err);
}

enum cs_rc rooms_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    struct store_room room;
    enum cs_rc rc = take_list(r, &rows, err);

    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 200);
    cs_jw_arr_begin(&w);
    for (int i = 0; i < cs_rows_count(&rows); i++) {
        store_room_read(&rows, i, &room);
        cs_jw_obj_begin(&w);
        out_room_fields(&w, &room, access_reads(r, &room.access));
        cs_jw_obj_end(&w);
    }
    cs_jw_arr_end(&w);
    return CS_OK;
}

/* --- one -------------------------------------------------------------------------------------- */

enum cs_rc room_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_room_call(&call, &r->arena, req_member(r), &r->ids[0]);
    enum cs_rc rc = req_send(r, &call, err);
    if (rc != CS_OK)
        return rc;
    store_members_call(&call, &r->arena, &r->ids[0]);
    return req_send(r, &call, err);
}

static enum cs_rc take_room(struct req *r, struct store_room *room, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK && cs_rows_count(&rows) != 1)
        rc = cs_fail(err, CS_E_ROOM_NOT_FOUND);
    if (rc == CS_OK)
        store_room_read(&rows, 0, room);
    return rc;
}

static void put_members(struct cs_jw *w, const struct cs_rows *rows)
{
    struct store_member member;

    cs_jw_kv_arr_begin(w, "users");
    for (int i = 0; i < cs_rows_count(rows); i++) {
        store_member_read(rows, i, &member);
        out_member(w, &member);
    }
    cs_jw_arr_end(w);
}

enum cs_rc room_answer(struct req *r, struct cs_err *err)
{
    struct store_room room;
    struct cs_rows members;
    enum cs_rc rc = take_room(r, &room, err);

    if (rc == CS_OK)
        rc = access_read(r, &room.access, err);
    if (rc == CS_OK)
        rc = req_recv(r, &members, err);
    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 200);
    cs_jw_obj_begin(&w);
    out_room_fields(&w, &room, true);
    put_members(&w, &members);
    cs_jw_obj_end(&w);
    return CS_OK;
}

/* --- a new one -------------------------------------------------------------------------------- */

struct room_in {
    struct cs_str name, description, history;
    struct cs_opt_bool is_private;
    struct cs_opt_uuid creator;
};

static const struct cs_field room_fields[] = {
    CS_FIELD_TEXT(struct room_in, name, "name", CS_F_REQUIRED, 1, 255),
    CS_FIELD_TEXT(struct room_in, description, "description", 0, 0, 4000),
    CS_FIELD_CHOICE(struct room_in, history, "historyVisibility", 0, "all|since_join"),
    CS_FIELD_BOOL(struct room_in, is_private, "isPrivate", 0),
    CS_FIELD_UUID(struct room_in, creator, "userId", 0),
};
const struct form room_form = FORM(struct room_in, room_fields);

/* The user for whom an application acts, or the sender himself, whatever he names. */
static const struct cs_uuid *creator(const struct req *r, const struct room_in *in)
{
    return req_is_client(r) && in->creator.set ? &in->creator.id : &r->who.user_id;
}

enum cs_rc room_create_ask(struct req *r, struct cs_err *err)
{
    const struct room_in *in = r->body;
    struct cs_call call;
    struct store_new_room room = {
        .id = r->new_id,
        .creator = *creator(r, in),
        .name = in->name,
        .description = in->description,
        .history = in->history.p ? in->history : CS_LIT("all"),
        .is_private = in->is_private.v,
    };
    enum cs_rc rc = name_check(in->name, "name", err);

    if (rc != CS_OK)
        return rc;
    store_room_create_call(&call, &r->arena, &room);
    rc = req_send(r, &call, err);
    if (rc != CS_OK)
        return rc;
    req_ring_room(r, &room.id);
    req_ring_user(r, &room.creator);
    store_room_call(&call, &r->arena, &room.creator, &room.id); /* as it is answered */
    return req_send(r, &call, err);
}

enum cs_rc room_create_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    struct store_room room;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = store_member_outcome(&rows, err);
    if (rc == CS_OK)
        rc = take_room(r, &room, err);
    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 201);
    cs_jw_obj_begin(&w);
    out_room_fields(&w, &room, true);
    cs_jw_obj_end(&w);
    return CS_OK;
}
