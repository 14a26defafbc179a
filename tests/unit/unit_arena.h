/* unit_arena.h - the arena of a unit test whose tests share one: opened and closed with their group. */
#ifndef UNIT_ARENA_H
#define UNIT_ARENA_H

#include "cs_arena.h"

static struct cs_arena arena;

static int open_arena(void **state)
{
    (void)state;
    cs_arena_init(&arena, 1 << 20);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    cs_arena_release(&arena);
    return 0;
}

#endif
