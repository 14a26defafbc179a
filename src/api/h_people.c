/* h_people.c - people as others see them, and the accounts that applications make for theirs. */
#include "handlers.h"
#include "names.h"
#include "out_token.h"
#include "req.h"
#include "store_people.h"

/* --- found ------------------------------------------------------------------------------------ */

enum { PEOPLE_DEFAULT = 50 };

struct people_in {
    struct cs_str query;
    struct cs_opt_int limit;
    struct cs_opt_uuid before;
};

static const struct cs_field people_fields[] = {
    CS_FIELD_TEXT(struct people_in, query, "query", 0, 1, USERNAME_MAX),
    CS_FIELD_INT(struct people_in, limit, "limit", 0, 1, STORE_PEOPLE_MAX),
    CS_FIELD_UUID(struct people_in, before, "before", 0),
};
const struct form people_query = FORM(struct people_in, people_fields);

enum cs_rc people_ask(struct req *r, struct cs_err *err)
{
    const struct people_in *in = r->query;
    struct cs_call call;

    store_people_call(&call, &r->arena, in->query, in->before.set ? &in->before.id : NULL,
                      in->limit.set ? in->limit.v : PEOPLE_DEFAULT);
    return req_send(r, &call, err);
}

/* `alone`: with what only a page about him has room for. */
static void put_person(struct cs_jw *w, const struct store_person *p, bool alone)
{
    cs_jw_obj_begin(w);
    cs_jw_kv_uuid(w, "id", &p->id);
    cs_jw_kv_str(w, "username", p->username);
    cs_jw_kv_str_opt(w, "fullName", p->full_name);
    if (alone)
        cs_jw_kv_str_opt(w, "bio", p->bio);
    cs_jw_kv_str(w, "role", p->role);
    cs_jw_kv_pg_time(w, "lastSeen", p->last_seen);
    cs_jw_kv_pg_time(w, "createdAt", p->created_at);
    cs_jw_obj_end(w);
}

static void put_found(struct req *r, struct cs_jw *w, const struct cs_rows *rows, int row)
{
    struct store_person person;

    (void)r;
    store_person_read(rows, row, &person);
    put_person(w, &person, false);
}

enum cs_rc people_answer(struct req *r, struct cs_err *err)
{
    return req_put_list(r, put_found, err);
}

enum cs_rc person_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;

    store_person_call(&call, &r->arena, &r->ids[0]);
    return req_send(r, &call, err);
}

enum cs_rc person_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    struct store_person person;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK && cs_rows_count(&rows) != 1)
        rc = cs_fail(err, CS_E_USER_NOT_FOUND);
    if (rc != CS_OK)
        return rc;
    store_person_read(&rows, 0, &person);
    struct cs_jw w = resp_json(&r->resp, 200);
    put_person(&w, &person, true);
    return CS_OK;
}

/* --- made ------------------------------------------------------------------------------------- */

struct person_in {
    struct cs_str username, email, external_id, full_name;
};

static const struct cs_field person_fields[] = {
    CS_FIELD_TEXT(struct person_in, username, "username", CS_F_REQUIRED, 1, USERNAME_MAX),
    CS_FIELD_TEXT(struct person_in, email, "email", 0, 1, 255),
    CS_FIELD_TEXT(struct person_in, external_id, "externalId", 0, 1, 255),
    CS_FIELD_TEXT(struct person_in, full_name, "fullName", 0, 1, 255),
};
const struct form person_form = FORM(struct person_in, person_fields);

static enum cs_rc check(const struct person_in *in, struct cs_err *err)
{
    enum cs_rc rc = username_check(in->username, "username", err);

    if (rc == CS_OK && in->email.p)
        rc = email_check(in->email, "email", err);
    if (rc == CS_OK && in->full_name.p)
        rc = name_check(in->full_name, "fullName", err);
    return rc;
}

enum cs_rc person_create_ask(struct req *r, struct cs_err *err)
{
    const struct person_in *in = r->body;
    char mask[CS_TOKEN_MASK_MAX + 1];
    uint8_t hash[CS_SHA256_BYTES];
    struct cs_call call;
    enum cs_rc rc = check(in, err);

    if (rc != CS_OK)
        return rc;
    cs_token_make(CS_TOKEN_USER, &r->secret);
    cs_token_hash(cs_token_str(&r->secret), hash);
    cs_token_mask(cs_token_str(&r->secret), mask);
    struct store_new_person person = {
        .maker = &r->who, .id = r->new_id, .username = in->username, .email = in->email,
        .external_id = in->external_id, .full_name = in->full_name, .token_hash = hash,
        .token_prefix = cs_str_c(mask), .token_life_s = r->app->cfg.api_token_s,
        .ip = r->head.remote_addr,
    };
    store_person_create_call(&call, &r->arena, &person);
    return req_send(r, &call, err);
}

enum cs_rc person_create_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    struct store_made_person made;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = store_person_create_read(&rows, &made, err);
    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 201);
    cs_jw_obj_begin(&w);
    out_token_owner(&w, &r->new_id, made.username, made.role);
    cs_jw_kv_str(&w, "token", cs_token_str(&r->secret));
    cs_jw_kv_pg_time(&w, "expiresAt", made.expires_at);
    cs_jw_obj_end(&w);
    return CS_OK;
}
