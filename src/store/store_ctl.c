/* store_ctl.c - the words of the functions, and the epoch; see the header. */
#include "store_ctl.h"

static const struct cs_stmt epoch_stmt = {
    .name = "ctl_epoch",
    .nparams = 0,
    .ncols = 1,
    .sql = "SELECT value FROM chat.epoch WHERE id = 1",
};

static const struct cs_stmt epoch_new_stmt = {
    .name = "ctl_epoch_new",
    .nparams = 0,
    .ncols = 1,
    .sql = "SELECT chat.new_epoch()",
};

const struct cs_stmt *const store_ctl_stmts[] = {&epoch_stmt, &epoch_new_stmt, NULL};

static const struct {
    const char *word;
    enum cs_rc rc;
} statuses[] = {
    {"ok", CS_OK},
    {"username_taken", CS_E_USERNAME_TAKEN},
    {"email_taken", CS_E_EMAIL_TAKEN},
    {"user_not_found", CS_E_USER_NOT_FOUND},
    {"not_found", CS_E_NOT_FOUND},
    {"already", CS_E_CONFLICT},
};

enum cs_rc store_ctl_status(const struct cs_rows *rows, enum cs_rc none, struct cs_err *err)
{
    if (cs_rows_count(rows) == 0)
        return cs_fail(err, none);
    struct cs_str word = cs_rows_str(rows, 0, 0);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (cs_str_is(word, statuses[i].word))
            return statuses[i].rc ? cs_fail(err, statuses[i].rc) : CS_OK;
    return cs_fail_log(err, CS_E_INTERNAL, "the database refuses: " CS_STR_FMT, CS_STR_ARG(word));
}

static enum cs_rc epoch_by(struct cs_db *db, const struct cs_stmt *stmt, enum cs_db_mode mode,
                           struct cs_arena *arena, struct cs_str *value, struct cs_err *err)
{
    struct cs_call call;
    struct cs_rows rows;

    cs_call_init(&call, stmt, arena);
    enum cs_rc rc = cs_db_run(db, mode, &call, arena, &rows, err);
    *value = (struct cs_str){NULL, 0};
    if (rc == CS_OK && cs_rows_count(&rows) == 1)
        *value = cs_rows_str(&rows, 0, 0);
    return rc;
}

enum cs_rc store_ctl_epoch(struct cs_db *db, struct cs_arena *arena, struct cs_str *value,
                           struct cs_err *err)
{
    return epoch_by(db, &epoch_stmt, CS_DB_READ, arena, value, err);
}

enum cs_rc store_ctl_epoch_new(struct cs_db *db, struct cs_arena *arena, struct cs_str *value,
                               struct cs_err *err)
{
    return epoch_by(db, &epoch_new_stmt, CS_DB_WRITE, arena, value, err);
}
