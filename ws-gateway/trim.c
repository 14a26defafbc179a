/* trim.c - see trim.h. glibc returns only the end of its heap by itself: after a crowd of slow
 * readers, one who stays keeps all that lies before him resident. Walking the free chunks and telling
 * the kernel takes about a millisecond, so it is done seldom, and only when it is worth it. */
#include "trim.h"

#include <malloc.h>

enum {
    EVERY_MS = 30000,
    WORTH_BYTES = 8 * 1024 * 1024, /* free inside the heap */
    KEPT_BYTES = 1024 * 1024,      /* at its end, for who comes next */
};

void trim_tick(uint64_t now_ms)
{
#ifdef __GLIBC__
    static uint64_t looked_ms;

    if (now_ms < looked_ms + EVERY_MS)
        return;
    looked_ms = now_ms;
    if (mallinfo2().fordblks > WORTH_BYTES)
        (void)malloc_trim(KEPT_BYTES);
#else
    (void)now_ms;
#endif
}
