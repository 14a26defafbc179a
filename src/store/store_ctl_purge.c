/* store_ctl_purge.c - the statement of chatspherectl purge; see the header. */
#include "store_ctl_purge.h"

static const struct cs_stmt purge_stmt = {
    .name = "ctl_purge",
    .nparams = 1,
    .ncols = STORE_PURGED_KINDS,
    .sql = "SELECT p.sessions, p.tokens, p.invites, p.tickets, p.attempts, p.buckets\n"
           "  FROM chat.purge_old($1::int) AS p",
};

const struct cs_stmt *const store_ctl_purge_stmts[] = {&purge_stmt, NULL};

const char *const store_ctl_purged_kinds[STORE_PURGED_KINDS] = {
    "sessions", "API tokens", "invitations", "tickets", "login attempts", "rate limits",
};

enum cs_rc store_ctl_purge(struct cs_db *db, struct cs_arena *arena, int64_t most,
                           int64_t gone[STORE_PURGED_KINDS], struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, &purge_stmt, arena);
    cs_call_i64(&call, most);
    enum cs_rc rc = cs_db_run(db, CS_DB_WRITE, &call, arena, &rows, err);
    for (int i = 0; rc == CS_OK && i < STORE_PURGED_KINDS; i++)
        gone[i] = cs_rows_i64(&rows, 0, i);
    return rc;
}
