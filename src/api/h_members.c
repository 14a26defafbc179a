/* h_members.c - people in rooms: a page of them, going in and out, offices, mutes and bans. */
#include "access.h"
#include "handlers.h"
#include "inroom.h"

struct member_in {
    struct cs_opt_uuid user;
    struct cs_str role;
};

static const struct cs_field member_fields[] = {
    CS_FIELD_UUID(struct member_in, user, "userId", CS_F_REQUIRED),
    CS_FIELD_CHOICE(struct member_in, role, "role", 0, "owner|moderator|member"),
};
const struct form member_form = FORM(struct member_in, member_fields);

/* Sends a call that changes who is in the room, and rings: the room's own log and the user's. */
static enum cs_rc send_change(struct req *r, const struct cs_call *call, const struct cs_uuid *user,
                              struct cs_err *err)
{
    req_ring_room(r, &r->ids[0]);
    req_ring_user(r, user);
    return req_send(r, call, err);
}

static enum cs_rc answer_change(struct req *r, const char *message, struct cs_err *err)
{
    enum cs_rc rc = inroom_outcome(r, err);

    if (rc == CS_OK)
        resp_message(&r->resp, 200, message);
    return rc;
}

enum cs_rc member_add_ask(struct req *r, struct cs_err *err)
{
    const struct member_in *in = r->body;
    struct store_acting who = inroom_acting(r);
    struct cs_call call;

    store_member_add_call(&call, &r->arena, &who, &in->user.id,
                          in->role.p ? in->role : CS_LIT("member"));
    return send_change(r, &call, &in->user.id, err);
}

enum cs_rc member_add_answer(struct req *r, struct cs_err *err)
{
    return answer_change(r, "User added to room successfully", err);
}

enum cs_rc join_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_join_room_call(&call, &r->arena, &r->ids[0], &r->who.user_id);
    return send_change(r, &call, &r->who.user_id, err);
}

enum cs_rc join_answer(struct req *r, struct cs_err *err)
{
    return answer_change(r, "Joined the room", err);
}

enum cs_rc leave_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_leave_room_call(&call, &r->arena, &r->ids[0], &r->who.user_id);
    return send_change(r, &call, &r->who.user_id, err);
}

enum cs_rc leave_answer(struct req *r, struct cs_err *err)
{
    return answer_change(r, "Left the room", err);
}

/* --- a page ----------------------------------------------------------------------------------- */

enum cs_rc members_ask(struct req *r, struct cs_err *err)
{
    return inroom_ask_list(r, store_members_call, err);
}

enum cs_rc members_answer(struct req *r, struct cs_err *err)
{
    struct store_room room;
    struct cs_rows members;
    enum cs_rc rc = inroom_take(r, &room, err);

    if (rc == CS_OK)
        rc = access_read(r, &room.access, err);
    if (rc == CS_OK)
        rc = req_recv(r, &members, err);
    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 200);
    cs_jw_arr_begin(&w);
    inroom_put_members(&w, &members);
    cs_jw_arr_end(&w);
    return CS_OK;
}

/* --- by those who keep order ------------------------------------------------------------------ */

struct removal_in {
    struct cs_opt_bool ban;
};

static const struct cs_field removal_fields[] = {
    CS_FIELD_BOOL(struct removal_in, ban, "ban", 0),
};
const struct form removal_query = FORM(struct removal_in, removal_fields);

enum cs_rc member_remove_ask(struct req *r, struct cs_err *err)
{
    const struct removal_in *in = r->query;
    struct store_acting who = inroom_acting(r);
    struct cs_call call;

    store_member_remove_call(&call, &r->arena, &who, &r->ids[1], in->ban.v);
    return send_change(r, &call, &r->ids[1], err);
}

enum cs_rc member_remove_answer(struct req *r, struct cs_err *err)
{
    const struct removal_in *in = r->query;

    return answer_change(r, in->ban.v ? "User banned from room" : "User removed from room", err);
}

struct office_in {
    struct cs_str role, muted_until;
};

static const struct cs_field office_fields[] = {
    CS_FIELD_CHOICE(struct office_in, role, "role", 0, "owner|moderator|member"),
    CS_FIELD_BYTES(struct office_in, muted_until, "mutedUntil", CS_F_CLEARS, 1, INSTANT_MAX),
};
const struct form office_form = FORM(struct office_in, office_fields);

enum cs_rc member_set_ask(struct req *r, struct cs_err *err)
{
    const struct office_in *in = r->body;
    struct store_acting who = inroom_acting(r);
    struct store_member_change change = {.role = in->role, .sets_mute = in->muted_until.p};
    struct cs_call call;
    enum cs_rc rc = CS_OK;

    if (in->muted_until.len)
        rc = inroom_instant(in->muted_until, "mutedUntil", &change.muted_until_ms, err);
    if (rc != CS_OK)
        return rc;
    store_member_set_call(&call, &r->arena, &who, &r->ids[1], &change);
    return send_change(r, &call, &r->ids[1], err);
}

enum cs_rc member_set_answer(struct req *r, struct cs_err *err)
{
    return answer_change(r, "Member updated", err);
}

/* --- those who are banned --------------------------------------------------------------------- */

enum cs_rc bans_ask(struct req *r, struct cs_err *err)
{
    return inroom_ask_list(r, store_bans_call, err);
}

static void put_ban(struct req *r, struct cs_jw *w, const struct cs_rows *rows, int row)
{
    struct store_member banned;

    (void)r;
    store_ban_read(rows, row, &banned);
    cs_jw_obj_begin(w);
    cs_jw_kv_uuid(w, "id", &banned.id);
    cs_jw_kv_str(w, "username", banned.username);
    cs_jw_obj_end(w);
}

enum cs_rc bans_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = inroom_take_kept(r, &rows, err);

    if (rc == CS_OK)
        req_put_rows(r, &rows, 0, put_ban);
    return rc;
}

/* He is not rung: nothing of his own has changed yet. */
enum cs_rc ban_lift_ask(struct req *r, struct cs_err *err)
{
    struct store_acting who = inroom_acting(r);
    struct cs_call call;

    req_ring_room(r, &r->ids[0]);
    store_ban_lift_call(&call, &r->arena, &who, &r->ids[1]);
    return req_send(r, &call, err);
}

enum cs_rc ban_lift_answer(struct req *r, struct cs_err *err)
{
    return answer_change(r, "Ban lifted", err);
}
