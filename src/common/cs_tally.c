/* cs_tally.c - see cs_tally.h.
 *
 * The file: a page with the head, then the slots, each a whole number of pages, so that two processes
 * never write to the same cache line. It is sparse: memory and disk are taken when a slot is, ahead of
 * the first write, because a store into a mapped hole of a full disk is a SIGBUS. `used` slots have
 * been held at some time; nobody looks at the others.
 */
#include "cs_tally.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PAGE = 4096,
    OPENING = 1 << 20, /* the byte that is locked while the head is looked at; then come the slots' */
    TRIES = 8,         /* the file may be replaced under us, by versions that start side by side */
    REPLACED = -1,
};

static const char magic[8] = "cstally1";

struct head {
    char magic[sizeof magic]; /* written last */
    uint64_t id, counters, numbers;
    uint64_t used;
};

static struct head *head_of(const struct cs_tally *t)
{
    return (struct head *)(void *)t->map;
}

static size_t slot_bytes(const struct cs_tally_layout *layout)
{
    return (layout->numbers * sizeof(uint64_t) + PAGE - 1) / PAGE * PAGE;
}

static size_t slot_at(const struct cs_tally_layout *layout, int slot)
{
    return PAGE + (size_t)slot * slot_bytes(layout);
}

static size_t file_bytes(const struct cs_tally_layout *layout)
{
    return slot_at(layout, CS_TALLY_SLOTS);
}

static uint64_t *numbers_of(const struct cs_tally *t, int slot)
{
    return (uint64_t *)(void *)(t->map + slot_at(&t->layout, slot));
}

static struct flock byte_lock(int slot, short type)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = OPENING + 1 + slot,
                          .l_len = 1};
}

/* --- opening ---------------------------------------------------------------------------------- */

static enum cs_rc unusable(const char *path, int why, struct cs_err *err)
{
    return cs_fail_detail(err, CS_E_CONFIG, "The file of counters %s cannot be used: %s", path,
                          strerror(why));
}

/* Whether the path still leads to the file that we have open. */
static bool is_in_place(const struct cs_tally *t, const char *path)
{
    struct stat ours, there;

    return fstat(t->fd, &ours) == 0 && stat(path, &there) == 0 && ours.st_ino == there.st_ino &&
           ours.st_dev == there.st_dev;
}

static bool is_empty(const struct cs_tally *t)
{
    struct stat st;

    return fstat(t->fd, &st) == 0 && st.st_size == 0;
}

static bool is_ours(const struct cs_tally *t)
{
    struct head h;

    return pread(t->fd, &h, sizeof h, 0) == (ssize_t)sizeof h &&
           memcmp(h.magic, magic, sizeof magic) == 0 && h.id == t->layout.id &&
           h.counters == t->layout.counters && h.numbers == t->layout.numbers;
}

/* 0, or errno. The size comes first and the magic last: what a killed process leaves is either empty
 * or nobody's. */
static int make(const struct cs_tally *t)
{
    struct head h = {.id = t->layout.id, .counters = t->layout.counters, .numbers = t->layout.numbers};

    if (ftruncate(t->fd, (off_t)file_bytes(&t->layout)))
        return errno;
    int why = posix_fallocate(t->fd, 0, PAGE);
    if (why)
        return why;
    if (pwrite(t->fd, &h, sizeof h, 0) != (ssize_t)sizeof h ||
        pwrite(t->fd, magic, sizeof magic, 0) != (ssize_t)sizeof magic)
        return ENOSPC;
    return 0;
}

/* Opens the file and locks its opening byte: 0, an errno, or REPLACED: look again. */
static int open_once(struct cs_tally *t, const char *path)
{
    struct flock lock = byte_lock(-1, F_WRLCK);

    t->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (t->fd < 0)
        return errno;
    while (fcntl(t->fd, F_OFD_SETLKW, &lock))
        if (errno != EINTR)
            return errno;
    if (!is_in_place(t, path))
        return REPLACED;
    if (is_empty(t))
        return make(t);
    if (is_ours(t))
        return 0;
    return unlink(path) ? errno : REPLACED;
}

