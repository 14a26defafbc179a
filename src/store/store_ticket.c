/* store_ticket.c - see store_ticket.h. */
#include "store_ticket.h"

const struct cs_stmt store_ticket_make_stmt = {
    .name = "ticket_make",
    .nparams = 6,
    .ncols = 1,
    .sql = "SELECT chat.make_ticket($1::bytea, $2::uuid, $3::text, $4::uuid,\n"
           "                        to_timestamp($5::double precision), $6::int)",
};

/* The first ten columns are those of a socket's guard: its reader reads them. */
const struct cs_stmt store_ticket_take_stmt = {
    .name = "ticket_take",
    .nparams = 1,
    .ncols = 11,
    .sql = "SELECT t.user_id, t.username, t.role, t.cred_kind, t.cred_id, t.token_type,\n"
           "       t.rights, t.touch,\n"
           "       (SELECT q.last_useq FROM chat.user_seq AS q WHERE q.user_id = t.user_id),\n"
           "       (SELECT e.value FROM chat.epoch AS e WHERE e.id = 1),\n"
           "       extract(epoch FROM t.cred_expires_at)::bigint\n"
           "  FROM chat.take_ticket($1::bytea) AS t",
};

void store_ticket_make_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_new_ticket *t)
{
    cs_call_init(call, &store_ticket_make_stmt, arena);
    cs_call_bytes(call, t->hash, CS_SHA256_BYTES);
    cs_call_uuid(call, &t->who->user_id);
    cs_call_text(call, t->who->cred_kind);
    cs_call_uuid(call, &t->who->cred_id);
    if (t->cred_expires_s)
        cs_call_i64(call, t->cred_expires_s);
    else
        cs_call_null(call);
    cs_call_i64(call, t->ttl_s);
}

void store_ticket_take_call(struct cs_call *call, struct cs_arena *arena, const uint8_t *hash)
{
    cs_call_init(call, &store_ticket_take_stmt, arena);
    cs_call_bytes(call, hash, CS_SHA256_BYTES);
}

bool store_ticket_take_read(const struct cs_rows *rows, struct store_entered *out,
                            int64_t *cred_expires_s)
{
    if (!store_enter_read(rows, out))
        return false;
    *cred_expires_s = cs_rows_i64(rows, 0, 10);
    return true;
}
