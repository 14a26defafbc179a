/* mentions.c - see mentions.h. */
#include "mentions.h"

#include "cs_jsonw.h"
#include "cs_utf8.h"

enum kind { LETTER, MARK, SPACE, BREAK };

/* What one code point is to a name: a part of it, punctuation that may be behind it, the space
 * between two of its words, or something that no name holds. */
static enum kind kind_of(struct cs_str point)
{
    unsigned char a = (unsigned char)point.p[0];
    unsigned char b = point.len > 1 ? (unsigned char)point.p[1] : 0;

    if (a == ' ')
        return SPACE;
    if (a < 0x20 || a == 0x7f)
        return BREAK;
    if (a < 0x80) {
        bool alnum = (a >= '0' && a <= '9') || ((a | 0x20) >= 'a' && (a | 0x20) <= 'z');
        return alnum ? LETTER : MARK;
    }
    if (a == 0xc2 && b < 0xc0) /* U+0080 … U+00BF */
        return MARK;
    if (a == 0xe2 && b <= 0x81) /* U+2000 … U+207F: spaces, dashes, quotes, ellipses */
        return MARK;
    if (a == 0xe3 && b == 0x80) /* U+3000 … U+303F: their like in Chinese and Japanese */
        return MARK;
    return a == 0xef && b == 0xbc && (unsigned char)point.p[2] <= 0x8f ? MARK : LETTER;
}

static struct cs_str behind(struct cs_str s, size_t n)
{
    return cs_str_n(s.p + n, s.len - n);
}

/* A name ends where a word does, and before punctuation: "bob!" may be a name, or bob's with an
 * exclamation mark behind it. */
static bool may_end(enum kind before, enum kind next)
{
    if (before == SPACE)
        return false;
    return next == SPACE || next == BREAK || (next == MARK && before == LETTER);
}

/* The lengths of what may be a name at the beginning of `text`, ascending; how many. */
static size_t find_ends(struct cs_str text, size_t ends[MENTION_TRIES_MAX])
{
    enum kind before = SPACE; /* so an empty name is none, nor is one that begins with a space */
    size_t n = 0, at = 0;
    int words = 1;

    for (int points = 0; n < MENTION_TRIES_MAX && points <= MENTION_NAME_MAX; points++) {
        struct cs_str point = cs_utf8_cut(behind(text, at), 1);
        enum kind next = point.len ? kind_of(point) : BREAK;
        if (may_end(before, next))
            ends[n++] = at;
        if (next == BREAK || (next == SPACE && (before == SPACE || words++ == MENTION_WORDS_MAX)))
            break;
        before = next;
        at += point.len;
    }
    return n;
}

static void put_tries(struct cs_jw *w, struct cs_str text, const size_t *ends, size_t n)
{
    cs_jw_arr_begin(w);
    while (n > 0)
        cs_jw_str(w, cs_str_n(text.p, ends[--n]));
    cs_jw_arr_end(w);
}

/* An @ in the middle of a word is an address of another kind. */
static bool begins_word(const char *start, const char *at)
{
    const char *p = at;

    if (p == start)
        return true;
    do
        p--;
    while (p > start && ((unsigned char)*p & 0xc0) == 0x80);
    return kind_of(cs_str_n(p, (size_t)(at - p))) != LETTER;
}

void mentions_put(struct cs_buf *out, struct cs_str text)
{
    struct cs_jw w = cs_jw_on(out);
    size_t ends[MENTION_TRIES_MAX];
    struct cs_str rest = text;
    int found = 0, places = 0;

    while (rest.len && found < MENTIONS_MAX && places < MENTION_PLACES_MAX) {
        const char *at = memchr(rest.p, '@', rest.len);
        if (!at)
            break;
        rest = behind(rest, (size_t)(at - rest.p) + 1);
        if (!begins_word(text.p, at))
            continue;
        places++;
        size_t n = find_ends(rest, ends);
        if (!n)
            continue;
        if (found++ == 0)
            cs_jw_arr_begin(&w);
        put_tries(&w, rest, ends, n);
    }
    if (found)
        cs_jw_arr_end(&w);
}
