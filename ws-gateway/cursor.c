/* cursor.c - see cursor.h. */
#include "cursor.h"

enum { EPOCH_DIGITS = 11, ROOM_DIGITS = 8, ROOM_BYTES = 6, SEQ_DIGITS_MAX = 11 };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* --- numbers ---------------------------------------------------------------------------------- */

static void put(struct cs_buf *b, uint64_t v, int width)
{
    for (int shift = (width - 1) * 6; shift >= 0; shift -= 6)
        cs_buf_putc(b, digits[v >> shift & 63]);
}

static int width_of(uint64_t v)
{
    int width = 1;

    while (width < SEQ_DIGITS_MAX && v >> (6 * width))
        width++;
    return width;
}

/* False: there is a character that is no digit, or it is above 2^64. */
static bool get(struct cs_str text, uint64_t *v)
{
    *v = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *digit = text.p[i] ? strchr(digits, text.p[i]) : NULL;
        if (!digit || *v >> 58)
            return false;
        *v = *v << 6 | (uint64_t)(digit - digits);
    }
    return text.len > 0;
}

static struct cs_str from(struct cs_str s, size_t at)
{
    return cs_str_n(s.p + at, s.len - at);
}

/* --- what is in it ---------------------------------------------------------------------------- */

/* FNV-1a: it has to tell epochs apart that came about one after the other, not to withstand
 * anybody; who invents one gets what he may hear, or a position that is void. */
uint64_t cursor_epoch(const char *epoch)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (; *epoch; epoch++)
        h = (h ^ (unsigned char)*epoch) * UINT64_C(0x100000001b3);
    return h;
}

static uint64_t room_of(const struct cs_uuid *id)
{
    uint64_t v = 0;

    for (size_t i = sizeof id->b - ROOM_BYTES; i < sizeof id->b; i++)
        v = v << 8 | id->b[i];
    return v;
}

static size_t find(const struct cursor *c, uint64_t room)
{
    size_t i = 0;

    while (i < c->n && c->at[i].room != room)
        i++;
    return i;
}

const struct cursor_at *cursor_find(const struct cursor *c, const struct cs_uuid *room)
{
    size_t i = find(c, room_of(room));

    return i < c->n ? &c->at[i] : NULL;
}

static bool set(struct cursor *c, uint64_t room, uint64_t seq)
{
    size_t i = find(c, room);

    if (i == CURSOR_PLACES_MAX)
        return false;
    c->at[i] = (struct cursor_at){room, seq};
    c->n += i == c->n;
    return true;
}

bool cursor_set(struct cursor *c, const struct cs_uuid *room, uint64_t seq)
{
    return set(c, room_of(room), seq);
}

void cursor_drop(struct cursor *c, const struct cs_uuid *room)
{
    size_t i = find(c, room_of(room));

    if (i < c->n)
        c->at[i] = c->at[--c->n];
}

/* --- as text ---------------------------------------------------------------------------------- */

void cursor_write(const struct cursor *c, struct cs_buf *b)
{
    cs_buf_putc(b, '1');
    put(b, c->epoch, EPOCH_DIGITS);
    for (size_t i = 0; i < c->n; i++) {
        cs_buf_putc(b, '.');
        put(b, c->at[i].room, ROOM_DIGITS);
        put(b, c->at[i].seq, width_of(c->at[i].seq));
    }
}

static bool parse_room(struct cs_str part, struct cursor *out)
{
    uint64_t room, seq;

    return part.len > ROOM_DIGITS && get(cs_str_n(part.p, ROOM_DIGITS), &room) &&
           get(from(part, ROOM_DIGITS), &seq) && seq <= INT64_MAX && find(out, room) == out->n &&
           set(out, room, seq);
}

static bool parse(struct cs_str text, struct cursor *out)
{
    struct cs_str rest = text, head = cs_str_split(&rest, '.');

    if (head.len != 1 + EPOCH_DIGITS || head.p[0] != '1' || !get(from(head, 1), &out->epoch))
        return false;
    while (rest.p)
        if (!parse_room(cs_str_split(&rest, '.'), out))
            return false;
    return true;
}

bool cursor_parse(struct cs_str text, struct cursor *out)
{
    out->n = 0;
    if (text.len <= CURSOR_TEXT_MAX && parse(text, out))
        return true;
    *out = (struct cursor){.n = 0};
    return false;
}
