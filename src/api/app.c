/* app.c - see app.h. */
#include "app.h"

#include "cs_log.h"
#include "hashing.h"
#include "pagememory.h"
#include "store.h"

static enum cs_rc take_keys(struct app *app, struct cs_err *err)
{
    const char *previous = app->cfg.jwt_secret_previous;

    app->keys = (struct cs_jwt_keys){.current = {.secret = cs_str_c(app->cfg.jwt_secret)},
                                     .seen = &app->seen};
    enum cs_rc rc = cs_secret_check(app->keys.current.secret, err);
    if (rc != CS_OK || !previous[0])
        return rc;
    app->keys.previous.secret = cs_str_c(previous);
    return cs_secret_check(app->keys.previous.secret, err);
}

static enum cs_rc open_database(struct app *app, struct cs_err *err)
{
    struct cs_db_conf conf = {
        .url = app->cfg.database_url,
        .program = "chatsphere-api",
        .stmts = store_stmts,
        .deadline_ms = (int)app->cfg.db_deadline_ms,
        .allow_weak_durability = app->cfg.allow_weak_durability,
        .heard_ms = metrics_heard_ms,
        .heard_ctx = app,
        .tell_ms = &app->count->heard_ms,
    };

    app->db = cs_db_new(&conf);
    if (!app->db)
        return cs_fail(err, CS_E_NO_MEMORY);
    enum cs_rc rc = cs_db_begin(app->db, CS_DB_READ, err);
    if (rc == CS_E_UNAVAILABLE) {
        cs_log_err("database_away", err);
        rc = CS_OK;
    }
    return rc;
}

enum cs_rc app_init(struct app *app, struct cs_err *err)
{
    enum cs_rc rc = take_keys(app, err);

    app->db = NULL;
    metrics_open(app);
    app->pw = CS_PW_DEFAULT;
    app->pw.memory_kib = (uint32_t)app->cfg.argon2_kib;
    app->pw.passes = (uint32_t)app->cfg.argon2_passes;
    hashing_init(app);
    store_post_bufs_init(&app->post_bufs);
    app->pages = pagememory_new();
    if (rc == CS_OK && !app->pages)
        rc = cs_fail(err, CS_E_NO_MEMORY);
    return rc == CS_OK ? open_database(app, err) : rc;
}

void app_release(struct app *app)
{
    cs_db_free(app->db);
    hashing_release(app);
    metrics_close(app);
    store_post_bufs_release(&app->post_bufs);
    pagememory_free(app->pages);
    cs_cfg_release(&app->cfg);
}
