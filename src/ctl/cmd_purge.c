/* cmd_purge.c - chatspherectl purge: forgets what has ended long ago.
 *
 * In pieces, each a transaction of its own: however much there is, nobody waits for it, and what has
 * gone is gone when it is interrupted.
 */
#include "command.h"
#include "store_ctl_purge.h"

enum { PIECE = 5000 };

/* One piece; *more: some kind was cut off. */
static enum cs_rc purge_piece(struct ctl *c, int64_t total[STORE_PURGED_KINDS], bool *more,
                              struct cs_err *err)
{
    int64_t gone[STORE_PURGED_KINDS];
    enum cs_rc rc = store_ctl_purge(c->db, &c->arena, PIECE, gone, err);

    *more = false;
    for (int i = 0; rc == CS_OK && i < STORE_PURGED_KINDS; i++) {
        total[i] += gone[i];
        *more = *more || gone[i] >= PIECE;
    }
    return rc;
}

static int run_purge(struct ctl *c, const struct ctl_args *args)
{
    int64_t total[STORE_PURGED_KINDS] = {0};
    struct cs_err err;
    bool more = true;
    enum cs_rc rc = ctl_open(c, store_ctl_purge_stmts, &err);

    (void)args;
    while (rc == CS_OK && more)
        rc = purge_piece(c, total, &more, &err);
    if (rc != CS_OK)
        return ctl_fail_err("purge", &err);
    for (int i = 0; i < STORE_PURGED_KINDS; i++)
        if (total[i])
            printf("%s: %lld\n", store_ctl_purged_kinds[i], (long long)total[i]);
    return CTL_OK;
}

const struct ctl_command ctl_purge = {
    .name = "purge",
    .help = "forget what has ended long ago\n\n"
            "Sessions, API tokens and invitations to rooms 30 days after they expired, were revoked\n"
            "or used up; and what is left of tickets, failed logins and rate limits after a day.\n"
            "Prints how many there were, nothing when there was nothing. Once a day is enough, at\n"
            "any time, beside the running programs. Rooms, messages and the audit log stay.",
    .run = run_purge,
};
