/* resp.c - see resp.h. */
#include "resp.h"

#include "cs_wire.h"

enum {
    HEADERS_MAX = 8 * 1024,
    /* A page of 100 messages, each as long as a body may be; and lists with some slack. */
    BODY_MAX = 8 * 1024 * 1024,
    BODY_KEPT = 256 * 1024, /* between requests: the usual page without another allocation */
};

static const char json_type[] = "application/json", problem_type[] = "application/problem+json";

void resp_init(struct resp *s)
{
    cs_buf_init(&s->headers, HEADERS_MAX);
    cs_buf_init(&s->body, BODY_MAX);
    s->status = 0;
    s->type = NULL;
}

void resp_release(struct resp *s)
{
    cs_buf_release(&s->headers);
    cs_buf_release(&s->body);
}

void resp_reset(struct resp *s)
{
    cs_buf_clear(&s->headers);
    cs_buf_shrink(&s->body, BODY_KEPT);
    s->status = 0;
    s->type = NULL;
}

struct cs_jw resp_json(struct resp *s, int status)
{
    s->status = status;
    s->type = json_type;
    cs_buf_clear(&s->body);
    return cs_jw_on(&s->body);
}

struct cs_buf *resp_text(struct resp *s, int status, const char *type)
{
    s->status = status;
    s->type = type;
    cs_buf_clear(&s->body);
    return &s->body;
}

void resp_message(struct resp *s, int status, const char *text)
{
    struct cs_jw w = resp_json(s, status);

    cs_jw_obj_begin(&w);
    cs_jw_kv_cstr(&w, "message", text);
    cs_jw_obj_end(&w);
}

static bool is_header_value(struct cs_str v)
{
    for (size_t i = 0; i < v.len; i++)
        if ((unsigned char)v.p[i] < 0x20 || v.p[i] == 0x7f)
            return false;
    return true;
}

void resp_header(struct resp *s, const char *name, struct cs_str value)
{
    if (!is_header_value(value))
        return;
    cs_buf_cstr(&s->headers, name);
    cs_buf_cstr(&s->headers, ": ");
    cs_buf_str(&s->headers, value);
    cs_buf_cstr(&s->headers, "\r\n");
}

void resp_header_i64(struct resp *s, const char *name, int64_t value)
{
    cs_buf_cstr(&s->headers, name);
    cs_buf_cstr(&s->headers, ": ");
    cs_buf_i64(&s->headers, value);
    cs_buf_cstr(&s->headers, "\r\n");
}

static void problem_headers(struct resp *s, const struct cs_err *err, const struct cs_err_row *row)
{
    if (row->http == 401)
        resp_header(s, "WWW-Authenticate", CS_LIT("Bearer"));
    if (row->retryable) /* whole seconds, rounded up; 1 when nobody knows better */
        resp_header_i64(s, "Retry-After",
                        err->retry_after_ms > 0 ? (err->retry_after_ms + 999) / 1000 : 1);
}

void resp_problem(struct resp *s, const struct cs_err *err)
{
    const struct cs_err_row *row = cs_err_row(err->rc);
    struct cs_jw w = resp_json(s, row->http);

    s->type = problem_type;
    problem_headers(s, err, row);
    cs_wire_problem(&w, err);
}

void resp_finish(struct resp *s, struct cs_buf *out)
{
    if (s->body.failed || s->headers.failed) {
        cs_buf_clear(&s->headers);
        resp_problem(s, &(struct cs_err){.rc = CS_E_NO_MEMORY});
    }
    cs_buf_clear(out);
    cs_buf_printf(out, "Status: %d %s\r\n", s->status, cs_err_reason(s->status));
    if (s->type)
        cs_buf_printf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", s->type, s->body.len);
    cs_buf_cstr(out, "Cache-Control: no-store\r\n");
    cs_buf_str(out, cs_buf_view(&s->headers));
    cs_buf_cstr(out, "\r\n");
}
