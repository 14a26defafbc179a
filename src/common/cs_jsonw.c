/* cs_jsonw.c - see cs_jsonw.h. */
#include "cs_jsonw.h"

#include "cs_clock.h"

/* What stands behind the backslash for a byte that must be escaped; 'u' for those without a short
 * form, 0 for all that may stand as they are. */
static const char escapes[256] = {
    [0x00 ... 0x07] = 'u', ['\b'] = 'b', ['\t'] = 't',          ['\n'] = 'n', [0x0b] = 'u',
    ['\f'] = 'f',          ['\r'] = 'r', [0x0e ... 0x1f] = 'u', ['"'] = '"',  ['\\'] = '\\',
};

static void put_escape(struct cs_buf *b, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    char text[6] = {'\\', escapes[c], '0', '0', hex[c >> 4], hex[c & 15]};

    cs_buf_add(b, text, escapes[c] == 'u' ? 6 : 2);
}

/* Quoted, without a look at what is inside. */
static void put_plain(struct cs_buf *b, const char *p, size_t len)
{
    if (!cs_buf_reserve(b, len + 2))
        return;
    char *at = b->p + b->len;
    at[0] = '"';
    memcpy(at + 1, p, len);
    at[len + 1] = '"';
    b->len += len + 2;
}

/* How many bytes from `from` on may stand as they are. */
static size_t plain_run(struct cs_str s, size_t from)
{
    size_t i = from;

    while (i < s.len && !escapes[(unsigned char)s.p[i]])
        i++;
    return i - from;
}

static void put_quoted(struct cs_buf *b, struct cs_str s)
{
    size_t run = plain_run(s, 0);

    if (run == s.len) {
        put_plain(b, s.len ? s.p : "", s.len);
        return;
    }
    cs_buf_putc(b, '"');
    for (size_t i = 0;; run = plain_run(s, i)) {
        cs_buf_add(b, s.p + i, run);
        i += run;
        if (i == s.len)
            break;
        put_escape(b, (unsigned char)s.p[i++]);
    }
    cs_buf_putc(b, '"');
}

/* Every value begins here: the comma that is due, and one due after it. */
static struct cs_buf *begin_value(struct cs_jw *w)
{
    if (w->comma)
        cs_buf_putc(w->buf, ',');
    w->comma = true;
    return w->buf;
}

static void open_with(struct cs_jw *w, char bracket)
{
    cs_buf_putc(begin_value(w), bracket);
    w->comma = false;
}

static void close_with(struct cs_jw *w, char bracket)
{
    cs_buf_putc(w->buf, bracket);
    w->comma = true;
}

void cs_jw_obj_begin(struct cs_jw *w)
{
    open_with(w, '{');
}

void cs_jw_obj_end(struct cs_jw *w)
{
    close_with(w, '}');
}

void cs_jw_arr_begin(struct cs_jw *w)
{
    open_with(w, '[');
}

void cs_jw_arr_end(struct cs_jw *w)
{
    close_with(w, ']');
}

void cs_jw_key_n(struct cs_jw *w, const char *key, size_t len)
{
    struct cs_buf *b = w->buf;

    if (!cs_buf_reserve(b, len + 4)) /* a comma, two quotes, a colon */
        return;
    char *at = b->p + b->len;
    if (w->comma)
        *at++ = ',';
    *at++ = '"';
    memcpy(at, key, len);
    at += len;
    *at++ = '"';
    *at++ = ':';
    b->len = (size_t)(at - b->p);
    w->comma = false;
}

void cs_jw_key_str(struct cs_jw *w, struct cs_str key)
{
    put_quoted(begin_value(w), key);
    cs_buf_putc(w->buf, ':');
    w->comma = false;
}

void cs_jw_str(struct cs_jw *w, struct cs_str s)
{
    put_quoted(begin_value(w), s);
}

void cs_jw_str_opt(struct cs_jw *w, struct cs_str s)
{
    if (s.p)
        cs_jw_str(w, s);
    else
        cs_jw_null(w);
}

void cs_jw_cstr(struct cs_jw *w, const char *s)
{
    cs_jw_str_opt(w, cs_str_c(s));
}

void cs_jw_raw(struct cs_jw *w, struct cs_str json)
{
    if (json.p)
        cs_buf_str(begin_value(w), json);
    else
        cs_jw_null(w);
}

void cs_jw_i64(struct cs_jw *w, int64_t v)
{
    cs_buf_i64(begin_value(w), v);
}

void cs_jw_u64(struct cs_jw *w, uint64_t v)
{
    cs_buf_u64(begin_value(w), v);
}

void cs_jw_bool(struct cs_jw *w, bool v)
{
    cs_buf_cstr(begin_value(w), v ? "true" : "false");
}

void cs_jw_null(struct cs_jw *w)
{
    cs_buf_cstr(begin_value(w), "null");
}

void cs_jw_uuid(struct cs_jw *w, const struct cs_uuid *id)
{
    char text[CS_UUID_LEN + 3]; /* quoted; the text's own NUL lands where the last quote goes */

    if (!id) {
        cs_jw_null(w);
        return;
    }
    text[0] = '"';
    cs_uuid_text(id, text + 1);
    text[CS_UUID_LEN + 1] = '"';
    cs_buf_add(begin_value(w), text, CS_UUID_LEN + 2);
}

void cs_jw_time(struct cs_jw *w, uint64_t wall_ms)
{
    cs_buf_putc(begin_value(w), '"');
    cs_buf_time(w->buf, wall_ms);
    cs_buf_putc(w->buf, '"');
}

void cs_jw_pg_time(struct cs_jw *w, struct cs_str pg)
{
    struct cs_buf *b = begin_value(w);
    size_t mark = b->len;

    cs_buf_putc(b, '"');
    if (cs_buf_pg_time(b, pg)) {
        cs_buf_putc(b, '"');
        return;
    }
    b->len = mark; /* it wrote nothing: take the quote back */
    cs_buf_cstr(b, "null");
}
