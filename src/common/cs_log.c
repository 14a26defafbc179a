/* cs_log.c - see cs_log.h. A line is built in one buffer and leaves in one write(2), so lines of
 * several workers on one pipe do not mix (POSIX: writes up to PIPE_BUF are atomic). */
#include "cs_log.h"

#include "cs_clock.h"

#include <stdio.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 4000, /* below PIPE_BUF (4096) with the newline */
    ID_BYTES = 64,
    TOKEN_SHOWN = 4, /* characters of a masked token that stay, to tell two apart */
};

static const char *program = "chatsphere";
static enum cs_log_level max_level = CS_LOG_INFO;
static bool plain;
static char request_id[ID_BYTES];

static const char *const level_names[] = {
    [CS_LOG_ERROR] = "error",
    [CS_LOG_WARN] = "warn",
    [CS_LOG_INFO] = "info",
    [CS_LOG_DEBUG] = "debug",
};

/* Everything that starts one of our credentials; a JWT's header always begins {"  → eyJ. */
static const char *const secret_prefixes[] = {
    "cs_st_", "cs_rt_", "cs_user_", "cs_client_", "cs_tk_", "cs_inv_", "cs_join_",
    "eyJ",
};

void cs_log_init(const char *name, enum cs_log_level level)
{
    program = name;
    max_level = level;
}

void cs_log_plain(void)
{
    plain = true;
}

void cs_log_set_level(enum cs_log_level level)
{
    max_level = level;
}

bool cs_log_enabled(enum cs_log_level level)
{
    return level <= max_level;
}

void cs_log_set_request(struct cs_str id)
{
    (void)snprintf(request_id, sizeof request_id, CS_STR_FMT, CS_STR_ARG(id));
}

static bool is_token_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

/* The length of a credential that starts at s, or 0; *keep is how much of it may be shown. */
static size_t secret_at(struct cs_str s, size_t *keep)
{
    for (size_t i = 0; i < sizeof secret_prefixes / sizeof *secret_prefixes; i++) {
        if (s.p[0] != secret_prefixes[i][0]) /* asked of every byte of every line */
            continue;
        struct cs_str prefix = cs_str_c(secret_prefixes[i]);
        if (!cs_str_starts(s, prefix))
            continue;
        size_t n = prefix.len;
        while (n < s.len && is_token_char(s.p[n]))
            n++;
        if (n < prefix.len + 2 * TOKEN_SHOWN)
            continue; /* the bare prefix in a sentence, or a token already masked */
        *keep = prefix.len + TOKEN_SHOWN;
        return n;
    }
    return 0;
}

static bool is_plain(struct cs_str v)
{
    for (size_t i = 0; i < v.len; i++)
        if (!is_token_char(v.p[i]) && !strchr("/:@+,%", v.p[i]))
            return false;
    return v.len > 0;
}

static void put_escaped(struct cs_buf *b, char c)
{
    if ((c == '"' && !plain) || c == '\\') {
        cs_buf_putc(b, '\\');
        cs_buf_putc(b, c);
    } else if (c == '\n') {
        cs_buf_cstr(b, "\\n");
    } else if ((unsigned char)c < 0x20 || c == 0x7f) {
        cs_buf_printf(b, "\\x%02x", (unsigned char)c);
    } else {
        cs_buf_putc(b, c);
    }
}

static void put_value(struct cs_buf *b, struct cs_str v)
{
    bool quoted = !plain && !is_plain(v);

    if (quoted)
        cs_buf_putc(b, '"');
    for (size_t i = 0; i < v.len;) {
        size_t keep, n = secret_at(cs_str_n(v.p + i, v.len - i), &keep);
        if (n) {
            cs_buf_add(b, v.p + i, keep);
            cs_buf_cstr(b, "***");
            i += n;
        } else {
            put_escaped(b, v.p[i++]);
        }
    }
    if (quoted)
        cs_buf_putc(b, '"');
}

static void put_pair(struct cs_buf *b, const char *key, struct cs_str value)
{
    cs_buf_cstr(b, plain ? ": " : " ");
    if (!plain) {
        cs_buf_cstr(b, key);
        cs_buf_putc(b, '=');
    }
    put_value(b, value);
}

static void begin_line(struct cs_buf *b, enum cs_log_level level, const char *event)
{
    cs_buf_init(b, LINE_MAX_BYTES);
    if (plain) {
        cs_buf_cstr(b, program);
        return;
    }
    cs_buf_time(b, cs_clock_wall_ms());
    cs_buf_printf(b, " level=%s program=%s pid=%d event=%s", level_names[level], program,
                  (int)getpid(), event);
    if (request_id[0])
        put_pair(b, "request", cs_str_c(request_id));
}

/* A line over the maximum is cut, not lost: what fitted before the failing append stays. */
static void end_line(struct cs_buf *b)
{
    b->failed = false;
    b->max += 1; /* the newline always fits */
    cs_buf_putc(b, '\n');
    ssize_t n = write(STDERR_FILENO, b->p, b->len);
    (void)n; /* nowhere to report that the log is gone */
    cs_buf_release(b);
}

void cs_log_kv(enum cs_log_level level, const char *event, const struct cs_log_kv *pairs)
{
    struct cs_buf b;

    if (!cs_log_enabled(level))
        return;
    begin_line(&b, level, event);
    for (; pairs && pairs->key; pairs++)
        put_pair(&b, pairs->key, pairs->value);
    end_line(&b);
}

void cs_log_strings(enum cs_log_level level, const char *event, ...)
{
    struct cs_buf b;
    va_list ap;
    const char *key;

    if (!cs_log_enabled(level))
        return;
    begin_line(&b, level, event);
    va_start(ap, event);
    while ((key = va_arg(ap, const char *)) != NULL) {
        const char *value = va_arg(ap, const char *);
        if (!value)
            break;
        put_pair(&b, key, cs_str_c(value));
    }
    va_end(ap);
    end_line(&b);
}

void cs_log_msg(enum cs_log_level level, const char *event, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    cs_log(level, event, "msg", text);
}

void cs_log_err(const char *event, const struct cs_err *err)
{
    const struct cs_err_row *row = cs_err_row(err->rc);
    struct cs_log_kv pairs[] = {
        {"code", cs_str_c(row->code)},
        {"detail", cs_str_c(cs_err_detail(err))},
        {err->log[0] ? "log" : NULL, cs_str_c(err->log)},
        {NULL, {NULL, 0}},
    };

    if (plain)
        cs_log_strings(row->level, event, "", err->log[0] ? err->log : cs_err_detail(err), NULL);
    else
        cs_log_kv(row->level, event, pairs);
}
