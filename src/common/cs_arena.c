/* cs_arena.c - bump allocation in chained blocks; see cs_arena.h for the contract.
 *
 * The first block survives a reset, so a worker that answers like requests in a row calls malloc
 * only for those that outgrow it.
 */
#include "cs_arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_BYTES = 16 * 1024, /* holds the usual request; larger needs get blocks of their own size */
    ALIGN = 16,              /* malloc's own alignment on every 64-bit platform */
};

struct cs_arena_block {
    struct cs_arena_block *prev;
    size_t cap, used;
    _Alignas(ALIGN) unsigned char data[];
};

struct cs_arena_defer {
    struct cs_arena_defer *prev;
    void (*destroy)(void *);
    void *object;
};

void cs_arena_init(struct cs_arena *a, size_t max_bytes)
{
    *a = (struct cs_arena){.max_bytes = max_bytes};
}

static void run_defers(struct cs_arena *a)
{
    while (a->defers) {
        struct cs_arena_defer *d = a->defers;
        a->defers = d->prev;
        d->destroy(d->object);
    }
}

void cs_arena_reset(struct cs_arena *a)
{
    run_defers(a);
    while (a->head && a->head->prev) {
        struct cs_arena_block *b = a->head;
        a->head = b->prev;
        free(b);
    }
    if (a->head)
        a->head->used = 0;
    a->used_bytes = 0;
    a->failed = false;
}

void cs_arena_release(struct cs_arena *a)
{
    cs_arena_reset(a);
    free(a->head);
    a->head = NULL;
}

static struct cs_arena_block *add_block(struct cs_arena *a, size_t need)
{
    size_t cap = need > BLOCK_BYTES ? need : BLOCK_BYTES;
    struct cs_arena_block *b = malloc(sizeof *b + cap);

    if (!b)
        return NULL;
    b->prev = a->head;
    b->cap = cap;
    b->used = 0;
    a->head = b;
    return b;
}

void *cs_arena_alloc(struct cs_arena *a, size_t bytes)
{
    size_t need = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    struct cs_arena_block *b = a->head;

    if (need < bytes || need > a->max_bytes - a->used_bytes)
        goto fail;
    if (!b || need > b->cap - b->used)
        b = add_block(a, need);
    if (!b)
        goto fail;
    void *p = b->data + b->used;
    b->used += need;
    a->used_bytes += need;
    return memset(p, 0, bytes);
fail:
    a->failed = true;
    return NULL;
}

void *cs_arena_array(struct cs_arena *a, size_t n, size_t size)
{
    if (size && n > SIZE_MAX / size) {
        a->failed = true;
        return NULL;
    }
    return cs_arena_alloc(a, n * size);
}

char *cs_arena_dup(struct cs_arena *a, const char *bytes, size_t len)
{
    char *p = len < SIZE_MAX ? cs_arena_alloc(a, len + 1) : NULL;

    if (p && len)
        memcpy(p, bytes, len);
    return p;
}

char *cs_arena_printf(struct cs_arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    char *p = n < 0 ? NULL : cs_arena_alloc(a, (size_t)n + 1);

    if (p)
        (void)vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(ap);
    return p;
}

bool cs_arena_defer(struct cs_arena *a, void (*destroy)(void *), void *object)
{
    struct cs_arena_defer *d = cs_arena_alloc(a, sizeof *d);

    if (!d) {
        destroy(object);
        return false;
    }
    *d = (struct cs_arena_defer){.prev = a->defers, .destroy = destroy, .object = object};
    a->defers = d;
    return true;
}
