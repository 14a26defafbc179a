/* text.c - see text.h. */
#include "text.h"

#include "cs_parse.h"

enum { TEXT_MAX_BYTES = 1024 * 1024, LIFE_MIN_S = 60, LIFE_MAX_S = 3650 * 86400 };

/* How many bytes from p on are one control character: those of ASCII and of Latin-1, line
 * separators and what turns the writing direction. 0: it is none. */
static size_t control_at(const unsigned char *p, size_t left)
{
    if (p[0] < 0x20 || p[0] == 0x7f)
        return 1;
    if (left >= 2 && p[0] == 0xc2 && p[1] < 0xa0) /* U+0080 … U+009F */
        return 2;
    if (left < 3 || p[0] != 0xe2)
        return 0;
    bool line_or_turn = p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae; /* U+2028 … U+202E */
    bool isolate = p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9;      /* U+2066 … U+2069 */
    return line_or_turn || isolate ? 3 : 0;
}

static void put_escape(struct cs_buf *b, unsigned char c)
{
    if (c == '\t')
        cs_buf_cstr(b, "\\t");
    else if (c == '\n')
        cs_buf_cstr(b, "\\n");
    else
        cs_buf_printf(b, "\\x%02x", c);
}

void ctl_put_text(struct cs_buf *b, struct cs_str s)
{
    for (size_t i = 0; i < s.len;) {
        const unsigned char *p = (const unsigned char *)s.p + i;
        size_t n = control_at(p, s.len - i);
        for (size_t k = 0; k < n; k++)
            put_escape(b, p[k]);
        if (n == 0 && *p == '\\')
            cs_buf_putc(b, '\\'); /* or what was escaped could not be told from what was not */
        if (n == 0)
            cs_buf_putc(b, (char)*p);
        i += n ? n : 1;
    }
}

const char *ctl_text(struct ctl *c, struct cs_str s)
{
    struct cs_buf b;

    cs_buf_init(&b, TEXT_MAX_BYTES);
    ctl_put_text(&b, s);
    const char *text = b.failed ? NULL : cs_str_cstr(&c->arena, cs_buf_view(&b));
    cs_buf_release(&b);
    return text ? text : "";
}

const char *ctl_time_or(struct ctl *c, struct cs_str pg, const char *none)
{
    return pg.p ? ctl_time(c, pg) : none;
}

bool ctl_parse_life(const char *text, int64_t *life_s)
{
    *life_s = 0;
    return strcmp(text, "never") == 0 ||
           cs_parse_duration(cs_str_c(text), LIFE_MIN_S, LIFE_MAX_S, life_s);
}