static int open_file(struct cs_tally *t, const char *path)
{
    int why = REPLACED;

    for (int i = 0; why == REPLACED && i < TRIES; i++) {
        cs_tally_close(t);
        why = open_once(t, path);
    }
    return why == REPLACED ? EBUSY : why;
}

static bool map_file(struct cs_tally *t)
{
    void *map = mmap(NULL, file_bytes(&t->layout), PROT_READ | PROT_WRITE, MAP_SHARED, t->fd, 0);

    t->map = map == MAP_FAILED ? NULL : map;
    return t->map != NULL;
}

/* Locks the first slot that nobody holds: 0 or errno. */
static int take_slot(struct cs_tally *t)
{
    for (t->slot = 0; t->slot < CS_TALLY_SLOTS; t->slot++) {
        struct flock lock = byte_lock(t->slot, F_WRLCK);
        if (fcntl(t->fd, F_OFD_SETLK, &lock) == 0)
            return 0;
        if (errno != EAGAIN && errno != EACCES)
            return errno;
    }
    return EAGAIN;
}

static int enter(struct cs_tally *t)
{
    struct head *head = head_of(t);
    int why = take_slot(t);

    if (!why)
        why = posix_fallocate(t->fd, (off_t)slot_at(&t->layout, t->slot),
                              (off_t)slot_bytes(&t->layout));
    if (why)
        return why;
    uint64_t *own = numbers_of(t, t->slot);
    for (size_t i = t->layout.counters; i < t->layout.numbers; i++)
        __atomic_store_n(&own[i], 0, __ATOMIC_RELAXED);
    if (head->used <= (uint64_t)t->slot)
        __atomic_store_n(&head->used, (uint64_t)t->slot + 1, __ATOMIC_RELAXED);
    t->own = own;
    return 0;
}

enum cs_rc cs_tally_open(struct cs_tally *t, const char *path, const struct cs_tally_layout *layout,
                         struct cs_err *err)
{
    struct flock done = byte_lock(-1, F_UNLCK);

    *t = (struct cs_tally){.fd = -1, .layout = *layout};
    int why = open_file(t, path);
    if (!why)
        why = map_file(t) ? enter(t) : errno;
    if (why) {
        cs_tally_close(t);
        return unusable(path, why, err);
    }
    (void)fcntl(t->fd, F_OFD_SETLK, &done); /* freeing what is held does not fail */
    return CS_OK;
}

/* --- adding up -------------------------------------------------------------------------------- */

/* One's own lock is none for oneself. */
static bool is_held(const struct cs_tally *t, int slot)
{
    struct flock probe = byte_lock(slot, F_WRLCK);

    return slot == t->slot ||
           (fcntl(t->fd, F_OFD_GETLK, &probe) == 0 && probe.l_type != F_UNLCK);
}

size_t cs_tally_sum(const struct cs_tally *t, uint64_t *out)
{
    int used = (int)__atomic_load_n(&head_of(t)->used, __ATOMIC_RELAXED);
    size_t held = 0;

    memset(out, 0, t->layout.numbers * sizeof *out);
    for (int slot = 0; slot < used && slot < CS_TALLY_SLOTS; slot++) {
        const uint64_t *numbers = numbers_of(t, slot);
        bool lives = is_held(t, slot);
        size_t n = lives ? t->layout.numbers : t->layout.counters;
        for (size_t i = 0; i < n; i++)
            out[i] += __atomic_load_n(&numbers[i], __ATOMIC_RELAXED);
        held += lives;
    }
    return held;
}

uint64_t cs_tally_largest(const struct cs_tally *t, size_t n)
{
    int used = (int)__atomic_load_n(&head_of(t)->used, __ATOMIC_RELAXED);
    uint64_t largest = 0;

    for (int slot = 0; slot < used && slot < CS_TALLY_SLOTS; slot++) {
        uint64_t number = __atomic_load_n(&numbers_of(t, slot)[n], __ATOMIC_RELAXED);
        if (number > largest && is_held(t, slot))
            largest = number;
    }
    return largest;
}

void cs_tally_close(struct cs_tally *t)
{
    if (t->map)
        (void)munmap(t->map, file_bytes(&t->layout));
    if (t->fd >= 0)
        (void)close(t->fd); /* and with it the slot */
    t->fd = -1;
    t->map = NULL;
    t->own = NULL;
}
