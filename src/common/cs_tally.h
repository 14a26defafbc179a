/* cs_tally.h - numbers that many processes of a machine count together; survives kill -9.
 *
 * A mapped file with a slot for each process. A process writes to its own slot only, so counting
 * needs no lock; whoever wants the sum adds up the slots. A slot is held by a locked byte of the
 * file (an open file description lock, as in cs_slots.h), which the kernel releases with the process,
 * however it ends. What it has counted stays: the next one to take the slot counts on from there, so
 * that no sum ever goes down. Gauges say how things are now; those of a slot that nobody holds are
 * nothing.
 *
 * The file says which numbers it holds. One of another layout (another version of the program, which
 * may still be running) is left to those who have it mapped, and replaced.
 */
#ifndef CS_TALLY_H
#define CS_TALLY_H

#include "cs_err.h"

#include <stdint.h>

enum { CS_TALLY_SLOTS = 256 }; /* processes at the same time */

struct cs_tally_layout {
    uint64_t id;     /* of another meaning, another id */
    size_t counters; /* numbers at the front that only go up */
    size_t numbers;  /* all; the rest are gauges */
};

struct cs_tally {
    int fd;
    char *map;
    struct cs_tally_layout layout;
    int slot;      /* which is ours */
    uint64_t *own; /* its numbers; NULL when closed */
};

/* Opens the file, creating it (0600, close-on-exec), in a folder that only the service writes to, and
 * takes a slot, its gauges at 0. Every process opens it for itself, after the fork. Blocks while
 * another process is in here.
 * CS_E_CONFIG, with a sentence: the file cannot be used, the disk is full, all slots are taken; then
 * *t is closed. */
enum cs_rc cs_tally_open(struct cs_tally *t, const char *path, const struct cs_tally_layout *layout,
                         struct cs_err *err) CS_MUST_CHECK;

/* The sums over all slots into out[layout.numbers]; returns how many processes hold one. */
size_t cs_tally_sum(const struct cs_tally *t, uint64_t *out);

/* The largest of the n-th number (from 0) of all processes that hold a slot. */
uint64_t cs_tally_largest(const struct cs_tally *t, size_t n);

/* Gives the slot up; what was counted stays. Harmless when closed already. */
void cs_tally_close(struct cs_tally *t);

#endif
