/* cs_str.c - see cs_str.h. Buffers double from 256 bytes up to their maximum. */
#include "cs_str.h"

#include "cs_arena.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIRST_BYTES = 256 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool cs_str_ieq(struct cs_str a, struct cs_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

bool cs_str_starts(struct cs_str s, struct cs_str prefix)
{
    return s.len >= prefix.len && cs_str_eq(cs_str_n(s.p, prefix.len), prefix);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct cs_str cs_str_trim(struct cs_str s)
{
    while (s.len && is_blank(s.p[0])) {
        s.p++;
        s.len--;
    }
    while (s.len && is_blank(s.p[s.len - 1]))
        s.len--;
    return s;
}

struct cs_str cs_str_split(struct cs_str *rest, char sep)
{
    struct cs_str head = *rest;
    const char *at = rest->len ? memchr(rest->p, sep, rest->len) : NULL;

    if (!at) {
        *rest = (struct cs_str){NULL, 0};
        return head;
    }
    head.len = (size_t)(at - head.p);
    rest->p = at + 1;
    rest->len -= head.len + 1;
    return head;
}

struct cs_str cs_str_dup(struct cs_arena *a, struct cs_str s)
{
    char *p = cs_arena_dup(a, s.p, s.len);

    return p ? cs_str_n(p, s.len) : (struct cs_str){NULL, 0};
}

char *cs_str_cstr(struct cs_arena *a, struct cs_str s)
{
    return cs_arena_dup(a, s.p, s.len);
}

void cs_buf_init(struct cs_buf *b, size_t max)
{
    *b = (struct cs_buf){.max = max};
}

void cs_buf_release(struct cs_buf *b)
{
    free(b->p);
    *b = (struct cs_buf){.max = b->max};
}

void cs_buf_clear(struct cs_buf *b)
{
    b->len = 0;
    b->failed = false;
}

void cs_buf_shrink(struct cs_buf *b, size_t keep)
{
    if (b->cap > keep)
        cs_buf_release(b);
    else
        cs_buf_clear(b);
}

static bool grow(struct cs_buf *b, size_t need)
{
    size_t cap = b->cap ? b->cap : FIRST_BYTES;

    while (cap < need)
        cap *= 2; /* need ≤ max, and max is far below SIZE_MAX / 2 */
    /* One byte beyond the maximum, so that cs_buf_cview can always end the text. */
    if (cap > b->max)
        cap = b->max + 1;
    char *p = realloc(b->p, cap);
    if (!p)
        return false;
    b->p = p;
    b->cap = cap;
    return true;
}

bool cs_buf_enlarge(struct cs_buf *b, size_t len)
{
    if (b->failed)
        return false;
    if (len > b->max - b->len) {
        b->failed = true;
        return false;
    }
    if (b->cap < b->len + len + 1 && !grow(b, b->len + len + 1)) {
        b->failed = true;
        return false;
    }
    return true;
}

void cs_buf_u64(struct cs_buf *b, uint64_t v)
{
    char digits[20]; /* 2^64 - 1 has 20 */
    size_t n = sizeof digits;

    do {
        digits[--n] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    cs_buf_add(b, digits + n, sizeof digits - n);
}

void cs_buf_i64(struct cs_buf *b, int64_t v)
{
    if (v < 0)
        cs_buf_putc(b, '-');
    cs_buf_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void cs_buf_vprintf(struct cs_buf *b, const char *fmt, va_list ap)
{
    size_t room = b->failed ? 0 : b->cap - b->len;
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(room ? b->p + b->len : NULL, room, fmt, ap); /* mostly it fits at once */

    if (n < 0)
        b->failed = true;
    else if ((size_t)n < room)
        b->len += (size_t)n;
    else if (cs_buf_reserve(b, (size_t)n)) {
        (void)vsnprintf(b->p + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

void cs_buf_printf(struct cs_buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    cs_buf_vprintf(b, fmt, ap);
    va_end(ap);
}

const char *cs_buf_cview(struct cs_buf *b)
{
    if (!b->p || b->failed)
        return "";
    b->p[b->len] = '\0';
    return b->p;
}
