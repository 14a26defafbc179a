/* gwdb.c - see gwdb.h. */
#include "gwdb.h"

static void on_watch(void *ctx, int fd, bool read, bool write)
{
    struct gwdb *db = ctx;

    loop_io_set(db->io, fd, read, write);
}

static void on_state(void *ctx, bool up)
{
    struct gwdb *db = ctx;

    *(up ? &db->gw->count.db_connects : &db->gw->count.db_losses) += 1;
    if (up && db->up)
        db->up(db->owner);
}

static void on_notify(void *ctx, struct cs_str payload)
{
    struct gwdb *db = ctx;

    if (db->notify)
        db->notify(db->owner, payload);
}

static void on_ready(void *ctx)
{
    struct gwdb *db = ctx;

    cs_dbc_ready(db->c);
}

struct cs_db_conf gw_db_conf(const struct gw *gw, const struct cs_stmt *const *stmts)
{
    return (struct cs_db_conf){
        .url = gw->cfg.database_url,
        .program = "chatsphere-gateway",
        .stmts = stmts,
        .deadline_ms = (int)gw->cfg.db_deadline_ms,
        .allow_weak_durability = gw->cfg.allow_weak_durability,
    };
}

bool gwdb_init(struct gwdb *db, struct gw *gw, const char *name, const struct cs_stmt *const *stmts)
{
    static const struct cs_dbc_ops ops = {on_watch, on_state, on_notify};
    struct cs_db_conf conf = gw_db_conf(gw, stmts);

    db->gw = gw;
    db->io = loop_io_new(gw->loop, on_ready, db);
    db->c = db->io ? cs_dbc_new(name, &conf, &ops, db) : NULL;
    return db->c != NULL;
}

void gwdb_release(struct gwdb *db)
{
    cs_dbc_free(db->c);
    loop_io_free(db->io);
    db->c = NULL;
    db->io = NULL;
}
