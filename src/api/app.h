/* app.h - what a worker holds for its whole life: configuration, keys, the database connection. */
#ifndef APP_H
#define APP_H

#include "cs_cfg.h"
#include "cs_db_block.h"
#include "cs_jwt.h"
#include "cs_pw.h"
#include "cs_slots.h"
#include "metrics.h"
#include "store_post.h"

struct page_memory;

struct app {
    struct cs_cfg cfg;
    struct cs_jwt_keys keys;
    struct cs_jwt_seen seen;
    struct cs_pw_params pw;
    struct cs_slots hash_slots; /* hashing.h */
    struct cs_db *db;
    struct store_post_bufs post_bufs;
    struct page_memory *pages;
    struct metrics metrics;
    struct api_counters *count; /* never NULL */
    uint64_t index_at_ms; /* indexing.h: not before; 0: at once */
    uint64_t served, failed; /* requests of this process, and those of them with a 5xx */
};

/* From app->cfg, which has been loaded: CS_E_CONFIG when the keys may not be used. The database is
 * tried once, so that a wrong address is in the log at the start; that it is away is no error, but
 * that it would lose acknowledged writes is (CS_E_CONFIG). */
enum cs_rc app_init(struct app *app, struct cs_err *err) CS_MUST_CHECK;
void app_release(struct app *app);

#endif
