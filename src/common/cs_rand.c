/* cs_rand.c - see cs_rand.h. */
#include "cs_rand.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

void cs_rand_secret(void *out, size_t len)
{
    unsigned char *p = out;

    while (len) {
        ssize_t n = getrandom(p, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            abort(); /* ENOSYS: a kernel before 3.17; nothing here could be trusted */
        p += n;
        len -= (size_t)n;
    }
}

void cs_rand_bytes(void *out, size_t len)
{
    static unsigned char pool[4096];
    static size_t left;
    static pid_t owner;

    if (owner != getpid()) {
        owner = getpid();
        left = 0;
    }
    if (len > sizeof pool) {
        cs_rand_secret(out, len);
        return;
    }
    if (left < len) {
        cs_rand_secret(pool, sizeof pool);
        left = sizeof pool;
    }
    left -= len;
    memcpy(out, pool + left, len);
    memset(pool + left, 0, len);
}

uint32_t cs_rand_below(uint32_t bound)
{
    uint32_t v;

    cs_rand_bytes(&v, sizeof v);
    return (uint32_t)((uint64_t)v * bound >> 32); /* bias below 2^-32 × bound: fine for jitter */
}
