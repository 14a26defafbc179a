/* trim.h - gives memory back to the system when many have gone (I10). */
#ifndef TRIM_H
#define TRIM_H

#include <stdint.h>

/* Looks every half a minute. Where the C library has no such thing, does nothing. */
void trim_tick(uint64_t now_ms);

#endif
