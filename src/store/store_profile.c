/* store_profile.c - see store_profile.h. */
#include "store_profile.h"

#include "store_outcome.h"

const struct cs_stmt store_profile_stmt = {
    .name = "profile_set",
    .nparams = 6,
    .ncols = 1,
    .sql = "SELECT chat.set_profile($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text)",
};

const struct cs_stmt store_secret_stmt = {
    .name = "password",
    .nparams = 1,
    .ncols = 3,
    .sql = "SELECT u.password_hash, u.username, u.email FROM chat.users AS u\n"
           " WHERE u.id = $1 AND u.is_active AND u.deleted_at IS NULL",
};

/* One row at least, for the status. */
const struct cs_stmt store_password_stmt = {
    .name = "password_change",
    .nparams = 5,
    .ncols = 2,
    .sql = "SELECT c.status, e.id\n"
           "  FROM chat.change_password($1::uuid, $2::uuid, $3::text, $4::text, $5::text) AS c\n"
           "  LEFT JOIN LATERAL unnest(c.ended) AS e (id) ON true",
};

static const struct store_outcome outcomes[] = {
    {"ok", CS_OK, NULL},
    {"username_taken", CS_E_NAME_TAKEN, NULL},
    {"email_taken", CS_E_EMAIL_TAKEN, NULL},
    {"not_found", CS_E_UNAUTHORIZED, NULL},
    {"unauthorized", CS_E_UNAUTHORIZED, NULL},
    {"changed", CS_E_BAD_PASSWORD, NULL},
};

static enum cs_rc read_status(const struct cs_rows *rows, struct cs_err *err)
{
    struct cs_str status = store_status(rows);

    if (cs_str_is(status, "bad_name"))
        return cs_fail_field(err, "username", "is too long");
    return STORE_OUTCOME(status, outcomes, err);
}

void store_profile_call(struct cs_call *call, struct cs_arena *arena,
                        const struct store_profile *p)
{
    cs_call_init(call, &store_profile_stmt, arena);
    cs_call_uuid(call, &p->user);
    cs_call_text(call, p->username);
    cs_call_text(call, p->email);
    cs_call_text(call, p->full_name);
    cs_call_text(call, p->bio);
    cs_call_text(call, p->ip);
}

enum cs_rc store_profile_read(const struct cs_rows *rows, struct cs_err *err)
{
    return read_status(rows, err);
}

void store_secret_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user)
{
    cs_call_init(call, &store_secret_stmt, arena);
    cs_call_uuid(call, user);
}

enum cs_rc store_secret_read(const struct cs_rows *rows, struct store_secret *out,
                             struct cs_err *err)
{
    if (cs_rows_count(rows) != 1)
        return cs_fail(err, CS_E_UNAUTHORIZED);
    *out = (struct store_secret){
        .password_hash = cs_rows_str(rows, 0, 0),
        .username = cs_rows_str(rows, 0, 1),
        .email = cs_rows_str(rows, 0, 2),
    };
    return CS_OK;
}

void store_password_call(struct cs_call *call, struct cs_arena *arena,
                         const struct store_new_password *p)
{
    cs_call_init(call, &store_password_stmt, arena);
    cs_call_uuid(call, &p->user);
    cs_call_uuid(call, &p->session);
    cs_call_text(call, p->old_hash);
    cs_call_text(call, p->new_hash);
    cs_call_text(call, p->ip);
}

enum cs_rc store_password_read(const struct cs_rows *rows, struct cs_err *err)
{
    return read_status(rows, err);
}

bool store_password_ended(const struct cs_rows *rows, int row, struct cs_uuid *session)
{
    *session = cs_rows_uuid(rows, row, 1);
    return !cs_rows_null(rows, row, 1);
}
