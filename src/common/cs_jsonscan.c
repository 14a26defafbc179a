/* cs_jsonscan.c - see cs_jsonscan.h. A recursive descent whose depth is the document's, capped. */
#include "cs_jsonscan.h"

#include "cs_parse.h"

enum {
    /* Characters of a number, digits of an exponent. Far more than a double or a timestamp needs,
     * and inside what PostgreSQL's numeric, which holds jsonb's numbers, can take. */
    NUMBER_MAX = 64,
    EXPONENT_MAX = 3,
};

struct scan {
    const char *at, *end;
    unsigned depth_left;
    struct cs_jsonsum sum;
    size_t pairs;
    const char *why;
};

static bool value(struct scan *s);

/* The next byte, or NUL at the end: no rule of the grammar accepts NUL. */
static char peek(const struct scan *s)
{
    return s->at < s->end ? *s->at : '\0';
}

static bool fail(struct scan *s, const char *why)
{
    s->why = why;
    return false;
}

static void skip_space(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
        s->at++;
}

static bool take(struct scan *s, char c)
{
    if (peek(s) != c)
        return false;
    s->at++;
    return true;
}

static bool literal(struct scan *s, struct cs_str word)
{
    if (!cs_str_starts(cs_str_n(s->at, (size_t)(s->end - s->at)), word))
        return fail(s, "unexpected character");
    s->at += word.len;
    return true;
}

/* The four digits behind \u; -1 when they are not there. */
static long code_unit(struct scan *s)
{
    long v = 0;

    for (int i = 0; i < 4; i++) {
        int digit = cs_parse_hex_digit(peek(s));
        if (digit < 0)
            return -1;
        v = v << 4 | digit;
        s->at++;
    }
    return v;
}

static bool is_high_surrogate(long unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

/* Behind \u: a code unit, and a second escape when it is the first half of a pair. */
static bool unicode_escape(struct scan *s)
{
    long first = code_unit(s);

    if (first < 0)
        return fail(s, "bad \\u escape");
    if (first == 0)
        return fail(s, "\\u0000 is not allowed");
    if (first < 0xd800 || first > 0xdfff) {
        s->sum.text_bytes += first < 0x80 ? 1 : first < 0x800 ? 2 : 3;
        return true;
    }
    s->pairs++;
    s->sum.text_bytes += 4; /* of a pair's character in UTF-8 */
    if (!is_high_surrogate(first) || !take(s, '\\') || !take(s, 'u'))
        return fail(s, "lone surrogate");
    long second = code_unit(s);
    return (second >= 0xdc00 && second <= 0xdfff) || fail(s, "lone surrogate");
}

static bool escape(struct scan *s)
{
    switch (peek(s)) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        s->at++;
        s->sum.text_bytes++;
        return true;
    case 'u':
        s->at++;
        return unicode_escape(s);
    default:
        return fail(s, "unknown escape");
    }
}

static bool string(struct scan *s)
{
    if (!take(s, '"'))
        return fail(s, "a string in double quotes is expected");
    while (s->at < s->end) {
        unsigned char c = (unsigned char)*s->at;
        if (c < 0x20)
            return fail(s, "control character in a string");
        s->at++;
        if (c == '"')
            return true;
        if (c != '\\')
            s->sum.text_bytes++;
        else if (!escape(s))
            return false;
    }
    return fail(s, "unfinished string");
}

static size_t digits(struct scan *s)
{
    const char *start = s->at;

    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    return (size_t)(s->at - start);
}

/* Of a number without fraction and exponent: does it fit int64? No leading zeros, so the one with
 * more digits is the larger, and equally long ones compare as text. */
static bool fits_int64(const char *digits_at, size_t n, bool negative)
{
    struct cs_str limit = negative ? CS_LIT("9223372036854775808") : CS_LIT("9223372036854775807");

    return n < limit.len || (n == limit.len && memcmp(digits_at, limit.p, n) <= 0);
}

static bool exponent(struct scan *s)
{
    s->at++;
    if (!take(s, '-'))
        (void)take(s, '+');
    size_t n = digits(s);
    if (n == 0)
        return fail(s, "bad number");
    return n <= EXPONENT_MAX || fail(s, "number out of range");
}

