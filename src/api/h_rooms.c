/* h_rooms.c - rooms: lists of them, one, a new one, its settings and its end. */
#include "access.h"
#include "handlers.h"
#include "inroom.h"
#include "names.h"
#include "out_room.h"

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

static const struct cs_uuid *rooms_before(const struct rooms_in *in)
{
    return in->before.set ? &in->before.id : NULL;
}

static void call_all(struct req *r, struct cs_call *call)
{
    const struct rooms_in *in = r->query;

    store_rooms_all_call(call, &r->arena, req_member(r), rooms_limit(in), rooms_before(in));
}

enum cs_rc rooms_ask(struct req *r, struct cs_err *err)
{
    const struct rooms_in *in = r->query;
    struct cs_call call;

    if (in->open.v)
        store_rooms_public_call(&call, &r->arena, req_member(r), rooms_limit(in),
                                rooms_before(in));
    else if (req_is_client(r))
        call_all(r, &call);
    else
        store_rooms_own_call(&call, &r->arena, &r->who.user_id, rooms_limit(in),
                             rooms_before(in));
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

static void put_room(struct req *r, struct cs_jw *w, const struct cs_rows *rows, int row)
{
    struct store_room room;

    store_room_read(rows, row, &room);
    out_room(w, &room, access_reads(r, &room.access));
}

enum cs_rc rooms_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = take_list(r, &rows, err);

    if (rc == CS_OK)
        req_put_rows(r, &rows, 0, put_room);
    return rc;
}

/* --- one -------------------------------------------------------------------------------------- */

static enum cs_rc send_members(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_members_call(&call, &r->arena, &r->ids[0], STORE_MEMBERS_MAX, NULL);
    return req_send(r, &call, err);
}

enum cs_rc room_ask(struct req *r, struct cs_err *err)
{
    enum cs_rc rc = inroom_ask(r, err);

    return rc == CS_OK ? send_members(r, err) : rc;
}

/* The room with its members; without, for who may change it and not read it. */
static enum cs_rc answer_room(struct req *r, const struct store_room *room, struct cs_err *err)
{
    struct cs_rows members;
    bool readable = access_reads(r, &room->access);
    enum cs_rc rc = req_recv(r, &members, err);

    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 200);
    cs_jw_obj_begin(&w);
    out_room_fields(&w, room, readable);
    if (readable) {
        cs_jw_kv_arr_begin(&w, "users");
        inroom_put_members(&w, &members);
        cs_jw_arr_end(&w);
    }
    cs_jw_obj_end(&w);
    return CS_OK;
}

enum cs_rc room_answer(struct req *r, struct cs_err *err)
{
    struct store_room room;
    enum cs_rc rc = inroom_take(r, &room, err);

    if (rc == CS_OK)
        rc = access_read(r, &room.access, err);
    return rc == CS_OK ? answer_room(r, &room, err) : rc;
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
    struct store_room room;
    enum cs_rc rc = inroom_outcome(r, err);

    if (rc == CS_OK)
        rc = inroom_take(r, &room, err);
    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 201);
    out_room(&w, &room, true);
    return CS_OK;
}

/* --- its settings ----------------------------------------------------------------------------- */

enum { SLOW_MODE_MAX = 86400 }; /* a day */

struct settings_in {
    struct cs_str name, description, history;
    struct cs_opt_bool archived, is_private;
    struct cs_opt_int slow_mode_s;
};

static const struct cs_field settings_fields[] = {
    CS_FIELD_TEXT(struct settings_in, name, "name", 0, 1, 255),
    CS_FIELD_TEXT(struct settings_in, description, "description", CS_F_CLEARS, 0, 4000),
    CS_FIELD_BOOL(struct settings_in, archived, "archived", 0),
    CS_FIELD_BOOL(struct settings_in, is_private, "isPrivate", 0),
    CS_FIELD_INT(struct settings_in, slow_mode_s, "slowModeSeconds", 0, 0, SLOW_MODE_MAX),
    CS_FIELD_CHOICE(struct settings_in, history, "historyVisibility", 0, "all|since_join"),
};
const struct form settings_form = FORM(struct settings_in, settings_fields);

enum cs_rc room_set_ask(struct req *r, struct cs_err *err)
{
    const struct settings_in *in = r->body;
    struct store_acting who = inroom_acting(r);
    struct store_room_change change = {
        .name = in->name,
        .description = in->description,
        .history = in->history,
        .slow_mode_s = in->slow_mode_s,
        .archived = in->archived,
        .is_private = in->is_private,
    };
    struct cs_call call;
    enum cs_rc rc = in->name.p ? name_check(in->name, "name", err) : CS_OK;

    if (rc != CS_OK)
        return rc;
    req_ring_room(r, &r->ids[0]);
    store_room_set_call(&call, &r->arena, &who, &change);
    rc = req_send(r, &call, err);
    return rc == CS_OK ? room_ask(r, err) : rc; /* as it is answered */
}

enum cs_rc room_set_answer(struct req *r, struct cs_err *err)
{
    struct store_room room;
    enum cs_rc rc = inroom_outcome(r, err);

    if (rc == CS_OK)
        rc = inroom_take(r, &room, err);
    return rc == CS_OK ? answer_room(r, &room, err) : rc;
}

/* --- its end ---------------------------------------------------------------------------------- */

enum cs_rc room_delete_ask(struct req *r, struct cs_err *err)
{
    struct store_acting who = inroom_acting(r);
    struct cs_call call;

    store_room_delete_call(&call, &r->arena, &who);
    return req_send(r, &call, err);
}

/* Who was in it is known only now, so the bell for the room and for some of them follows. */
enum cs_rc room_delete_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    struct cs_uuid user;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = store_member_outcome(&rows, err);
    if (rc != CS_OK)
        return rc;
    req_ring_room(r, &r->ids[0]);
    for (int i = 0; i < cs_rows_count(&rows); i++)
        if (store_room_deleted_for(&rows, i, &user))
            req_ring_user(r, &user);
    resp_message(&r->resp, 200, "Room deleted");
    return CS_OK;
}
