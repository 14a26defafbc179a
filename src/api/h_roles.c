/* h_roles.c - roles, and who has which. What is changed is in force with the next request: the
 * guard computes the rights of each. */
#include "actor.h"
#include "cs_rights.h"
#include "handlers.h"
#include "names.h"
#include "out_role.h"

enum { ROLES_OF_ONE_MAX = 100 };

/* --- all of them ------------------------------------------------------------------------------ */

enum cs_rc roles_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_roles_call(&call, &r->arena);
    return req_send(r, &call, err);
}

enum cs_rc roles_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 200);
    out_roles(&w, &rows);
    return CS_OK;
}

struct role_in {
    struct cs_str name, description;
    struct cs_json *permissions;
};

static const struct cs_field role_fields[] = {
    CS_FIELD_TEXT(struct role_in, name, "name", CS_F_REQUIRED, 1, 100),
    CS_FIELD_TEXT(struct role_in, description, "description", 0, 0, 255),
    CS_FIELD_OBJECT(struct role_in, permissions, "permissions", 0),
};
const struct form role_form = FORM(struct role_in, role_fields);

enum cs_rc role_create_ask(struct req *r, struct cs_err *err)
{
    const struct role_in *in = r->body;
    struct store_actor actor = actor_of(r);
    struct store_role role = {.id = r->new_id, .name = in->name, .description = in->description};
    struct cs_call call;
    enum cs_rc rc = name_check(in->name, "name", err);

    if (rc == CS_OK && in->permissions)
        rc = cs_rights_read(in->permissions, &role.permissions, err);
    if (rc != CS_OK)
        return rc;
    store_role_create_call(&call, &r->arena, &actor, &role);
    rc = req_send(r, &call, err);
    if (rc != CS_OK)
        return rc;
    store_role_call(&call, &r->arena, &role.id); /* as it is answered */
    return req_send(r, &call, err);
}

/* What a change said. */
static enum cs_rc take_outcome(struct req *r, struct cs_rows *rows, struct cs_err *err)
{
    enum cs_rc rc = req_recv(r, rows, err);

    return rc == CS_OK ? store_account_outcome(rows, err) : rc;
}

enum cs_rc role_create_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    struct store_role role;
    enum cs_rc rc = take_outcome(r, &rows, err);

    if (rc == CS_OK)
        rc = req_recv(r, &rows, err);
    if (rc != CS_OK)
        return rc;
    store_role_read(&rows, 0, &role);
    struct cs_jw w = resp_json(&r->resp, 201);
    out_role(&w, &role);
    return CS_OK;
}

enum cs_rc role_delete_ask(struct req *r, struct cs_err *err)
{
    struct store_actor actor = actor_of(r);
    struct cs_call call;

    store_role_delete_call(&call, &r->arena, &actor, &r->ids[0]);
    return req_send(r, &call, err);
}

enum cs_rc role_delete_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    struct cs_uuid holder;
    enum cs_rc rc = take_outcome(r, &rows, err);

    if (rc != CS_OK)
        return rc;
    for (int i = 0; i < cs_rows_count(&rows); i++)
        if (store_role_holder(&rows, i, &holder))
            req_ring_user(r, &holder);
    resp_message(&r->resp, 200, "Role deleted");
    return CS_OK;
}

/* --- those of a user -------------------------------------------------------------------------- */

enum cs_rc user_roles_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_roles_of_call(&call, &r->arena, &r->ids[0]);
    return req_send(r, &call, err);
}

/* A user always has one. */
enum cs_rc user_roles_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK && cs_rows_count(&rows) == 0)
        rc = cs_fail(err, CS_E_USER_NOT_FOUND);
    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 200);
    out_roles(&w, &rows);
    return CS_OK;
}

struct roles_in {
    struct cs_uuids roles;
};

static const struct cs_field roles_fields[] = {
    CS_FIELD_UUIDS(struct roles_in, roles, "role_ids", CS_F_REQUIRED, 0, ROLES_OF_ONE_MAX),
};
const struct form user_roles_form = FORM(struct roles_in, roles_fields);

enum cs_rc user_roles_set_ask(struct req *r, struct cs_err *err)
{
    const struct roles_in *in = r->body;
    struct store_actor actor = actor_of(r);
    struct cs_buf roles;
    struct cs_call call;

    cs_buf_init(&roles, (ROLES_OF_ONE_MAX + 1) * (CS_UUID_LEN + 4)); /* quotes, comma, braces */
    cs_array_begin(&roles);
    for (size_t i = 0; i < in->roles.n; i++)
        cs_array_uuid(&roles, &in->roles.ids[i]);
    store_roles_set_call(&call, &r->arena, &actor, &r->ids[0], &roles);
    enum cs_rc rc = req_send(r, &call, err);
    cs_buf_release(&roles);
    return rc == CS_OK ? user_roles_ask(r, err) : rc;
}

enum cs_rc user_roles_set_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = take_outcome(r, &rows, err);

    if (rc == CS_OK)
        rc = user_roles_answer(r, err);
    if (rc == CS_OK)
        req_ring_user(r, &r->ids[0]);
    return rc;
}
