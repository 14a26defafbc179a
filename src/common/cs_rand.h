/* cs_rand.h - random bytes from the kernel. */
#ifndef CS_RAND_H
#define CS_RAND_H

#include <stddef.h>
#include <stdint.h>

/* Fills `out`; for keys and tokens. getrandom(2) cannot fail for these sizes once seeded. */
void cs_rand_secret(void *out, size_t len);

/* Fills `out` from a pool that is refilled 4 KiB at a time: ids and jitter need no system call
 * each. Forked children do not share the pool (it is keyed to the process id). */
void cs_rand_bytes(void *out, size_t len);

/* Uniform in 0 … bound-1 (bound ≥ 1); for jitter, not for secrets. */
uint32_t cs_rand_below(uint32_t bound);

#endif
