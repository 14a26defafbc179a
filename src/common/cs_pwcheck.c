/* cs_pwcheck.c - see cs_pwcheck.h.
 *
 * The password is folded once and kept in three readings: as it is, and with leet undone, where '1'
 * and '!' are an i or an l. Its core runs from the first letter to the last; what may be cut off
 * around the core is tried in every combination, because a digit there is a letter in one password
 * (pa55w0rd, h3ll0) and decoration in the next (dragon55). All loops are bounded by the 128 bytes
 * that a password may have; the copies are wiped.
 */
#include "cs_pwcheck.h"

#include "cs_hash.h"
#include "cs_pw.h"
#include "cs_utf8.h"

#include <stdint.h>

enum {
    READINGS = 3,
    WHO = 6,          /* user name, address, the part of it before the '@'; each also trimmed */
    ENTRY_WIDTH = 24, /* of the table: the longest entry and its NUL */
    CHUNK_MAX = 4,    /* bytes: a chunk that may not just be repeated, whatever it is */
};

static const char table[][ENTRY_WIDTH] = {
#include "common_passwords.inc"
};

static const size_t table_count = sizeof table / sizeof table[0];

struct cs_str cs_pw_common_at(size_t i)
{
    return i < table_count ? cs_str_n(table[i], strnlen(table[i], ENTRY_WIDTH))
                           : cs_str_n(NULL, 0);
}

static bool in_table(struct cs_str s)
{
    size_t low = 0, high = table_count;

    if (s.len >= ENTRY_WIDTH)
        return false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strncmp(s.p, table[middle], s.len);
        if (order == 0 && table[middle][s.len] == '\0')
            return true;
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* --- reading ---------------------------------------------------------------------------------- */

struct readings {
    char text[READINGS][CS_PW_MAX_BYTES]; /* the first: folded only */
    size_t len;
    struct cs_str who[WHO];
};

/* The capitals of two bytes whose small letter has two bytes too: Latin-1, Greek, Cyrillic. The
 * multiplication sign among the first goes to the division sign, on both sides of a comparison. */
static void fold_pair(const char *in, char *out)
{
    static const struct {
        unsigned first, last, add;
    } capitals[] = {
        {0xc0, 0xde, 0x20}, {0x391, 0x3a9, 0x20}, {0x400, 0x40f, 0x50}, {0x410, 0x42f, 0x20},
    };
    unsigned point = ((unsigned char)in[0] & 0x1fu) << 6 | ((unsigned char)in[1] & 0x3fu);

    for (size_t i = 0; i < sizeof capitals / sizeof *capitals; i++) {
        if (point >= capitals[i].first && point <= capitals[i].last) {
            point += capitals[i].add;
            break;
        }
    }
    out[0] = (char)(0xc0 | point >> 6);
    out[1] = (char)(0x80 | (point & 0x3f));
}

/* Lower case, byte for byte as long as before; of valid UTF-8. */
static void fold(struct cs_str s, char *out)
{
    for (size_t i = 0; i < s.len; i++) {
        if (((unsigned char)s.p[i] & 0xe0) == 0xc0 && i + 1 < s.len) {
            fold_pair(s.p + i, out + i);
            i++;
        } else {
            out[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] - 'A' + 'a') : s.p[i];
        }
    }
}

