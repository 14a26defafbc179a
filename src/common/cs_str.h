/* cs_str.h - borrowed strings and growable buffers with a maximum.
 *
 * struct cs_str borrows bytes that somebody else owns: a pointer and a length, never relied on to
 * end in NUL. struct cs_buf owns its bytes; it is born with a maximum and fails stickily: once an
 * append did not fit, `failed` is set and every further append is ignored, so a builder writes many
 * times and checks once.
 */
#ifndef CS_STR_H
#define CS_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cs_arena;

struct cs_str {
    const char *p; /* may be NULL when len is 0 */
    size_t len;
};

#define CS_LIT(s) ((struct cs_str){"" s, sizeof(s) - 1}) /* of a literal */
/* For printf: CS_STR_FMT with CS_STR_ARG, which evaluates its argument three times. */
#define CS_STR_FMT "%.*s"
#define CS_STR_ARG(s) (int)(s).len, (s).p ? (s).p : ""

static inline struct cs_str cs_str_n(const char *p, size_t len)
{
    return (struct cs_str){p, len};
}

/* Of a C string; NULL gives the empty string. */
static inline struct cs_str cs_str_c(const char *s)
{
    return (struct cs_str){s, s ? strlen(s) : 0};
}

static inline bool cs_str_eq(struct cs_str a, struct cs_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static inline bool cs_str_is(struct cs_str a, const char *literal)
{
    return cs_str_eq(a, cs_str_c(literal));
}

/* ASCII letters compare without regard to case (header names, schemes). */
bool cs_str_ieq(struct cs_str a, struct cs_str b);
bool cs_str_starts(struct cs_str s, struct cs_str prefix);

/* Without leading and trailing spaces, tabs, CR and LF. */
struct cs_str cs_str_trim(struct cs_str s);

/* Cuts *rest at the first `sep`: returns what stands before it and moves *rest behind it. With no
 * `sep` left, returns all and sets *rest to {NULL, 0}. Loop while (rest.p). */
struct cs_str cs_str_split(struct cs_str *rest, char sep);

/* A copy in the arena, NUL-terminated; {NULL, 0} when it does not fit. */
struct cs_str cs_str_dup(struct cs_arena *a, struct cs_str s);

/* As above, but the bare C string (NULL on failure). Bytes after an embedded NUL are kept but a C
 * reader will not see them: callers that pass it to the system check for NUL first. */
char *cs_str_cstr(struct cs_arena *a, struct cs_str s);

struct cs_buf {
    char *p;
    size_t len, cap, max;
    bool failed;
};

/* `max`: the most bytes it may ever hold. Allocates nothing yet. */
void cs_buf_init(struct cs_buf *b, size_t max);
void cs_buf_release(struct cs_buf *b);

/* Empties it, keeps its memory, clears `failed`. */
void cs_buf_clear(struct cs_buf *b);

/* Empties it and gives its memory back when that is more than `keep` bytes. */
void cs_buf_shrink(struct cs_buf *b, size_t keep);

/* The slow half of cs_buf_reserve. */
bool cs_buf_enlarge(struct cs_buf *b, size_t len);

/* Room for `len` more bytes without another allocation; false (and failed) when there is none. The
 * caller writes to b->p + b->len and adds to b->len itself. */
static inline bool cs_buf_reserve(struct cs_buf *b, size_t len)
{
    /* one more: the NUL of cs_buf_cview never needs an allocation of its own */
    return (len < b->cap - b->len && !b->failed) || cs_buf_enlarge(b, len);
}

/* Inline, because a page of history is written by thousands of these. */
static inline void cs_buf_add(struct cs_buf *b, const void *bytes, size_t len)
{
    if (!len || !cs_buf_reserve(b, len))
        return;
    memcpy(b->p + b->len, bytes, len);
    b->len += len;
}

static inline void cs_buf_putc(struct cs_buf *b, char c)
{
    if (cs_buf_reserve(b, 1))
        b->p[b->len++] = c;
}

static inline void cs_buf_str(struct cs_buf *b, struct cs_str s)
{
    cs_buf_add(b, s.p, s.len);
}

static inline void cs_buf_cstr(struct cs_buf *b, const char *s)
{
    cs_buf_add(b, s, strlen(s));
}

void cs_buf_u64(struct cs_buf *b, uint64_t v);
void cs_buf_i64(struct cs_buf *b, int64_t v);
void cs_buf_printf(struct cs_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void cs_buf_vprintf(struct cs_buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static inline struct cs_str cs_buf_view(const struct cs_buf *b)
{
    return (struct cs_str){b->p, b->len};
}

/* NUL behind the last byte (not counted); "" when empty or failed. Valid until the next append. */
const char *cs_buf_cview(struct cs_buf *b);

#endif
