/* supervised.c - see supervised.h. */
#include "supervised.h"

#include "app.h"
#include "cs_log.h"
#include "cs_notify.h"

/* Whether it has answered, now or before; *err says why not. */
static bool database_has_answered(struct app *app, struct cs_err *err)
{
    if (cs_db_counts(app->db)->connects > 0)
        return true;
    if (cs_db_begin(app->db, CS_DB_READ, err) != CS_OK)
        return false;
    cs_log(CS_LOG_INFO, "database_found");
    return true;
}

void supervised_turn(struct app *app)
{
    struct cs_err err;

    if (cs_notify_wait_ms() != 0)
        return;
    if (database_has_answered(app, &err))
        cs_notify_turn(true, "%llu requests, %llu of them failed; the database is %s",
                       (unsigned long long)app->served, (unsigned long long)app->failed,
                       cs_db_connected(app->db) ? "there" : "away");
    else
        cs_notify_turn(false, "waits for the database: %s", err.log);
}
