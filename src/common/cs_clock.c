/* cs_clock.c - see cs_clock.h. */
#include "cs_clock.h"

#include <time.h>

static uint64_t clock_us(clockid_t which)
{
    struct timespec t;

    (void)clock_gettime(which, &t); /* cannot fail for these two clocks */
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t cs_clock_mono_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

uint64_t cs_clock_mono_ms(void)
{
    return clock_us(CLOCK_MONOTONIC) / 1000;
}

uint64_t cs_clock_wall_ms(void)
{
    return clock_us(CLOCK_REALTIME) / 1000;
}

int64_t cs_clock_wall_s(void)
{
    return (int64_t)(clock_us(CLOCK_REALTIME) / 1000000);
}

void cs_buf_time(struct cs_buf *b, uint64_t wall_ms)
{
    time_t s = (time_t)(wall_ms / 1000);
    struct tm tm;

    if (!gmtime_r(&s, &tm)) {
        b->failed = true;
        return;
    }
    cs_buf_printf(b, "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ", tm.tm_year + 1900, tm.tm_mon + 1,
                  tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (unsigned)(wall_ms % 1000));
}

bool cs_buf_pg_time(struct cs_buf *b, struct cs_str pg)
{
    enum { DATE = 10, SECONDS = 19 }; /* "2026-11-20" and "2026-11-20 12:00:00" */
    char out[] = "2026-11-20T12:00:00.000Z";

    if (pg.len < SECONDS + 3 || pg.p[DATE] != ' ' || !cs_str_eq(cs_str_n(pg.p + pg.len - 3, 3), CS_LIT("+00")))
        return false;
    memcpy(out, pg.p, DATE);
    memcpy(out + DATE + 1, pg.p + DATE + 1, SECONDS - DATE - 1);
    /* PostgreSQL drops trailing zeros of the fraction: copy up to three of its digits */
    for (size_t i = 0; i < 3 && pg.p[SECONDS] == '.'; i++) {
        size_t at = SECONDS + 1 + i;
        if (at >= pg.len - 3)
            break;
        out[SECONDS + 1 + i] = pg.p[at];
    }
    cs_buf_add(b, out, sizeof out - 1);
    return true;
}
