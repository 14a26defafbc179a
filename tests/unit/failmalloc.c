/* failmalloc.c - see failmalloc.h. The names with two underscores are those that --wrap gives. */
#include "failmalloc.h"

#include "unit.h"

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t bytes);

static unsigned countdown; /* allocations until the one that fails; 0: none will */
static bool failed;

static bool fails_now(void)
{
    if (!countdown || --countdown)
        return false;
    failed = true;
    return true;
}

void *__wrap_malloc(size_t bytes)
{
    return fails_now() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t bytes)
{
    return fails_now() ? NULL : __real_realloc(p, bytes);
}

unsigned failmalloc_sweep(bool (*unit)(void))
{
    for (unsigned n = 1;; n++) {
        failed = false;
        countdown = n;
        bool ok = unit();
        countdown = 0;
        if (ok == failed)
            fail_msg("allocation %u %s, but the unit says %s", n,
                     failed ? "failed" : "did not fail", ok ? "ok" : "failed");
        if (!failed)
            return n - 1;
    }
}
