/* test_slots.c - the cap over processes (S9): it holds, the queue has an end, and a killed holder
 * frees its slot. Children report over pipes; nothing waits for a fixed time.
 */
#include "unit.h"

#include "cs_clock.h"
#include "cs_slots.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000 }; /* what a loaded machine is given; a good run needs none of it */

static char folder[] = "/tmp/test_slots.XXXXXX", path[64];
static struct cs_err err;

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(path, sizeof path, "%s/slots", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static void open_slots(struct cs_slots *s, int slots, int queue)
{
    assert_int_equal(cs_slots_open(s, path, slots, queue, &err), CS_OK);
}

/* --- children --------------------------------------------------------------------------------- */

struct child {
    pid_t pid;
    int report; /* reads one byte when it has its slot */
};

/* Takes a slot, reports, and holds it until it is killed. Never returns. */
static void hold(int report, int slots, int queue)
{
    struct cs_slots s;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed test leaves nobody behind */
    if (cs_slots_open(&s, path, slots, queue, NULL) || cs_slots_take(&s, PATIENCE_MS, NULL) ||
        write(report, "h", 1) != 1)
        _exit(1);
    for (;;)
        (void)pause();
}

static struct child start_holder(int slots, int queue)
{
    struct child c;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    c.pid = fork();
    assert_true(c.pid >= 0);
    if (c.pid == 0)
        hold(ends[1], slots, queue);
    (void)close(ends[1]);
    c.report = ends[0];
    return c;
}

static bool has_slot(const struct child *c, int patience_ms)
{
    struct pollfd p = {.fd = c->report, .events = POLLIN};
    char byte = 0;

    return poll(&p, 1, patience_ms) == 1 && read(c->report, &byte, 1) == 1 && byte == 'h';
}

static void kill_hard(const struct child *c)
{
    int status;

    assert_int_equal(kill(c->pid, SIGKILL), 0);
    assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    (void)close(c->report);
}

/* Somebody sits in a waiting place. */
static bool somebody_waits(const struct cs_slots *s)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = CS_SLOTS_QUEUE_AT};

    assert_int_equal(fcntl(s->fd, F_OFD_GETLK, &lock), 0); /* l_len 0: to the end */
    return lock.l_type != F_UNLCK;
}

static void wait_until_somebody_waits(const struct cs_slots *s)
{
    uint64_t deadline = cs_clock_mono_ms() + PATIENCE_MS;

    while (!somebody_waits(s)) {
        assert_true(cs_clock_mono_ms() < deadline);
        (void)poll(NULL, 0, 1);
    }
}

/* --- the cap ---------------------------------------------------------------------------------- */

static void s9_the_queue_has_an_end_and_a_kill_frees_the_slot(void **state)
{
    struct child one = start_holder(2, 1), two = start_holder(2, 1);
    struct cs_slots s;

    (void)state;
    assert_true(has_slot(&one, PATIENCE_MS) && has_slot(&two, PATIENCE_MS));
    struct child waiting = start_holder(2, 1);
    open_slots(&s, 2, 1);
    wait_until_somebody_waits(&s);

    uint64_t before = cs_clock_mono_ms(); /* beyond the queue: refused at once */
    assert_int_equal(cs_slots_take(&s, PATIENCE_MS, &err), CS_E_RATE);
    assert_true(cs_clock_mono_ms() - before < PATIENCE_MS / 2);
    assert_true(err.rc == CS_E_RATE && err.retry_after_ms > 0);
    assert_false(has_slot(&waiting, 0));

    kill_hard(&one);
    assert_true(has_slot(&waiting, PATIENCE_MS));
    assert_int_equal(cs_slots_take(&s, 30, &err), CS_E_RATE); /* it waited: the place was free */
    kill_hard(&two);
    kill_hard(&waiting);
    assert_int_equal(cs_slots_take(&s, 0, &err), CS_OK);
    cs_slots_close(&s);
}

static void a_killed_waiter_frees_its_place(void **state)
{
    struct cs_slots holder, s;

    (void)state;
    open_slots(&holder, 1, 1);
    assert_int_equal(cs_slots_take(&holder, 0, &err), CS_OK);
    struct child waiting = start_holder(1, 1);
    wait_until_somebody_waits(&holder);
    kill_hard(&waiting);
    assert_false(somebody_waits(&holder));
    open_slots(&s, 1, 1);
    cs_slots_close(&holder);
    assert_int_equal(cs_slots_take(&s, 0, &err), CS_OK);
    cs_slots_close(&s);
}

/* --- many at once ----------------------------------------------------------------------------- */

struct shared {
    atomic_int inside, most, taken;
};

enum { CHILDREN = 6, TURNS = 25, CAP = 2 };

static void take_turns(struct shared *shared)
{
    struct cs_slots s;

    if (cs_slots_open(&s, path, CAP, CHILDREN, NULL))
        _exit(1);
    for (int i = 0; i < TURNS; i++) {
        if (cs_slots_take(&s, PATIENCE_MS, NULL))
            _exit(1);
        int now = atomic_fetch_add(&shared->inside, 1) + 1, most = atomic_load(&shared->most);
        while (now > most && !atomic_compare_exchange_weak(&shared->most, &most, now))
            ;
        (void)poll(NULL, 0, 1); /* the work; others run meanwhile */
        atomic_fetch_add(&shared->taken, 1);
        atomic_fetch_sub(&shared->inside, 1);
        cs_slots_give(&s);
    }
    _exit(0);
}

