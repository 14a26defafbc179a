/* h_conversations.c - conversations: opened, and listed in the shapes of two documents. */
#include "handlers.h"
#include "names.h"
#include "out_direct.h"
#include "req.h"

enum { CONVERSATIONS_DEFAULT = 50, MEMBERS_MAX_BYTES = 8 * 1024 }; /* a hundred ids, quoted */

/* --- opened ----------------------------------------------------------------------------------- */

struct conversation_in {
    struct cs_str type, name;
    struct cs_opt_uuid user;
    struct cs_uuids members;
};

static const struct cs_field conversation_fields[] = {
    CS_FIELD_CHOICE(struct conversation_in, type, "type", CS_F_REQUIRED, "p2p|group"),
    CS_FIELD_UUID(struct conversation_in, user, "user_id", 0),
    CS_FIELD_UUIDS(struct conversation_in, members, "member_ids", 0, 1, STORE_GROUP_MAX),
    CS_FIELD_TEXT(struct conversation_in, name, "name", 0, 1, 255),
};
const struct form conversation_form = FORM(struct conversation_in, conversation_fields);

static bool is_group(const struct req *r)
{
    const struct conversation_in *in = r->body;

    return cs_str_is(in->type, "group");
}

static enum cs_rc ask_pair(struct req *r, const struct conversation_in *in, struct cs_err *err)
{
    struct cs_call call;

    if (!in->user.set)
        return cs_fail_field(err, "user_id", "is required");
    store_pair_open_call(&call, &r->arena, &r->new_id, &r->who.user_id, &in->user.id);
    return req_send(r, &call, err);
}

static enum cs_rc ask_group(struct req *r, const struct conversation_in *in, struct cs_err *err)
{
    struct cs_call call;
    struct cs_buf members;

    if (!in->members.n)
        return cs_fail_field(err, "member_ids", "is required");
    enum cs_rc rc = in->name.p ? name_check(in->name, "name", err) : CS_OK;
    if (rc != CS_OK)
        return rc;
    cs_buf_init(&members, MEMBERS_MAX_BYTES);
    cs_array_begin(&members);
    for (size_t i = 0; i < in->members.n; i++)
        cs_array_uuid(&members, &in->members.ids[i]);
    store_group_create_call(&call, &r->arena, &r->new_id, &r->who.user_id, &members, in->name);
    rc = req_send(r, &call, err);
    cs_buf_release(&members);
    return rc;
}

enum cs_rc conversation_open_ask(struct req *r, struct cs_err *err)
{
    return is_group(r) ? ask_group(r, r->body, err) : ask_pair(r, r->body, err);
}

/* Which room it is, and whether it is new, is known only now: these bells follow the answer. */
static void ring_new(struct req *r, const struct cs_uuid *room)
{
    const struct conversation_in *in = r->body;

    req_ring_room(r, room);
    req_ring_user(r, &r->who.user_id);
    if (!is_group(r))
        req_ring_user(r, &in->user.id);
    else
        for (size_t i = 0; i < in->members.n; i++)
            req_ring_user(r, &in->members.ids[i]);
}

enum cs_rc conversation_open_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    struct store_opened opened;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = store_opened_read(&rows, &opened, err);
    if (rc == CS_E_USER_NOT_FOUND && is_group(r))
        return cs_fail_field(err, "member_ids", "names somebody who is not there");
    if (rc != CS_OK)
        return rc;
    if (opened.made)
        ring_new(r, &opened.room);
    struct cs_jw w = resp_json(&r->resp, opened.made ? 201 : 200);
    cs_jw_obj_begin(&w);
    cs_jw_kv_uuid(&w, "conversation_id", &opened.room);
    cs_jw_kv_bool(&w, "created", opened.made);
    cs_jw_obj_end(&w);
    return CS_OK;
}

/* --- listed ----------------------------------------------------------------------------------- */

struct conversations_in {
    struct cs_opt_int limit;
    struct cs_opt_uuid before;
};

static const struct cs_field conversations_fields[] = {
    CS_FIELD_INT(struct conversations_in, limit, "limit", 0, 1, STORE_CONVERSATIONS_MAX),
    CS_FIELD_UUID(struct conversations_in, before, "before", 0),
};
const struct form conversations_query = FORM(struct conversations_in, conversations_fields);

typedef void list_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user,
                       const struct cs_uuid *before, int64_t limit);

static enum cs_rc ask_list(struct req *r, list_call *list, struct cs_err *err)
{
    const struct conversations_in *in = r->query;
    struct cs_call call;

    list(&call, &r->arena, &r->who.user_id, in->before.set ? &in->before.id : NULL,
         in->limit.set ? in->limit.v : CONVERSATIONS_DEFAULT);
    return req_send(r, &call, err);
}

enum cs_rc conversations_ask(struct req *r, struct cs_err *err)
{
    return ask_list(r, store_conversations_call, err);
}

enum cs_rc conversations_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 200);
    out_conversations(&w, &rows);
    return CS_OK;
}

enum cs_rc pairs_ask(struct req *r, struct cs_err *err)
{
    return ask_list(r, store_pairs_call, err);
}

static void put_pair(struct req *r, struct cs_jw *w, const struct cs_rows *rows, int row)
{
    struct store_pair pair;

    (void)r;
    store_pair_read(rows, row, &pair);
    out_pair(w, &pair);
}

enum cs_rc pairs_answer(struct req *r, struct cs_err *err)
{
    return req_put_list(r, put_pair, err);
}

enum cs_rc unread_count_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_pairs_unread_call(&call, &r->arena, &r->who.user_id);
    return req_send(r, &call, err);
}

enum cs_rc unread_count_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 200);
    cs_jw_obj_begin(&w);
    cs_jw_kv_i64(&w, "unread_count", cs_rows_i64(&rows, 0, 0));
    cs_jw_obj_end(&w);
    return CS_OK;
}
