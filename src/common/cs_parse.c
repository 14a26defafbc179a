/* cs_parse.c - see cs_parse.h. */
#include "cs_parse.h"

#include "cs_arena.h"
#include "cs_utf8.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool cs_parse_u64(struct cs_str s, uint64_t min, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;

    if (!s.len)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!is_digit(s.p[i]) || __builtin_mul_overflow(v, (uint64_t)10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
            return false;
    }
    if (v < min || v > max)
        return false;
    *out = v;
    return true;
}

bool cs_parse_i64(struct cs_str s, int64_t min, int64_t max, int64_t *out)
{
    bool negative = s.len && s.p[0] == '-';
    uint64_t magnitude, limit = (uint64_t)INT64_MAX + negative;

    if (negative)
        s = cs_str_n(s.p + 1, s.len - 1);
    if (!cs_parse_u64(s, 0, limit, &magnitude))
        return false;
    int64_t v = (int64_t)(negative ? 0 - magnitude : magnitude);
    if (v < min || v > max)
        return false;
    *out = v;
    return true;
}

bool cs_parse_bool(struct cs_str s, bool *out)
{
    static const struct {
        struct cs_str word;
        bool value;
    } words[] = {
        {CS_LIT("true"), true}, {CS_LIT("yes"), true},    {CS_LIT("on"), true},
        {CS_LIT("1"), true},    {CS_LIT("false"), false}, {CS_LIT("no"), false},
        {CS_LIT("off"), false}, {CS_LIT("0"), false},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (cs_str_ieq(s, words[i].word)) {
            *out = words[i].value;
            return true;
        }
    }
    return false;
}

static int64_t seconds_of(char unit)
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    default:
        return 0;
    }
}

bool cs_parse_duration(struct cs_str s, int64_t min_s, int64_t max_s, int64_t *out_s)
{
    int64_t v, unit = s.len ? seconds_of(s.p[s.len - 1]) : 0;

    if (unit)
        s.len--;
    if (!cs_parse_i64(s, 0, INT64_MAX, &v) || __builtin_mul_overflow(v, unit ? unit : 1, &v))
        return false;
    if (v < min_s || v > max_s)
        return false;
    *out_s = v;
    return true;
}

/* A number of exactly `digits` digits at the front, then `separator` ('\0': none); moves behind. */
static bool take_number(struct cs_str *s, size_t digits, char separator, int64_t max, int64_t *out)
{
    size_t len = digits + (separator != '\0');
    uint64_t v;

    if (s->len < len || !cs_parse_u64(cs_str_n(s->p, digits), 0, (uint64_t)max, &v))
        return false;
    if (separator && s->p[digits] != separator && s->p[digits] != (separator | 0x20))
        return false; /* letters in either case: RFC 3339 section 5.6; -, : and . have that bit */
    *s = cs_str_n(s->p + len, s->len - len);
    *out = (int64_t)v;
    return true;
}

/* Days since 1970-01-01; false when there is no such day. */
static bool days_of(int64_t year, int64_t month, int64_t day, int64_t *days)
{
    static const int16_t before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int64_t past = year - 1; /* whole years since the year 1 */

    if (year < 1 || month < 1 || month > 12 || day < 1)
        return false;
    if (day > before[month] - before[month - 1] + (month == 2 && leap))
        return false;
    *days = past * 365 + past / 4 - past / 100 + past / 400 + before[month - 1] +
            (month > 2 && leap) + day - 1 - 719162; /* days from 0001-01-01 to 1970-01-01 */
    return true;
}

/* `.` and digits, if it is there: the first three are milliseconds. */
static bool take_fraction(struct cs_str *s, int64_t *ms)
{
    size_t n = 1;

    *ms = 0;
    if (!s->len || s->p[0] != '.')
        return true;
    for (int64_t unit = 100; n < s->len && is_digit(s->p[n]); n++, unit /= 10)
        *ms += (s->p[n] - '0') * unit;
    *s = cs_str_n(s->p + n, s->len - n);
    return n > 1;
}

