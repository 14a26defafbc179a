/* cs_clock.h - durations use the monotonic clock; the wall clock only stamps. Order never depends
 * on either. */
#ifndef CS_CLOCK_H
#define CS_CLOCK_H

#include "cs_str.h"

#include <stdint.h>

uint64_t cs_clock_mono_ms(void);
uint64_t cs_clock_mono_us(void);
uint64_t cs_clock_wall_ms(void); /* since 1970, UTC */
int64_t cs_clock_wall_s(void);

/* RFC 3339 UTC with milliseconds: 2026-11-20T12:00:00.000Z (24 characters). */
void cs_buf_time(struct cs_buf *b, uint64_t wall_ms);

/* The same from PostgreSQL's text of a timestamptz with TimeZone UTC, "2026-11-20 12:00:00.12+00".
 * False when it is not that (infinity, another zone): then nothing is written. */
bool cs_buf_pg_time(struct cs_buf *b, struct cs_str pg);

#endif
