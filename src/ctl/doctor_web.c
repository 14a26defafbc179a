/* doctor_web.c - doctor's checks through the web server, as a client sees it: what the configurations in
 * deploy do, and what one written by hand forgets. See doctor.h. */
#include "doctor.h"
#include "http.h"

#define CONF "include the chatsphere.conf of your web server from /usr/share/chatsphere"

static enum cs_rc get(struct doctor *d, const char *path, const char *const *headers,
                      struct http_answer *answer, struct cs_err *err)
{
    struct http_ask ask = {.url = cs_arena_printf(&d->c->arena, "%s%s", d->url, path), .headers = headers};

    if (ask.url)
        return http_get(&ask, answer, err);
    *answer = (struct http_answer){.status = 0};
    return cs_fail(err, CS_E_NO_MEMORY);
}

/* Asks, and gives the status; 0 after a sentence. */
static long status_of(struct doctor *d, const char *path, const char *const *headers)
{
    struct http_answer answer;
    struct cs_err err;
    enum cs_rc rc = get(d, path, headers, &answer, &err);
    long status = rc == CS_OK ? answer.status : 0;

    http_release(&answer);
    if (rc != CS_OK)
        (void)doctor_fail(d, "%s%s: %s", d->url, path, err.log);
    return status;
}

/* --- somebody answers ----------------------------------------------------------------------------- */

static enum doctor_state health(struct doctor *d)
{
    long status = status_of(d, "/api/health", NULL);

    if (status == 200) {
        d->have |= NEEDS_WEB;
        return DOCTOR_OK;
    }
    if (status >= 500)
        doctor_mend(d, "see the workers' checks above");
    else if (status)
        doctor_mend(d, CONF ", or name the right address with --url or PUBLIC_URL");
    return status ? doctor_fail(d, "%s/api/health answers %ld", d->url, status) : DOCTOR_FAIL;
}

static enum doctor_state ready(struct doctor *d)
{
    long status = status_of(d, "/api/ready", NULL);

    if (status == 200)
        return DOCTOR_OK;
    return status ? doctor_fail(d, "/api/ready answers %ld", status) : DOCTOR_FAIL;
}

/* --- what is passed on ---------------------------------------------------------------------------- */

/* Two credentials that are not the same are refused as such (400); when one of them does not arrive, the
 * other is taken for a wrong one (401). */
static enum doctor_state credentials(struct doctor *d)
{
    static const char *const two[] = {"Authorization: Bearer doctor-one", "X-Session-Token: doctor-two",
                                      NULL};
    long status = status_of(d, "/auth/me", two);

    if (status == 400)
        return DOCTOR_OK;
    if (status == 401)
        return doctor_fail(d, "Authorization or X-Session-Token does not reach the workers: nobody can log in");
    return status ? doctor_fail(d, "/auth/me answers %ld to two credentials", status) : DOCTOR_FAIL;
}

/* The worker decodes, and refuses %2F; decoded before it comes there, this is a path that is not found. */
static enum doctor_state raw_path(struct doctor *d)
{
    long status = status_of(d, "/api/health%2Fdoctor", NULL);

    if (status == 400)
        return DOCTOR_OK;
    return status ? doctor_fail(d, "paths are decoded before the workers see them, or changed otherwise (%%2F "
                                "is answered with %ld)", status) : DOCTOR_FAIL;
}

static enum doctor_state request_id(struct doctor *d)
{
    struct http_answer answer;
    struct cs_err err;
    enum cs_rc rc = get(d, "/api/health", NULL, &answer, &err);
    bool there = rc == CS_OK && http_header(&answer, "X-Request-Id").len;

    http_release(&answer);
    if (rc != CS_OK)
        return doctor_fail(d, "%s", err.log);
    return there ? DOCTOR_OK : doctor_warn(d, "answers have no X-Request-Id, by which a line of the log is found");
}

/* --- the gateway ---------------------------------------------------------------------------------- */

