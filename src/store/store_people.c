/* store_people.c - see store_people.h. */
#include "store_people.h"

#include "store_outcome.h"

#define PERSON_COLUMNS                                                                             \
    "SELECT u.id, u.username, u.full_name, u.bio, u.role, u.last_seen, u.created_at\n"             \
    "  FROM chat.users AS u\n"

/* A range of the index on names, whose collation is that of bytes: every name with this prefix is
 * below the prefix and the last code point. LIKE would need to know the prefix when it is
 * planned. */
const struct cs_stmt store_people_stmt = {
    .name = "people",
    .nparams = 3,
    .ncols = 7,
    .sql = PERSON_COLUMNS
           " WHERE u.name_key >= chat.name_key($1::text)\n"
           "   AND u.name_key < chat.name_key($1::text) || chr(1114111)\n"
           "   AND u.name_key > CASE WHEN $2::uuid IS NULL THEN ''\n"
           "                    ELSE (SELECT o.name_key FROM chat.users AS o WHERE o.id = $2) END\n"
           "   AND u.is_active AND u.deleted_at IS NULL\n"
           " ORDER BY u.name_key LIMIT $3::int",
};

const struct cs_stmt store_person_stmt = {
    .name = "person",
    .nparams = 1,
    .ncols = 7,
    .sql = PERSON_COLUMNS " WHERE u.id = $1 AND u.is_active AND u.deleted_at IS NULL",
};

const struct cs_stmt store_person_create_stmt = {
    .name = "person_create",
    .nparams = 11,
    .ncols = 4,
    .sql = "SELECT c.status, c.username, c.role, c.expires_at\n"
           "  FROM chat.create_person($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text,\n"
           "                          $7::text, $8::bytea, $9::text, $10::int, $11::text) AS c",
};

void store_people_call(struct cs_call *call, struct cs_arena *arena, struct cs_str prefix,
                       const struct cs_uuid *after, int64_t limit)
{
    cs_call_init(call, &store_people_stmt, arena);
    cs_call_text(call, prefix.p ? prefix : CS_LIT(""));
    cs_call_uuid(call, after);
    cs_call_i64(call, limit);
}

void store_person_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *id)
{
    cs_call_init(call, &store_person_stmt, arena);
    cs_call_uuid(call, id);
}

void store_person_read(const struct cs_rows *rows, int row, struct store_person *out)
{
    *out = (struct store_person){
        .id = cs_rows_uuid(rows, row, 0),
        .username = cs_rows_str(rows, row, 1),
        .full_name = cs_rows_str(rows, row, 2),
        .bio = cs_rows_str(rows, row, 3),
        .role = cs_rows_str(rows, row, 4),
        .last_seen = cs_rows_str(rows, row, 5),
        .created_at = cs_rows_str(rows, row, 6),
    };
}

void store_person_create_call(struct cs_call *call, struct cs_arena *arena,
                              const struct store_new_person *p)
{
    cs_call_init(call, &store_person_create_stmt, arena);
    cs_call_uuid(call, &p->maker->user_id);
    cs_call_uuid(call, &p->maker->cred_id);
    cs_call_uuid(call, &p->id);
    cs_call_text(call, p->username);
    cs_call_text(call, p->email);
    cs_call_text(call, p->external_id);
    cs_call_text(call, p->full_name);
    cs_call_bytes(call, p->token_hash, CS_SHA256_BYTES);
    cs_call_text(call, p->token_prefix);
    cs_call_i64(call, p->token_life_s);
    cs_call_text(call, p->ip);
}

static const struct store_outcome refusals[] = {
    {"name_taken", CS_E_NAME_TAKEN, "Username already exists"},
    {"email_taken", CS_E_CONFLICT, "Email already registered"},
    {"external_id_taken", CS_E_CONFLICT, "externalId already exists"},
    {"conflict", CS_E_CONFLICT, "The name, the e-mail address or externalId was just taken"},
};

enum cs_rc store_person_create_read(const struct cs_rows *rows, struct store_made_person *out,
                                    struct cs_err *err)
{
    struct cs_str status = store_status(rows);

    if (cs_str_is(status, "ok")) {
        *out = (struct store_made_person){
            .username = cs_rows_str(rows, 0, 1),
            .role = cs_rows_str(rows, 0, 2),
            .expires_at = cs_rows_str(rows, 0, 3),
        };
        return CS_OK;
    }
    if (cs_str_is(status, "name_too_long"))
        return cs_fail_field(err, "username", "must have at most 100 characters");
    return STORE_OUTCOME(status, refusals, err);
}
