/* cs_utf8.c - see cs_utf8.h. Runs of ASCII, which is most of all text, go eight bytes at a time. */
#include "cs_utf8.h"

#define HIGH_BITS 0x8080808080808080u /* of eight bytes: any set means one of them is not ASCII */

static bool is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* The range that the second byte must lie in; the first one decides (RFC 3629 section 4). */
static bool second_ok(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0: /* below A0: overlong */
        return second >= 0xa0 && second <= 0xbf;
    case 0xed: /* above 9F: surrogates */
        return second >= 0x80 && second <= 0x9f;
    case 0xf0: /* below 90: overlong */
        return second >= 0x90 && second <= 0xbf;
    case 0xf4: /* above 8F: beyond U+10FFFF */
        return second >= 0x80 && second <= 0x8f;
    default:
        return is_tail(second);
    }
}

/* Bytes of the sequence at p, of which `left` are there; 0 when it is not well-formed. */
static size_t sequence(const unsigned char *p, size_t left)
{
    size_t len = p[0] < 0x80                    ? 1
                 : p[0] >= 0xc2 && p[0] <= 0xdf ? 2 /* C0, C1: overlong */
                 : (p[0] & 0xf0) == 0xe0        ? 3
                 : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
                                                : 0;

    if (len > left || (len > 1 && !second_ok(p[0], p[1])))
        return 0;
    for (size_t i = 2; i < len; i++)
        if (!is_tail(p[i]))
            return 0;
    return len;
}

static bool eight_ascii(const char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof word);
    return (word & HIGH_BITS) == 0;
}

size_t cs_utf8_bad_at(struct cs_str s)
{
    size_t i = 0;

    while (i < s.len) {
        if (s.len - i >= 8 && eight_ascii(s.p + i)) {
            i += 8;
            continue;
        }
        size_t n = sequence((const unsigned char *)s.p + i, s.len - i);
        if (!n)
            break;
        i += n;
    }
    return i;
}

bool cs_utf8_valid(struct cs_str s)
{
    return cs_utf8_bad_at(s) == s.len;
}

bool cs_utf8_text_ok(struct cs_str s)
{
    return s.len == 0 || (!memchr(s.p, '\0', s.len) && cs_utf8_valid(s));
}

size_t cs_utf8_count(struct cs_str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += !is_tail((unsigned char)s.p[i]);
    return n;
}

struct cs_str cs_utf8_cut(struct cs_str s, size_t max_points)
{
    size_t points = 0, i = 0;

    for (; i < s.len; i++) {
        if (is_tail((unsigned char)s.p[i]))
            continue;
        if (points == max_points)
            break;
        points++;
    }
    return cs_str_n(s.p, i);
}