static bool number(struct scan *s)
{
    const char *start = s->at;
    bool negative = take(s, '-'), integer = true;
    const char *whole = s->at;
    size_t n = digits(s);

    if (n == 0 || (n > 1 && *whole == '0'))
        return fail(s, "bad number");
    if (take(s, '.')) {
        integer = false;
        if (digits(s) == 0)
            return fail(s, "bad number");
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        integer = false;
        if (!exponent(s))
            return false;
    }
    if ((integer && !fits_int64(whole, n, negative)) || s->at - start > NUMBER_MAX)
        return fail(s, "number out of range");
    return true;
}

static bool member(struct scan *s)
{
    s->sum.members++;
    skip_space(s);
    if (!string(s))
        return false;
    skip_space(s);
    return take(s, ':') ? value(s) : fail(s, "':' is expected");
}

/* What stands between two brackets: items with commas between them, or nothing. */
static bool list(struct scan *s, bool (*item)(struct scan *), char close)
{
    if (s->depth_left == 0)
        return fail(s, "nested too deeply");
    s->depth_left--;
    s->at++; /* the opening bracket brought us here */
    skip_space(s);
    if (!take(s, close)) {
        do {
            if (!item(s))
                return false;
        } while (take(s, ','));
        if (!take(s, close))
            return fail(s, s->at == s->end ? "unexpected end" : "unexpected character");
    }
    s->depth_left++;
    return true;
}

/* With the white space around it. */
static bool value(struct scan *s)
{
    bool ok;

    s->sum.values++;
    skip_space(s);
    switch (peek(s)) {
    case '{':
        ok = list(s, member, '}');
        break;
    case '[':
        ok = list(s, value, ']');
        break;
    case '"':
        ok = string(s);
        break;
    case 't':
        ok = literal(s, CS_LIT("true"));
        break;
    case 'f':
        ok = literal(s, CS_LIT("false"));
        break;
    case 'n':
        ok = literal(s, CS_LIT("null"));
        break;
    case '-':
    case '0' ... '9':
        ok = number(s);
        break;
    default:
        return fail(s, s->at == s->end ? "unexpected end" : "unexpected character");
    }
    skip_space(s);
    return ok;
}

bool cs_jsonscan(struct cs_str text, unsigned max_depth, struct cs_jsonscan *out)
{
    struct scan s = {.at = text.p, .end = text.p + text.len, .depth_left = max_depth};
    bool ok = peek(&s) == '{' ? list(&s, member, '}') : fail(&s, "an object is expected");

    if (ok && s.at < s.end)
        ok = fail(&s, "text behind the object");
    *out = (struct cs_jsonscan){
        .sum = s.sum, .pairs = s.pairs, .bad_at = (size_t)(s.at - text.p), .why = s.why};
    return ok;
}

/* The UTF-8 of the character that two surrogates spell. */
static void put_pair(long high, long low, char out[4])
{
    long point = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);

    out[0] = (char)(0xf0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3f));
    out[2] = (char)(0x80 | (point >> 6 & 0x3f));
    out[3] = (char)(0x80 | (point & 0x3f));
}

size_t cs_jsonscan_respell(struct cs_str text, char *out)
{
    struct scan s = {.at = text.p, .end = text.p + text.len};
    size_t n = 0;

    while (s.at < s.end) {
        const char *start = s.at;
        if (!take(&s, '\\')) {
            out[n++] = *s.at++;
            continue;
        }
        long high = take(&s, 'u') ? code_unit(&s) : -1;
        if (is_high_surrogate(high)) {
            s.at += 2; /* the second \u, which the scan has seen */
            put_pair(high, code_unit(&s), out + n);
            n += 4;
            continue;
        }
        if (high < 0)
            s.at = start + 2; /* a short escape: both characters, or \\ would escape what follows */
        memcpy(out + n, start, (size_t)(s.at - start));
        n += (size_t)(s.at - start);
    }
    return n;
}
