/* http.c - see http.h. */
#include "http.h"

#include <curl/curl.h>

enum { HEAD_MAX_BYTES = 64 * 1024, BODY_MAX_BYTES = 64 * 1024, TIMEOUT_MS = 10000 };

/* Takes a line of the head; refuses to go on behind one after which the connection stays open. */
static size_t on_head(char *bytes, size_t size, size_t n, void *arg)
{
    struct http_answer *a = arg;
    struct cs_str line = cs_str_n(bytes, size * n);

    if (cs_str_starts(line, CS_LIT("HTTP/")))
        cs_buf_clear(&a->head); /* behind a 100 comes another head */
    cs_buf_str(&a->head, line);
    bool ends = cs_str_trim(line).len == 0;
    bool stays_open = cs_str_starts(cs_buf_view(&a->head), CS_LIT("HTTP/1.1 101")) ||
                      cs_str_starts(http_header(a, "Content-Type"), CS_LIT("text/event-stream"));
    return ends && stays_open ? 0 : size * n;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct http_answer *a = arg;
    size_t room = BODY_MAX_BYTES - a->body.len, len = size * n;

    cs_buf_add(&a->body, bytes, len < room ? len : room);
    return len <= room ? len : 0; /* enough */
}

static struct curl_slist *head_lines(const char *const *headers)
{
    struct curl_slist *list = NULL;

    for (; headers && *headers; headers++) {
        struct curl_slist *longer = curl_slist_append(list, *headers);
        if (longer)
            list = longer;
    }
    return list;
}

static void set_up(CURL *curl, const struct http_ask *ask, struct http_answer *out)
{
    const char *authorities = getenv("SSL_CERT_FILE");

    (void)curl_easy_setopt(curl, CURLOPT_URL, ask->url);
    (void)curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "chatspherectl doctor");
    (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_head);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, out);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    if (ask->socket)
        (void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, ask->socket);
    if (authorities)
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, authorities);
}

static enum cs_rc perform(CURL *curl, struct http_answer *out, struct cs_err *err)
{
    char why[CURL_ERROR_SIZE] = "";

    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    CURLcode code = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
    /* CURLE_WRITE_ERROR: it was us who had enough */
    if (out->status && (code == CURLE_OK || code == CURLE_WRITE_ERROR))
        return CS_OK;
    return cs_fail_log(err, CS_E_UNAVAILABLE, "%.250s", why[0] ? why : curl_easy_strerror(code));
}

enum cs_rc http_get(const struct http_ask *ask, struct http_answer *out, struct cs_err *err)
{
    *out = (struct http_answer){.status = 0};
    cs_buf_init(&out->head, HEAD_MAX_BYTES);
    cs_buf_init(&out->body, BODY_MAX_BYTES);
    CURL *curl = curl_easy_init();
    if (!curl)
        return cs_fail(err, CS_E_NO_MEMORY);
    struct curl_slist *lines = head_lines(ask->headers);
    set_up(curl, ask, out);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines);
    enum cs_rc rc = perform(curl, out, err);
    curl_slist_free_all(lines);
    curl_easy_cleanup(curl);
    return rc;
}

void http_release(struct http_answer *a)
{
    cs_buf_release(&a->head);
    cs_buf_release(&a->body);
}

struct cs_str http_header(struct http_answer *a, const char *name)
{
    struct cs_str rest = cs_buf_view(&a->head);

    while (rest.p) {
        struct cs_str value = cs_str_split(&rest, '\n');
        struct cs_str key = cs_str_split(&value, ':');
        if (value.p && cs_str_ieq(cs_str_trim(key), cs_str_c(name)))
            return cs_str_trim(value);
    }
    return (struct cs_str){NULL, 0};
}
