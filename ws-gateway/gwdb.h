/* gwdb.h - one of the gateway's database connections: the event-driven face bound to the loop. */
#ifndef GWDB_H
#define GWDB_H

#include "cs_db_event.h"
#include "gw.h"

struct gwdb {
    struct gw *gw;
    struct cs_dbc *c;
    struct loop_io *io;
    void (*up)(void *owner); /* it has come up; may be NULL */
    void (*notify)(void *owner, struct cs_str payload);
    void *owner;
};

/* `db` stays at one address until gwdb_release. False: no memory. */
bool gwdb_init(struct gwdb *db, struct gw *gw, const char *name,
               const struct cs_stmt *const *stmts);
void gwdb_release(struct gwdb *db);

#endif
