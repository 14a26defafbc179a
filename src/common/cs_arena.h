/* cs_arena.h - memory of one request or one inbound frame.
 *
 * Everything that a request needs comes from its arena and goes back in one place: cs_arena_reset.
 * Foreign objects (a json-c tree, a PGresult) join it with cs_arena_defer and are released there
 * too, last in first out. What outlives the request is copied by a function whose name says so.
 *
 * Not thread-safe; one owner. An arena has a maximum, like every buffer here: past it, or when
 * malloc fails, an allocation returns NULL and `failed` stays set until the reset, so a handler may
 * allocate many times and check once.
 */
#ifndef CS_ARENA_H
#define CS_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdarg.h>

struct cs_arena_block;
struct cs_arena_defer;

struct cs_arena {
    struct cs_arena_block *head; /* newest block, allocations come from it */
    struct cs_arena_defer *defers;
    size_t used_bytes; /* handed out since the last reset */
    size_t max_bytes;
    bool failed;
};

/* `max_bytes`: the most that may be handed out between two resets. Allocates nothing yet. */
void cs_arena_init(struct cs_arena *a, size_t max_bytes);

/* Runs the deferred destructors, gives back all blocks but the first, clears `failed`. */
void cs_arena_reset(struct cs_arena *a);

/* As reset, and gives back the first block too. The arena may be initialised again. */
void cs_arena_release(struct cs_arena *a);

/* Zeroed memory, aligned for any type; NULL when the maximum or the system's memory is reached.
 * A size of 0 gives a valid pointer. */
void *cs_arena_alloc(struct cs_arena *a, size_t bytes);

/* `n` zeroed elements of `size` bytes; NULL also when n * size overflows. */
void *cs_arena_array(struct cs_arena *a, size_t n, size_t size);

/* A copy of `len` bytes with a NUL behind them. */
char *cs_arena_dup(struct cs_arena *a, const char *bytes, size_t len);

/* printf into the arena; NULL on failure. For short texts of our own, not for bulk output. */
char *cs_arena_printf(struct cs_arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Calls destroy(object) at reset. When the note itself cannot be allocated the object is destroyed
 * at once and false is returned: then it must not be used. */
bool cs_arena_defer(struct cs_arena *a, void (*destroy)(void *), void *object)
    __attribute__((warn_unused_result));

#endif