static void s9_never_more_than_the_cap(void **state)
{
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pids[CHILDREN];
    int status;

    (void)state;
    assert_true(shared != MAP_FAILED);
    for (size_t i = 0; i < CHILDREN; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0)
            take_turns(shared);
    }
    for (size_t i = 0; i < CHILDREN; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(atomic_load(&shared->most), CAP);
    assert_int_equal(atomic_load(&shared->taken), CHILDREN * TURNS);
    (void)munmap(shared, sizeof *shared);
}

/* --- one process: every open has locks of its own --------------------------------------------- */

static void given_slots_and_closed_files_are_free(void **state)
{
    struct cs_slots a, b;

    (void)state;
    open_slots(&a, 1, 0);
    open_slots(&b, 1, 0);
    assert_int_equal(cs_slots_take(&a, 0, &err), CS_OK);
    assert_int_equal(cs_slots_take(&b, PATIENCE_MS, &err), CS_E_RATE); /* no queue: at once */
    cs_slots_give(&a);
    cs_slots_give(&a); /* nothing to give */
    assert_int_equal(cs_slots_take(&b, 0, &err), CS_OK);
    assert_int_equal(cs_slots_take(&a, 0, NULL), CS_E_RATE);
    cs_slots_close(&b);
    assert_int_equal(cs_slots_take(&a, 0, &err), CS_OK);
    cs_slots_close(&a);
    cs_slots_close(&a);
}

static void the_wait_ends_in_time_and_leaves_its_place(void **state)
{
    struct cs_slots a, b;

    (void)state;
    open_slots(&a, 1, 1);
    open_slots(&b, 1, 1);
    assert_int_equal(cs_slots_take(&a, 0, &err), CS_OK);
    for (int i = 0; i < 3; i++) { /* a place that was kept would be refused without a wait */
        uint64_t before = cs_clock_mono_ms();
        assert_int_equal(cs_slots_take(&b, 40, &err), CS_E_RATE);
        assert_true(cs_clock_mono_ms() - before >= 40);
        assert_true(err.retry_after_ms > 0);
    }
    assert_false(somebody_waits(&a));
    cs_slots_close(&a);
    cs_slots_close(&b);
}

/* During a reload some count to 1 and some to 3: nobody takes a waiting place for a slot. */
static void different_numbers_agree_about_the_bytes(void **state)
{
    struct cs_slots few, many, more;

    (void)state;
    open_slots(&few, 1, 1);
    open_slots(&many, 3, 1);
    open_slots(&more, 3, 1);
    assert_int_equal(cs_slots_take(&few, 0, &err), CS_OK);
    assert_int_equal(cs_slots_take(&many, 0, &err), CS_OK);
    assert_int_equal(cs_slots_take(&more, 0, &err), CS_OK);
    assert_true(many.held != few.held && more.held != many.held && more.held != few.held);
    cs_slots_close(&few);
    cs_slots_close(&many);
    cs_slots_close(&more);
}

/* --- the file --------------------------------------------------------------------------------- */

static void the_file_is_private_and_does_not_cross_an_exec(void **state)
{
    struct stat st;
    struct cs_slots s;
    mode_t before = umask(0);

    (void)state;
    (void)unlink(path);
    open_slots(&s, 1, 0);
    (void)umask(before);
    assert_int_equal(fstat(s.fd, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(fcntl(s.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    cs_slots_close(&s);
}

static void what_cannot_work_says_so_at_the_start(void **state)
{
    static const int numbers[][2] = {{0, 1}, {-1, 1}, {1, -1}, {CS_SLOTS_QUEUE_AT + 1, 1}};
    struct cs_slots s;
    char link[80];

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++)
        assert_int_equal(cs_slots_open(&s, path, numbers[i][0], numbers[i][1], &err), CS_E_CONFIG);
    assert_int_equal(cs_slots_open(&s, "/nowhere/at/all", 1, 1, &err), CS_E_CONFIG);
    assert_non_null(strstr(err.detail, "/nowhere/at/all"));
    assert_int_equal(cs_slots_open(&s, folder, 1, 1, &err), CS_E_CONFIG);
    (void)snprintf(link, sizeof link, "%s/link", folder);
    assert_int_equal(symlink(path, link), 0);
    enum cs_rc rc = cs_slots_open(&s, link, 1, 1, &err);
    (void)unlink(link);
    assert_int_equal(rc, CS_E_CONFIG);
    cs_slots_close(&s); /* closed already */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(s9_the_queue_has_an_end_and_a_kill_frees_the_slot),
        cmocka_unit_test(a_killed_waiter_frees_its_place),
        cmocka_unit_test(s9_never_more_than_the_cap),
        cmocka_unit_test(given_slots_and_closed_files_are_free),
        cmocka_unit_test(the_wait_ends_in_time_and_leaves_its_place),
        cmocka_unit_test(different_numbers_agree_about_the_bytes),
        cmocka_unit_test(the_file_is_private_and_does_not_cross_an_exec),
        cmocka_unit_test(what_cannot_work_says_so_at_the_start),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
