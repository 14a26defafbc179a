/* main.c - chatsphere-api: a FastCGI worker, one request at a time.
 *
 * Boot, then a loop: accept, dispatch, answer, and what may wait until the answer has left. Nothing
 * survives a request but the database connection. Any number of these share one socket. The service
 * manager hears of each turn of that loop.
 */
#include "app.h"
#include "cs_clock.h"
#include "cs_log.h"
#include "cs_notify.h"
#include "dispatch.h"
#include "fcgi.h"
#include "pipeline.h"
#include "req.h"
#include "supervised.h"

enum { HEAD_MAX = 16 * 1024, EX_CONFIG = 78 };

static void send_response(struct req *r)
{
    struct cs_buf head;

    cs_buf_init(&head, HEAD_MAX);
    resp_finish(&r->resp, &head);
    fcgi_answer(r->fcgi, cs_buf_view(&head),
                r->is_head ? cs_str_n(NULL, 0) : cs_buf_view(&r->resp.body));
    cs_buf_release(&head);
}

/* One line a request: the path without its query (S5). */
static void log_request(struct req *r, uint64_t since_us)
{
    char status[16], ms[32], user[CS_UUID_LEN + 1] = "-";

    if (!cs_log_enabled(CS_LOG_INFO))
        return;
    (void)snprintf(status, sizeof status, "%d", r->resp.status);
    (void)snprintf(ms, sizeof ms, "%.3f", (double)(cs_clock_mono_us() - since_us) / 1000);
    if (!cs_uuid_is_nil(&r->who.user_id))
        cs_uuid_text(&r->who.user_id, user);
    struct cs_log_kv pairs[] = {
        {"method", r->head.method},   {"path", uri_logged(&r->arena, &r->uri)},
        {"status", cs_str_c(status)}, {"ms", cs_str_c(ms)},
        {"user", cs_str_c(user)},     {NULL, {NULL, 0}},
    };
    cs_log_kv(CS_LOG_INFO, "request", pairs);
}

static void serve_one(struct req *r)
{
    struct metrics_mark mark = metrics_begin(r->app);

    dispatch(r);
    send_response(r);
    log_request(r, mark.since_us);
    metrics_served(r, &mark);
    r->app->served++;
    r->app->failed += r->resp.status >= 500;
    fcgi_finish(r->fcgi);
    pipeline_after(r);
    metrics_end(r->app);
    req_reset(r);
}

static void reload(struct app *app)
{
    cs_notify_reloading();
    cs_cfg_reload(&app->cfg);
}

static void serve_all(struct req *r)
{
    enum fcgi_next next = FCGI_IDLE;

    while (next != FCGI_STOP) {
        supervised_turn(r->app);
        next = fcgi_accept(r->fcgi, cs_notify_wait_ms(), &r->head);
        if (next == FCGI_HANGUP)
            reload(r->app);
        else if (next == FCGI_REQUEST)
            serve_one(r);
    }
    cs_notify_stopping(0);
}

static enum cs_rc run(struct app *app, struct cs_err *err)
{
    struct fcgi *fcgi = NULL;
    struct req req;
    enum cs_rc rc = fcgi_open(&fcgi, err);

    if (rc == CS_OK)
        rc = app_init(app, err);
    if (rc == CS_OK) {
        req_init(&req, app, fcgi);
        cs_log(CS_LOG_INFO, "ready", "version", CS_VERSION);
        serve_all(&req);
        req_release(&req);
    }
    fcgi_close(fcgi);
    return rc;
}

/* What needs no configuration. */
static bool print_table(int argc, char **argv)
{
    struct cs_str option = cs_str_c(argc == 2 ? argv[1] : NULL);

    if (cs_str_is(option, "--list-routes"))
        route_print_all(stdout);
    else if (cs_str_is(option, "--list-errors"))
        route_print_errors(stdout);
    else if (cs_str_is(option, "--list-metrics"))
        metrics_list(stdout);
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    struct app app = {.db = NULL};
    struct cs_err err;
    int status;

    if (print_table(argc, argv))
        return 0;
    if (cs_cfg_main(argc, argv, "chatsphere-api", "[--list-routes | --list-errors | --list-metrics]",
                    &app.cfg, &status) < 0)
        return status;
    cs_notify_init();
    enum cs_rc rc = run(&app, &err);
    if (rc != CS_OK)
        cs_log_err("start", &err);
    app_release(&app);
    if (rc == CS_OK)
        return 0;
    return rc == CS_E_CONFIG ? EX_CONFIG : 1;
}
