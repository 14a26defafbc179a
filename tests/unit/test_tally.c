/* test_tally.c - numbers that processes count together: nothing is lost when one is killed, nothing is
 * mixed with another version's, and what cannot be used says so. */
#include "unit.h"

#include "cs_tally.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COUNTERS = 3, NUMBERS = 4, GAUGE = 3 };

static char folder[] = "/tmp/test_tally.XXXXXX", path[64];
static struct cs_err err;
static const struct cs_tally_layout layout = {.id = 7, .counters = COUNTERS, .numbers = NUMBERS};

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(path, sizeof path, "%s/tally", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static int remove_file(void **state)
{
    (void)state;
    (void)unlink(path);
    return 0;
}

static void open_tally(struct cs_tally *t)
{
    assert_int_equal(cs_tally_open(t, path, &layout, &err), CS_OK);
}

static uint64_t sum_of(const struct cs_tally *t, size_t at, size_t *held)
{
    uint64_t sums[NUMBERS];

    *held = cs_tally_sum(t, sums);
    return sums[at];
}

/* --- children --------------------------------------------------------------------------------- */

/* Counts `n` and holds its slot until it is killed. */
static pid_t start_counter(uint64_t n)
{
    struct cs_tally t;
    int ends[2];
    char byte = 0;

    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (cs_tally_open(&t, path, &layout, NULL))
            _exit(1);
        t.own[0] += n;
        t.own[GAUGE] = 1;
        if (write(ends[1], "c", 1) != 1)
            _exit(1);
        for (;;)
            (void)pause();
    }
    (void)close(ends[1]); /* so that a child that ends is an end */
    assert_int_equal(read(ends[0], &byte, 1), 1);
    (void)close(ends[0]);
    return pid;
}

static void kill_hard(pid_t pid)
{
    int status;

    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
}

/* --- the sums --------------------------------------------------------------------------------- */

static void what_a_killed_process_counted_stays(void **state)
{
    struct cs_tally t;
    size_t held;

    (void)state;
    pid_t one = start_counter(5), two = start_counter(7);
    open_tally(&t);
    t.own[0] = 100;
    assert_int_equal(sum_of(&t, 0, &held), 112);
    assert_int_equal(sum_of(&t, GAUGE, &held), 2);
    assert_int_equal(held, 3);

    kill_hard(one);
    assert_int_equal(sum_of(&t, 0, &held), 112);
    assert_int_equal(sum_of(&t, GAUGE, &held), 1); /* as it is now */
    assert_int_equal(held, 2);

    pid_t three = start_counter(1); /* takes the free slot, and goes on from there */
    assert_int_equal(sum_of(&t, 0, &held), 113);
    assert_int_equal(sum_of(&t, GAUGE, &held), 2);
    assert_int_equal(held, 3);
    kill_hard(two);
    kill_hard(three);
    cs_tally_close(&t);
    cs_tally_close(&t);
    open_tally(&t);
    assert_int_equal(t.slot, 0);
    assert_int_equal(t.own[GAUGE], 0);
    assert_int_equal(sum_of(&t, 0, &held), 113);
    cs_tally_close(&t);
}

static void the_largest_is_of_who_lives(void **state)
{
    struct cs_tally t;

    (void)state;
    pid_t one = start_counter(5), two = start_counter(7);
    open_tally(&t);
    assert_int_equal(cs_tally_largest(&t, 0), 7);
    assert_int_equal(cs_tally_largest(&t, GAUGE), 1);
    t.own[0] = 6;
    kill_hard(two);
    assert_int_equal(cs_tally_largest(&t, 0), 6);
    kill_hard(one);
    cs_tally_close(&t);
}

static void slots_have_an_end(void **state)
{
    static struct cs_tally all[CS_TALLY_SLOTS], more;
    size_t held;

    (void)state;
    for (size_t i = 0; i < CS_TALLY_SLOTS; i++) {
        open_tally(&all[i]);
        all[i].own[1] = 1;
    }
    assert_int_equal(sum_of(&all[0], 1, &held), CS_TALLY_SLOTS);
    assert_int_equal(cs_tally_open(&more, path, &layout, &err), CS_E_CONFIG);
    assert_null(more.own);
    cs_tally_close(&all[9]);
    open_tally(&more);
    assert_int_equal(more.slot, 9);
    cs_tally_close(&more);
    for (size_t i = 0; i < CS_TALLY_SLOTS; i++)
        cs_tally_close(&all[i]);
}