static enum doctor_state websocket(struct doctor *d)
{
    static const char *const handshake[] = {
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: Y2hhdHNwaGVyZSBkb2N0b3I=", NULL};
    long status = status_of(d, "/ws", handshake);

    if (status == 101 || status == 401)
        return DOCTOR_OK;
    if (status == 426 || status == 400)
        return doctor_fail(d, "the upgrade to a WebSocket does not reach the gateway (%ld)", status);
    return status ? doctor_fail(d, "/ws answers %ld", status) : DOCTOR_FAIL;
}

static enum doctor_state events(struct doctor *d)
{
    long status = status_of(d, "/events", NULL);

    if (status == 401)
        return DOCTOR_OK;
    return status ? doctor_fail(d, "/events answers %ld to who has no credential, and 401 is right", status)
                  : DOCTOR_FAIL;
}

/* --- what browsers are told ------------------------------------------------------------------------ */

static const char *const browser_headers[] = {
    "Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
};

static enum doctor_state client_headers(struct doctor *d)
{
    struct http_answer answer;
    struct cs_err err;
    struct cs_buf missing;
    enum doctor_state state = DOCTOR_OK;
    enum cs_rc rc = get(d, "/", NULL, &answer, &err);

    cs_buf_init(&missing, 1024);
    for (size_t i = 0; i < sizeof browser_headers / sizeof *browser_headers; i++)
        if (!http_header(&answer, browser_headers[i]).len)
            cs_buf_printf(&missing, " %s", browser_headers[i]);
    if (rc != CS_OK)
        state = doctor_fail(d, "%s", err.log);
    else if (answer.status != 200)
        state = doctor_fail(d, "/ answers %ld: the web client is not there", answer.status);
    else if (missing.len)
        state = doctor_fail(d, "the web client comes without%s", cs_buf_cview(&missing));
    cs_buf_release(&missing);
    http_release(&answer);
    return state;
}

/* --- the way there --------------------------------------------------------------------------------- */

static bool is_loopback(const char *url)
{
    static const char *const hosts[] = {"http://127.", "http://localhost", "http://[::1]"};

    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (strncmp(url, hosts[i], strlen(hosts[i])) == 0)
            return true;
    return false;
}

static enum doctor_state transport(struct doctor *d)
{
    struct http_answer answer;
    struct cs_err err;

    if (strncmp(d->url, "https://", 8) != 0)
        return is_loopback(d->url)
                   ? doctor_skip(d, "name the public address with --url or PUBLIC_URL")
                   : doctor_warn(d, "%s has no TLS: passwords and messages travel in the clear", d->url);
    enum cs_rc rc = get(d, "/", NULL, &answer, &err);
    bool there = rc == CS_OK && http_header(&answer, "Strict-Transport-Security").len;
    http_release(&answer);
    if (rc != CS_OK)
        return doctor_fail(d, "%s", err.log);
    doctor_mend(d, "switch Strict-Transport-Security on in your web server's chatsphere.conf");
    return there ? DOCTOR_OK : doctor_warn(d, "no Strict-Transport-Security: a browser may be led to http first");
}

const struct doctor_check doctor_web_checks[] = {
    {"web server", NEEDS_NOTHING, health,
     "start the web server, or name the right address with --url or PUBLIC_URL"},
    {"ready", NEEDS_WEB, ready, "see the database's checks above"},
    {"credentials", NEEDS_WEB, credentials, CONF " (Apache: CGIPassAuth On)"},
    {"raw paths", NEEDS_WEB, raw_path, CONF " (REQUEST_URI as the client sent it)"},
    {"request id", NEEDS_WEB, request_id, CONF},
    {"websocket", NEEDS_WEB, websocket, CONF " (Upgrade and Connection are passed on for /ws)"},
    {"event streams", NEEDS_WEB, events, CONF " (/events goes to the gateway)"},
    {"security headers", NEEDS_WEB, client_headers, CONF},
    {"transport", NEEDS_WEB, transport, "switch TLS on in your web server's chatsphere.conf"},
    {NULL, 0, NULL, NULL},
};