static char unleet(char c, char one)
{
    static const char from[] = "@4305$7", to[] = "aaeosst";
    const char *at = c ? strchr(from, c) : NULL;

    if (c == '1' || c == '!')
        return one;
    return at ? to[at - from] : c;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct cs_str trim(struct cs_str s, bool (*keep)(char))
{
    for (; s.len && !keep(s.p[0]); s.p++)
        s.len--;
    while (s.len && !keep(s.p[s.len - 1]))
        s.len--;
    return s;
}

static void read_password(struct readings *r, struct cs_str password, struct cs_str username,
                          struct cs_str email)
{
    struct cs_str rest = email;

    r->len = password.len;
    r->who[0] = username;
    r->who[1] = email;
    r->who[2] = cs_str_split(&rest, '@');
    for (size_t i = 0; i < WHO / 2; i++)
        r->who[WHO / 2 + i] = trim(r->who[i], is_letter);
    fold(password, r->text[0]);
    for (size_t i = 0; i < r->len; i++) {
        r->text[1][i] = unleet(r->text[0][i], 'i');
        r->text[2][i] = unleet(r->text[0][i], 'l');
    }
}

/* --- the rules -------------------------------------------------------------------------------- */

/* What cannot be decoration: from the first letter to the last; without letters, digits. */
static struct cs_str core_of(struct cs_str s)
{
    struct cs_str core = trim(s, is_letter);

    if (!core.len)
        core = trim(s, is_digit);
    return core.len ? core : s;
}

static bool one_or_two_distinct(struct cs_str s)
{
    struct cs_str seen[2];
    size_t kinds = 0;

    for (size_t at = 0; at < s.len;) {
        struct cs_str point = cs_utf8_cut(cs_str_n(s.p + at, s.len - at), 1);
        size_t k = 0;
        while (k < kinds && !cs_str_eq(seen[k], point))
            k++;
        if (k == 2)
            return false;
        if (k == kinds)
            seen[kinds++] = point;
        at += point.len;
    }
    return true;
}

/* A piece of something that fingers or tongues run along, in either direction. */
static bool is_walk(struct cs_str s)
{
    static const struct cs_str lines[] = {
        CS_LIT("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"),
        CS_LIT("012345678901234567890123456789"),
        CS_LIT("`1234567890-=qwertyuiop[]asdfghjkl;'zxcvbnm,./"),
        CS_LIT("~!@#$%^&*()_+qwertyuiop{}asdfghjkl:\"zxcvbnm<>?"),
        CS_LIT("1234567890qwertzuiopasdfghjklyxcvbnm"),
        CS_LIT("1234567890azertyuiopqsdfghjklmwxcvbn"),
        CS_LIT("1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/"),
        CS_LIT("qazwsxedcrfvtgbyhnujmikolp"),
        CS_LIT("1q2w3e4r5t6y7u8i9o0p"),
        CS_LIT("q1w2e3r4t5y6u7i8o9p0"),
        CS_LIT("1a2b3c4d5e6f7g8h9i0j"),
        CS_LIT("a1b2c3d4e5f6g7h8i9j0"),
        CS_LIT("йцукенгшщзхъфывапролджэячсмитьбю"),
    };
    char backwards[CS_PW_MAX_BYTES];
    bool found = false;

    for (size_t i = 0; i < s.len; i++)
        backwards[i] = s.p[s.len - 1 - i];
    for (size_t i = 0; i < sizeof lines / sizeof *lines && !found; i++)
        found = memmem(lines[i].p, lines[i].len, s.p, s.len) ||
                memmem(lines[i].p, lines[i].len, backwards, s.len);
    cs_hash_wipe(backwards, sizeof backwards);
    return found;
}

/* The shortest chunk that the text repeats, twice or more and perhaps cut at the end; s without. */
static struct cs_str chunk_of(struct cs_str s)
{
    for (size_t n = 1; 2 * n <= s.len; n++)
        if (memcmp(s.p, s.p + n, s.len - n) == 0)
            return cs_str_n(s.p, n);
    return s;
}

static bool is_pattern(struct cs_str s)
{
    size_t chunk = chunk_of(s).len;

    return (chunk < s.len && chunk <= CHUNK_MAX) || one_or_two_distinct(s) || is_walk(s);
}

static bool same_folded(struct cs_str folded, struct cs_str other)
{
    char text[CS_PW_MAX_BYTES];

    if (!other.len || other.len != folded.len || other.len > sizeof text)
        return false;
    fold(other, text);
    return memcmp(text, folded.p, other.len) == 0;
}

static bool is_known(const struct readings *r, struct cs_str s)
{
    if (in_table(s))
        return true;
    for (size_t i = 0; i < WHO; i++)
        if (same_folded(s, r->who[i]))
            return true;
    return false;
}

/* Some reading of the first `len` bytes, from anywhere before the core to anywhere behind it. */
static bool is_dressed_up(const struct readings *r, struct cs_str core, size_t len)
{
    size_t first = (size_t)(core.p - r->text[0]), last = first + core.len;

    for (size_t k = 0; k < READINGS; k++)
        for (size_t from = 0; from <= first; from++)
            for (size_t to = last; to <= len; to++)
                if (is_known(r, cs_str_n(r->text[k] + from, to - from)))
                    return true;
    return false;
}

static bool is_common(const struct readings *r)
{
    struct cs_str s = cs_str_n(r->text[0], r->len), chunk = chunk_of(s);

    if (is_pattern(s))
        return true;
    for (; chunk.len < s.len; chunk = chunk_of(s)) /* passwordpassword is password */
        s = chunk;
    struct cs_str core = core_of(s);
    /* a pattern counts when it is most of it: abcabc12, but not 3.14159-xyz */
    if (is_pattern(s) || (2 * core.len >= s.len && is_pattern(core)))
        return true;
    return is_dressed_up(r, core, s.len) || is_known(r, chunk_of(core));
}

/* --- the door --------------------------------------------------------------------------------- */

static bool is_ascii(struct cs_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

static enum cs_rc check_size(struct cs_str password, size_t min_bytes, const char *field,
                             struct cs_err *err)
{
    /* people count characters; the limit counts bytes, and only of ASCII both numbers are one */
    const char *unit = is_ascii(password) ? "characters" : "bytes";

    if (password.len < min_bytes)
        return cs_fail_field(err, field, "must have at least %zu %s", min_bytes, unit);
    if (password.len > CS_PW_MAX_BYTES)
        return cs_fail_field(err, field, "must have at most %d %s", CS_PW_MAX_BYTES, unit);
    return CS_OK;
}

enum cs_rc cs_pw_check(struct cs_str password, size_t min_bytes, struct cs_str username,
                       struct cs_str email, const char *field, struct cs_err *err)
{
    struct readings r;
    enum cs_rc rc = check_size(password, min_bytes, field, err);

    if (rc != CS_OK)
        return rc;
    if (!cs_utf8_text_ok(password))
        return cs_fail_field(err, field, "must be UTF-8 text without NUL characters");
    read_password(&r, password, username, email);
    bool common = is_common(&r);
    cs_hash_wipe(&r, sizeof r);
    return common ? cs_fail_field(err, field, "is too common") : CS_OK;
}
