/* names.c - see names.h. */
#include "names.h"

#include "cs_utf8.h"

#include <stdint.h>

/* --- names of rooms, and addresses ------------------------------------------------------------ */

static bool is_control(const unsigned char *p, size_t left)
{
    if (p[0] < 0x20 || p[0] == 0x7f)
        return true;
    if (left >= 2 && p[0] == 0xc2) /* U+0080 … U+009F */
        return p[1] < 0xa0;
    if (left < 3 || p[0] != 0xe2)
        return false;
    bool line_or_turn = p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae; /* U+2028 … U+202E */
    return line_or_turn || (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9); /* U+2066 … U+2069 */
}

static const struct cs_str spaces[] = {CS_LIT(" "), CS_LIT("\xc2\xa0"), CS_LIT("\xe3\x80\x80")};

static bool is_padded(struct cs_str s)
{
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        struct cs_str space = spaces[i];
        if (cs_str_starts(s, space))
            return true;
        if (s.len >= space.len && memcmp(s.p + s.len - space.len, space.p, space.len) == 0)
            return true;
    }
    return false;
}

enum cs_rc name_check(struct cs_str name, const char *field, struct cs_err *err)
{
    for (size_t i = 0; i < name.len; i++)
        if (is_control((const unsigned char *)name.p + i, name.len - i))
            return cs_fail_field(err, field, "must not hold control characters");
    if (is_padded(name))
        return cs_fail_field(err, field, "must not begin or end with a space");
    return CS_OK;
}

enum cs_rc email_check(struct cs_str email, const char *field, struct cs_err *err)
{
    struct cs_str domain = email, local = cs_str_split(&domain, '@');
    bool whole = local.len > 0 && domain.len > 0 && !memchr(domain.p, '@', domain.len);

    if (!whole || memchr(email.p, ' ', email.len))
        return cs_fail_field(err, field, "must be an e-mail address");
    return name_check(email, field, err);
}

/* --- names of users --------------------------------------------------------------------------- */

static const char control[] = "must not hold control characters";
static const char invisible[] = "must not hold invisible characters";
static const char other_space[] = "must not hold other spaces than the ordinary one";
static const char reserved[] = "must not hold reserved or private characters";

/* Unicode 15: general categories Cc, Zl, Zp, Zs, Co, Default_Ignorable_Code_Point, bidi controls,
 * and some that are drawn as nothing (U+070F, U+2800, U+3164, U+13430 …). In order. */
static const struct refused {
    uint32_t first, last;
    const char *why;
} refused[] = {
    {0x0000, 0x001f, control},     {0x007f, 0x009f, control},     {0x00a0, 0x00a0, other_space},
    {0x00ad, 0x00ad, invisible},   {0x034f, 0x034f, invisible},   {0x061c, 0x061c, invisible},
    {0x070f, 0x070f, invisible},   {0x115f, 0x1160, invisible},   {0x1680, 0x1680, other_space},
    {0x17b4, 0x17b5, invisible},   {0x180b, 0x180f, invisible},   {0x2000, 0x200a, other_space},
    {0x200b, 0x200f, invisible},   {0x2028, 0x202e, control},     {0x202f, 0x202f, other_space},
    {0x205f, 0x205f, other_space}, {0x2060, 0x206f, invisible},   {0x2800, 0x2800, invisible},
    {0x3000, 0x3000, other_space}, {0x3164, 0x3164, invisible},   {0xe000, 0xf8ff, reserved},
    {0xfdd0, 0xfdef, reserved},    {0xfe00, 0xfe0f, invisible},   {0xfeff, 0xfeff, invisible},
    {0xffa0, 0xffa0, invisible},   {0xfff0, 0xfffc, reserved},    {0x13430, 0x1343f, invisible},
    {0x16fe4, 0x16fe4, invisible}, {0x1bca0, 0x1bca3, invisible}, {0x1d159, 0x1d159, invisible},
    {0x1d173, 0x1d17a, invisible}, {0xe0000, 0xe0fff, invisible}, {0xf0000, 0x10ffff, reserved},
};

static const char *why_refused(uint32_t point)
{
    if ((point & 0xfffe) == 0xfffe) /* the last two of every plane are no characters */
        return reserved;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (point >= refused[i].first && point <= refused[i].last)
            return refused[i].why;
    return NULL;
}

/* The first code point of a valid text that is not empty; moves *s behind it. */
static uint32_t next_point(struct cs_str *s)
{
    struct cs_str one = cs_utf8_cut(*s, 1);
    unsigned char lead = (unsigned char)one.p[0];
    uint32_t point = one.len == 1 ? lead : lead & (0xffu >> (one.len + 1));

    for (size_t i = 1; i < one.len; i++)
        point = point << 6 | ((unsigned char)one.p[i] & 0x3f);
    *s = cs_str_n(s->p + one.len, s->len - one.len);
    return point;
}

enum cs_rc username_check(struct cs_str name, const char *field, struct cs_err *err)
{
    if (!cs_utf8_valid(name))
        return cs_fail_field(err, field, "must be valid UTF-8");
    size_t points = cs_utf8_count(name);
    if (points < 1 || points > USERNAME_MAX)
        return cs_fail_field(err, field, "must have 1 to %d characters", USERNAME_MAX);
    for (struct cs_str rest = name; rest.len;) {
        const char *why = why_refused(next_point(&rest));
        if (why)
            return cs_fail_field(err, field, "%s", why);
    }
    if (name.p[0] == ' ' || name.p[name.len - 1] == ' ')
        return cs_fail_field(err, field, "must not begin or end with a space");
    if (memmem(name.p, name.len, "  ", 2))
        return cs_fail_field(err, field, "must not hold two spaces in a row");
    /* A text socket hears "name: text", and "! reason" from the server. */
    if (memmem(name.p, name.len, ": ", 2))
        return cs_fail_field(err, field, "must not hold a colon and a space");
    if (cs_str_starts(name, CS_LIT("! ")))
        return cs_fail_field(err, field, "must not begin with an exclamation mark and a space");
    return CS_OK;
}
