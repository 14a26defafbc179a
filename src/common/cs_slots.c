/* cs_slots.c - see cs_slots.h.
 *
 * A waiting process polls. The kernel's waiting form, F_OFD_SETLKW, waits for one byte and not for
 * any of several, and is ended early only by a signal. A look at all slots is a few system calls,
 * at most `queue` processes look, and POLL_MS is small beside the 30 ms and more of a hash.
 */
#include "cs_slots.h"

#include "cs_clock.h"
#include "cs_notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum {
    POLL_MS = 5,
    RETRY_AFTER_MS = 1000, /* a queue of hashes is gone within a second or so */
    NONE = -1,
    FAILED = -2,
};

static struct flock byte_lock(int at, short type)
{
    /* l_pid must be 0 for these locks, and is */
    return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
}

static void unlock(struct cs_slots *s, int at)
{
    struct flock lock = byte_lock(at, F_UNLCK);

    (void)fcntl(s->fd, F_OFD_SETLK, &lock); /* freeing what is held does not fail */
}

/* Locks the first free byte of `count` from `start` on: its number, NONE when all are taken, FAILED
 * with errno. */
static int lock_one(struct cs_slots *s, int start, int count)
{
    for (int at = start; at < start + count; at++) {
        struct flock lock = byte_lock(at, F_WRLCK);
        if (fcntl(s->fd, F_OFD_SETLK, &lock) == 0)
            return at;
        if (errno != EAGAIN && errno != EACCES) /* POSIX lets a taken lock say either */
            return FAILED;
    }
    return NONE;
}

static enum cs_rc open_file(struct cs_slots *s, const char *path, struct cs_err *err)
{
    struct flock probe = byte_lock(0, F_WRLCK);

    s->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->fd < 0)
        return cs_fail_detail(err, CS_E_CONFIG, "The file of slots %s cannot be opened: %s", path,
                              strerror(errno));
    if (fcntl(s->fd, F_OFD_GETLK, &probe) == 0)
        return CS_OK;
    int why = errno;
    cs_slots_close(s);
    return cs_fail_detail(err, CS_E_CONFIG, "The file of slots %s cannot be locked: %s", path,
                          strerror(why));
}

enum cs_rc cs_slots_open(struct cs_slots *s, const char *path, int slots, int queue,
                         struct cs_err *err)
{
    *s = (struct cs_slots){.fd = -1, .slots = slots, .queue = queue, .held = NONE};
    if (slots < 1 || slots > CS_SLOTS_QUEUE_AT)
        return cs_fail_detail(err, CS_E_CONFIG, "There must be 1 to %d slots, not %d",
                              CS_SLOTS_QUEUE_AT, slots);
    if (queue < 0 || queue > CS_SLOTS_QUEUE_AT)
        return cs_fail_detail(err, CS_E_CONFIG, "There must be 0 to %d waiting places, not %d",
                              CS_SLOTS_QUEUE_AT, queue);
    return open_file(s, path, err);
}

static enum cs_rc refuse(struct cs_err *err)
{
    (void)cs_fail(err, CS_E_RATE);
    if (err)
        err->retry_after_ms = RETRY_AFTER_MS;
    return CS_E_RATE;
}

/* The answer for what lock_one gave: CS_E_RATE for NONE. */
static enum cs_rc answer(int got, struct cs_err *err)
{
    if (got == FAILED)
        return cs_fail_log(err, CS_E_UNAVAILABLE, "slots: fcntl: %s", strerror(errno));
    return got == NONE ? refuse(err) : CS_OK;
}

/* Polls from a waiting place; the slot's number, NONE when the time is over, FAILED. */
static int wait_for_slot(struct cs_slots *s, int wait_ms)
{
    uint64_t deadline = cs_clock_mono_ms() + (uint64_t)(wait_ms > 0 ? wait_ms : 0);
    int got = NONE;

    while (got == NONE && cs_clock_mono_ms() < deadline) {
        (void)poll(NULL, 0, POLL_MS); /* a signal only makes the next look come earlier */
        cs_notify_alive();
        got = lock_one(s, 0, s->slots);
    }
    return got;
}

enum cs_rc cs_slots_take(struct cs_slots *s, int wait_ms, struct cs_err *err)
{
    if (s->fd < 0 || s->held != NONE)
        abort();
    int got = lock_one(s, 0, s->slots);
    if (got == NONE) {
        int place = lock_one(s, CS_SLOTS_QUEUE_AT, s->queue);
        if (place < 0)
            return answer(place, err);
        got = wait_for_slot(s, wait_ms);
        unlock(s, place);
    }
    enum cs_rc rc = answer(got, err);
    if (rc == CS_OK)
        s->held = got;
    return rc;
}

void cs_slots_give(struct cs_slots *s)
{
    if (s->held != NONE)
        unlock(s, s->held);
    s->held = NONE;
}

void cs_slots_close(struct cs_slots *s)
{
    if (s->fd >= 0)
        (void)close(s->fd); /* and with it the slot */
    s->fd = -1;
    s->held = NONE;
}
