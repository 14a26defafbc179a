/* h_members.c - people going into rooms and out of them. */
#include "handlers.h"
#include "req.h"
#include "store_member.h"

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
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = store_member_outcome(&rows, err);
    if (rc == CS_OK)
        resp_message(&r->resp, 200, message);
    return rc;
}

enum cs_rc member_add_ask(struct req *r, struct cs_err *err)
{
    const struct member_in *in = r->body;
    struct cs_call call;
    struct store_adding adding = {
        .room = r->ids[0],
        .actor = r->who.user_id,
        .user = in->user.id,
        .role = in->role.p ? in->role : CS_LIT("member"),
        .as_client = req_is_client(r),
    };

    store_member_add_call(&call, &r->arena, &adding);
    return send_change(r, &call, &adding.user, err);
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
