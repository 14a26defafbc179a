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

/* The value of a hexadecimal digit, 0x80 for every other byte; rows of a page hold hundreds. */
static const uint8_t hex_values[256] = {
    [0 ... '0' - 1] = 0x80, ['0'] = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ['9' + 1 ... 'A' - 1] = 0x80, ['A'] = 10, 11, 12, 13, 14, 15,
    ['F' + 1 ... 'a' - 1] = 0x80, ['a'] = 10, 11, 12, 13, 14, 15,
    ['f' + 1 ... 255] = 0x80,
};

/* Where the two digits of each byte stand between the dashes. */
static const uint8_t places[16] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};

bool cs_uuid_parse(struct cs_str text, struct cs_uuid *out)
{
    const unsigned char *p = (const unsigned char *)text.p;
    unsigned bad = 0;

    if (text.len != CS_UUID_LEN || p[8] != '-' || p[13] != '-' || p[18] != '-' || p[23] != '-')
        return false;
    for (size_t i = 0; i < sizeof out->b; i++) {
        unsigned high = hex_values[p[places[i]]], low = hex_values[p[places[i] + 1]];
        bad |= high | low;
        out->b[i] = (uint8_t)(high << 4 | low);
    }
    return !(bad & 0x80);
}

void cs_uuid_text(const struct cs_uuid *id, char out[CS_UUID_LEN + 1])
{
    static const char hex[] = "0123456789abcdef";

    out[8] = out[13] = out[18] = out[23] = '-';
    for (size_t i = 0; i < sizeof id->b; i++) {
        out[places[i]] = hex[id->b[i] >> 4];
        out[places[i] + 1] = hex[id->b[i] & 15];
    }
    out[CS_UUID_LEN] = '\0';
}

void cs_buf_uuid(struct cs_buf *b, const struct cs_uuid *id)
{
    char text[CS_UUID_LEN + 1];

    cs_uuid_text(id, text);
    cs_buf_add(b, text, CS_UUID_LEN);
}
