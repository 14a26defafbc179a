/* cs_slots.h - a cap on how many processes of a machine do something at once; survives kill -9.
 *
 * The auth workers share one: at most N argon2 hashes at a time, so that a flood of logins fills a
 * queue of known length and is then told 429 before it costs a hash (security.md S9), while memory
 * and cores stay for everybody else.
 *
 * A slot is a locked byte of a small file: an open file description lock (fcntl(2), F_OFD_SETLK),
 * which the kernel releases with the process, however it ends. Bytes 0 … slots-1 are the slots,
 * those from CS_SLOTS_QUEUE_AT on the waiting places. Processes with different numbers in their
 * configuration (in the middle of a reload) therefore still agree about every byte.
 */
#ifndef CS_SLOTS_H
#define CS_SLOTS_H

#include "cs_err.h"

enum { CS_SLOTS_QUEUE_AT = 1 << 20 };

struct cs_slots {
    int fd, slots, queue;
    int held; /* the slot that this process has, -1 for none */
};

/* Opens `path`, creating it (0600, close-on-exec) when it is not there; its folder is one that only
 * the service writes to. slots: 1 … CS_SLOTS_QUEUE_AT, queue: 0 … CS_SLOTS_QUEUE_AT. Every process
 * opens it for itself, after the fork: an inherited struct cs_slots shares the parent's locks.
 * CS_E_CONFIG, with a sentence: numbers out of range, the file cannot be opened, is a symbolic
 * link, or cannot be locked. Then *s is closed. */
enum cs_rc cs_slots_open(struct cs_slots *s, const char *path, int slots, int queue,
                         struct cs_err *err) CS_MUST_CHECK;

/* Takes a free slot at once; without one, takes a waiting place and waits up to wait_ms for a slot.
 * Blocks for no longer than that. Who waits is not served in order, and who has just come may be
 * faster; wait_ms bounds the bad luck. The process holds no slot before (else it aborts).
 * CS_E_RATE with retry_after_ms: all waiting places are taken (at once), or the time is over.
 * CS_E_UNAVAILABLE: the kernel has no locks left. */
enum cs_rc cs_slots_take(struct cs_slots *s, int wait_ms, struct cs_err *err) CS_MUST_CHECK;

/* Gives the slot back; nothing happens without one. */
void cs_slots_give(struct cs_slots *s);

/* Gives the slot back and closes the file, which stays. Harmless when closed already. */
void cs_slots_close(struct cs_slots *s);

#endif
