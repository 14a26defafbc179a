/* cs_id.c - see cs_id.h. Single-threaded, like every program here: the counter needs no lock. */
#include "cs_id.h"

#include "cs_clock.h"
#include "cs_rand.h"

const struct cs_uuid CS_LOBBY_ID = {
    {0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1},
};

struct cs_uuid cs_uuid_new(void)
{
    static uint64_t last_ms;
    static unsigned counter;
    struct cs_uuid id;
    uint64_t ms = cs_clock_wall_ms();

    cs_rand_bytes(id.b, sizeof id.b);
    if (ms > last_ms) {
        last_ms = ms;
        counter = (unsigned)(id.b[6] << 8 | id.b[7]) & 0x7ff; /* half of the range left to count */
    } else if (++counter > 0xfff) {
        last_ms++; /* also when the clock stepped back: go on from the last one given */
        counter = 0;
    }
    for (int i = 0; i < 6; i++)
        id.b[i] = (uint8_t)(last_ms >> (40 - 8 * i));
    id.b[6] = (uint8_t)(0x70 | counter >> 8);
    id.b[7] = (uint8_t)counter;
    id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3f));
    return id;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool is_dash_place(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

bool cs_uuid_parse(struct cs_str text, struct cs_uuid *out)
{
    size_t nibble = 0;

    if (text.len != CS_UUID_LEN)
        return false;
    for (size_t i = 0; i < CS_UUID_LEN; i++) {
        if (is_dash_place(i)) {
            if (text.p[i] != '-')
                return false;
            continue;
        }
        int v = hex_value(text.p[i]);
        if (v < 0)
            return false;
        uint8_t *byte = &out->b[nibble / 2];
        *byte = (uint8_t)(nibble % 2 ? *byte | v : v << 4);
        nibble++;
    }
    return true;
}

void cs_uuid_text(const struct cs_uuid *id, char out[CS_UUID_LEN + 1])
{
    static const char hex[] = "0123456789abcdef";
    char *p = out;

    for (size_t i = 0; i < sizeof id->b; i++) {
        if (is_dash_place((size_t)(p - out)))
            *p++ = '-';
        *p++ = hex[id->b[i] >> 4];
        *p++ = hex[id->b[i] & 15];
    }
    *p = '\0';
}

void cs_buf_uuid(struct cs_buf *b, const struct cs_uuid *id)
{
    char text[CS_UUID_LEN + 1];

    cs_uuid_text(id, text);
    cs_buf_add(b, text, CS_UUID_LEN);
}
