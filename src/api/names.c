/* names.c - see names.h. */
#include "names.h"

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
