/* hashing.c - see hashing.h. */
#include "hashing.h"

#include "cs_clock.h"
#include "cs_log.h"

#include <poll.h>
#include <unistd.h>

/* Longer than the queue takes, even on a machine that is busy with better things (the auth pool
 * runs behind them), and shorter than the web server waits. */
enum { WAIT_MS = 8000, PAUSE_MS = 25 };

static const char file_name[] = "hashes.slots";

/* Half of the processors: a flood leaves the other half, and hashes are the one thing here that
 * takes a processor for long. */
static int slots_wanted(const struct cs_cfg *cfg)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (cfg->hashes_at_once > 0)
        return (int)cfg->hashes_at_once;
    return processors > 3 ? (int)(processors / 2) : 1;
}

void hashing_init(struct app *app)
{
    app->hash_slots = (struct cs_slots){.fd = -1, .held = -1};
}

void hashing_release(struct app *app)
{
    cs_slots_close(&app->hash_slots);
}

static enum cs_rc open_slots(struct app *app, struct cs_err *err)
{
    char path[1100]; /* RUN_DIR has at most 1024 bytes */
    struct cs_err why;

    if (app->hash_slots.fd >= 0)
        return CS_OK;
    (void)snprintf(path, sizeof path, "%s/%s", app->cfg.run_dir, file_name);
    if (cs_slots_open(&app->hash_slots, path, slots_wanted(&app->cfg), (int)app->cfg.hash_queue,
                      &why) == CS_OK)
        return CS_OK;
    return cs_fail_log(err, CS_E_UNAVAILABLE, "RUN_DIR: %s", cs_err_detail(&why));
}

void hashing_pause(void)
{
    (void)poll(NULL, 0, PAUSE_MS); /* a signal may make it shorter */
}

static enum cs_rc take_slot(struct app *app, struct cs_err *err)
{
    enum cs_rc rc = open_slots(app, err);
    struct api_counters *count = app->count;
    uint64_t since = cs_clock_mono_us();

    cs_gauge(&count->hash_waiting, 1);
    if (rc == CS_OK)
        rc = cs_slots_take(&app->hash_slots, WAIT_MS, err);
    cs_gauge(&count->hash_waiting, 0);
    cs_times_add(&count->hash_wait_time, cs_clock_mono_us() - since);
    cs_gauge(&count->hashing, rc == CS_OK);
    if (rc == CS_E_RATE) {
        cs_count(&count->throttled[THROTTLE_HASHES]);
        hashing_pause();
    }
    return rc;
}

static void give_slot(struct app *app)
{
    cs_slots_give(&app->hash_slots);
    cs_gauge(&app->count->hashing, 0);
    cs_count(&app->count->hashes);
}

enum cs_rc hashing_make(struct req *r, struct cs_str password, char out[CS_PW_HASH_MAX + 1],
                        struct cs_err *err)
{
    enum cs_rc rc = take_slot(r->app, err);

    if (rc != CS_OK)
        return rc;
    rc = cs_pw_hash(&r->app->pw, password, out, err);
    give_slot(r->app);
    return rc;
}

enum cs_rc hashing_verify(struct req *r, struct cs_str password, struct cs_str stored,
                          struct cs_err *err)
{
    enum cs_rc rc = take_slot(r->app, err);

    if (rc != CS_OK)
        return rc;
    if (stored.p)
        rc = cs_pw_verify(password, stored, err);
    else
        rc = cs_pw_dummy_verify(&r->app->pw, password, err);
    give_slot(r->app);
    return rc;
}
