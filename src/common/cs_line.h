/* cs_line.h - memory that begins with a cache line, so that what is used together is fetched together. */
#ifndef CS_LINE_H
#define CS_LINE_H

#include <stdlib.h>
#include <string.h>

enum { CS_LINE_BYTES = 64 }; /* of the processors that servers have; another size costs time only */

/* As calloc(1, size), and as free()d. */
static inline void *cs_line_calloc(size_t size)
{
    size_t whole = (size + CS_LINE_BYTES - 1) / CS_LINE_BYTES * CS_LINE_BYTES;
    void *p = aligned_alloc(CS_LINE_BYTES, whole);

    return p ? memset(p, 0, whole) : NULL;
}

#endif