enum { CHILDREN = 6, TURNS = 20, STEPS = 1000 };

/* Processes come and go at the same time, and every step is there in the end. */
static void nobody_counts_into_anothers_slot(void **state)
{
    pid_t pids[CHILDREN];
    struct cs_tally t;
    size_t held;
    int status;

    (void)state;
    for (size_t i = 0; i < CHILDREN; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        for (int turn = 0; pids[i] == 0 && turn < TURNS; turn++) {
            if (cs_tally_open(&t, path, &layout, NULL))
                _exit(1);
            for (int step = 0; step < STEPS; step++)
                __atomic_store_n(&t.own[2], t.own[2] + 1, __ATOMIC_RELAXED);
            cs_tally_close(&t);
        }
        if (pids[i] == 0)
            _exit(0);
    }
    for (size_t i = 0; i < CHILDREN; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    open_tally(&t);
    assert_int_equal(sum_of(&t, 2, &held), CHILDREN * TURNS * STEPS);
    cs_tally_close(&t);
}

/* --- the file --------------------------------------------------------------------------------- */

/* Those of the other version go on in the file that they have. */
static void another_layout_gets_another_file(void **state)
{
    static const struct cs_tally_layout others[] = {
        {.id = 8, .counters = COUNTERS, .numbers = NUMBERS},
        {.id = 7, .counters = COUNTERS + 1, .numbers = NUMBERS},
        {.id = 7, .counters = COUNTERS, .numbers = 2000},
    };
    struct cs_tally old, new;
    size_t held;

    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        open_tally(&old);
        old.own[0] = 5;
        assert_int_equal(cs_tally_open(&new, path, &others[i], &err), CS_OK);
        assert_int_equal(new.own[0], 0);
        new.own[0] = 9;
        assert_int_equal(sum_of(&old, 0, &held), 5);
        assert_int_equal(held, 1);
        cs_tally_close(&new);
        cs_tally_close(&old);
    }
}

static void what_is_no_such_file_is_replaced(void **state)
{
    struct cs_tally t;

    (void)state;
    for (int n = 0; n < 3; n++) {
        int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(ftruncate(fd, n ? 1 << n * 8 : 0), 0); /* cut short, or never begun */
        (void)close(fd);
        open_tally(&t);
        t.own[0]++;
        assert_int_equal(t.own[0], 1);
        cs_tally_close(&t);
        (void)unlink(path);
    }
}

static void the_file_is_private_and_does_not_cross_an_exec(void **state)
{
    struct stat st;
    struct cs_tally t;
    mode_t before = umask(0);

    (void)state;
    open_tally(&t);
    (void)umask(before);
    assert_int_equal(fstat(t.fd, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(fcntl(t.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    cs_tally_close(&t);
}

static void what_cannot_work_says_so(void **state)
{
    struct cs_tally t;
    char link[80];

    (void)state;
    assert_int_equal(cs_tally_open(&t, "/nowhere/at/all", &layout, &err), CS_E_CONFIG);
    assert_non_null(strstr(err.detail, "/nowhere/at/all"));
    assert_int_equal(cs_tally_open(&t, folder, &layout, &err), CS_E_CONFIG);
    (void)snprintf(link, sizeof link, "%s/link", folder);
    assert_int_equal(symlink(path, link), 0);
    enum cs_rc rc = cs_tally_open(&t, link, &layout, &err);
    (void)unlink(link);
    assert_int_equal(rc, CS_E_CONFIG);
    assert_null(t.own);
    cs_tally_close(&t);
}

#define TEST(f) cmocka_unit_test_teardown(f, remove_file)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_a_killed_process_counted_stays),
        TEST(the_largest_is_of_who_lives),
        TEST(slots_have_an_end),
        TEST(nobody_counts_into_anothers_slot),
        TEST(another_layout_gets_another_file),
        TEST(what_is_no_such_file_is_replaced),
        TEST(the_file_is_private_and_does_not_cross_an_exec),
        TEST(what_cannot_work_says_so),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