/* Z or +hh:mm or -hh:mm, and nothing behind it. */
static bool take_offset(struct cs_str s, int64_t *minutes)
{
    char sign = s.len ? s.p[0] : '\0';
    int64_t h = 0, m = 0;

    *minutes = 0;
    if (sign == 'Z' || sign == 'z')
        return s.len == 1;
    if (sign != '+' && sign != '-')
        return false;
    s = cs_str_n(s.p + 1, s.len - 1);
    if (!take_number(&s, 2, ':', 23, &h) || !take_number(&s, 2, '\0', 59, &m) || s.len)
        return false;
    *minutes = sign == '-' ? -(60 * h + m) : 60 * h + m;
    return true;
}

bool cs_parse_rfc3339(struct cs_str s, int64_t *ms_since_1970)
{
    const int64_t max_ms = 253402300799999; /* 9999-12-31T23:59:59.999Z */
    int64_t year, month, day, hour, minute, second, ms, offset, days;

    if (!take_number(&s, 4, '-', 9999, &year) || !take_number(&s, 2, '-', 12, &month) ||
        !take_number(&s, 2, 'T', 31, &day) || !take_number(&s, 2, ':', 23, &hour) ||
        !take_number(&s, 2, ':', 59, &minute) || !take_number(&s, 2, '\0', 59, &second))
        return false;
    if (!take_fraction(&s, &ms) || !take_offset(s, &offset) || !days_of(year, month, day, &days))
        return false;
    int64_t v = (((days * 24 + hour) * 60 + minute - offset) * 60 + second) * 1000 + ms;
    if (v < 0 || v > max_ms)
        return false;
    *ms_since_1970 = v;
    return true;
}

int cs_parse_hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte that two digits spell, or -1. */
static int hex_byte(const char *p)
{
    int high = cs_parse_hex_digit(p[0]), low = cs_parse_hex_digit(p[1]);

    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

bool cs_parse_hex(struct cs_str s, uint8_t *out, size_t len)
{
    if (s.len % 2 || s.len / 2 != len)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (cs_parse_hex_digit(s.p[i]) < 0)
            return false;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)hex_byte(s.p + 2 * i);
    return true;
}

void cs_buf_hex(struct cs_buf *b, const void *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = bytes;

    if (!cs_buf_reserve(b, 2 * len))
        return;
    for (size_t i = 0; i < len; i++) {
        b->p[b->len++] = digits[p[i] >> 4];
        b->p[b->len++] = digits[p[i] & 15];
    }
}

enum cs_rc cs_parse_percent(struct cs_arena *a, struct cs_str s, bool plus, struct cs_str *out,
                            struct cs_err *err)
{
    char *text = cs_arena_alloc(a, s.len + 1); /* decoding never grows */
    size_t n = 0;

    if (!text)
        return cs_fail(err, CS_E_NO_MEMORY);
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] != '%') {
            text[n++] = plus && s.p[i] == '+' ? ' ' : s.p[i];
            continue;
        }
        int byte = s.len - i > 2 ? hex_byte(s.p + i + 1) : -1;
        if (byte < 0)
            return cs_fail_detail(err, CS_E_BAD_ENCODING, "A percent escape is broken");
        text[n++] = (char)byte;
        i += 2;
    }
    text[n] = '\0';
    if (!cs_utf8_text_ok(cs_str_n(text, n)))
        return cs_fail(err, CS_E_BAD_ENCODING);
    *out = cs_str_n(text, n);
    return CS_OK;
}

enum cs_rc cs_parse_pair(struct cs_arena *a, struct cs_str *rest, struct cs_pair *out, bool *found,
                         struct cs_err *err)
{
    struct cs_str piece = {NULL, 0};

    while (rest->p && !piece.len)
        piece = cs_str_split(rest, '&');
    *found = piece.len > 0;
    if (!*found)
        return CS_OK;
    struct cs_str value = piece, name = cs_str_split(&value, '=');
    enum cs_rc rc = cs_parse_percent(a, name, true, &out->name, err);
    return rc ? rc : cs_parse_percent(a, value, true, &out->value, err);
}
