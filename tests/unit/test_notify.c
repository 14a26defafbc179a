/* test_notify.c - what a service manager hears: over sockets in the file system and abstract ones, in
 * which order, how often, and nothing at all when nobody listens.
 */
#include "unit.h"

#include "cs_clock.h"
#include "cs_notify.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    PERIOD_MS = 25, /* a quarter of the watchdog's time */
    PATIENCE_MS = 5000, /* what a loaded machine is given */
};

static char folder[] = "/tmp/test_notify.XXXXXX", name[108], heard[512];
static int manager = -1;

/* A manager's socket; '@' in front makes it abstract. */
static void listen_at(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t n = strlen(path);

    memcpy(at.sun_path, path, n);
    if (path[0] == '@')
        at.sun_path[0] = '\0';
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(manager >= 0);
    assert_int_equal(bind(manager, (struct sockaddr *)&at,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)), 0);
    setenv("NOTIFY_SOCKET", path, 1);
}

static int setup(void **state)
{
    (void)state;
    unsetenv("WATCHDOG_PID");
    setenv("WATCHDOG_USEC", "100000", 1); /* 4 * PERIOD_MS */
    (void)snprintf(name, sizeof name, "%s/socket", folder);
    listen_at(name);
    cs_notify_init();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)close(manager);
    (void)unlink(name);
    return 0;
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

/* The next datagram, "" when there is none. */
static const char *next(void)
{
    ssize_t n = recv(manager, heard, sizeof heard - 1, MSG_DONTWAIT);

    heard[n > 0 ? n : 0] = '\0';
    return heard;
}

/* Sleeps until the next turn is due. */
static void wait_for_turn(void)
{
    while (cs_notify_wait_ms() > 0)
        (void)poll(NULL, 0, cs_notify_wait_ms());
}

static void turn(bool ready)
{
    wait_for_turn();
    cs_notify_turn(ready, "%d %s", 7, "sockets");
}

static void get_ready(void)
{
    turn(true);
    assert_string_equal(next(), "READY=1\nWATCHDOG=1\nSTATUS=7 sockets");
}

static void a_start_asks_for_patience_until_it_is_ready(void **state)
{
    (void)state;
    assert_int_equal(cs_notify_wait_ms(), 0);
    turn(false);
    assert_string_equal(next(), "EXTEND_TIMEOUT_USEC=60000000\nSTATUS=7 sockets");
    assert_in_range(cs_notify_wait_ms(), 0, PERIOD_MS + 1);
    turn(false);
    assert_string_equal(next(), "EXTEND_TIMEOUT_USEC=60000000\nSTATUS=7 sockets");
    get_ready();
    turn(false); /* what it waits for has gone again: no reason to end it */
    assert_string_equal(next(), "WATCHDOG=1\nSTATUS=7 sockets");
}

static void a_turn_comes_at_each_quarter_of_the_watchdogs_time(void **state)
{
    (void)state;
    get_ready();
    uint64_t since_ms = cs_clock_mono_ms();
    turn(true);
    assert_in_range(cs_clock_mono_ms() - since_ms, PERIOD_MS - 1, PATIENCE_MS);
    assert_string_equal(next(), "WATCHDOG=1\nSTATUS=7 sockets");
    cs_notify_soon();
    assert_int_equal(cs_notify_wait_ms(), 0);
}

static void a_bounded_wait_shows_life_when_no_turn_comes(void **state)
{
    (void)state;
    get_ready();
    uint64_t since_ms = cs_clock_mono_ms();
    while (!next()[0]) {
        assert_in_range(cs_notify_slice_ms(10000), 1, PERIOD_MS + 1);
        (void)poll(NULL, 0, 1);
        cs_notify_alive();
    }
    assert_string_equal(heard, "WATCHDOG=1");
    assert_in_range(cs_clock_mono_ms() - since_ms, PERIOD_MS, PATIENCE_MS);
    assert_int_equal(cs_notify_wait_ms(), 0); /* and the turn is still due */
    assert_int_equal(cs_notify_slice_ms(3), 3);
}

static void a_bounded_wait_of_a_start_asks_for_patience(void **state)
{
    (void)state;
    turn(false);
    (void)next();
    while (!next()[0]) {
        (void)poll(NULL, 0, 1);
        cs_notify_alive();
    }
    assert_string_equal(heard, "EXTEND_TIMEOUT_USEC=60000000");
}

static void a_reload_begins_and_ends(void **state)
{
    (void)state;
    get_ready();
    cs_notify_reloading();
    assert_ptr_equal(strstr(next(), "RELOADING=1\nMONOTONIC_USEC="), heard);
    assert_int_equal(cs_notify_wait_ms(), 0);
    get_ready();
    turn(true);
    assert_string_equal(next(), "WATCHDOG=1\nSTATUS=7 sockets");
}

static void a_reload_does_not_make_ready_what_was_not(void **state)
{
    (void)state;
    cs_notify_reloading();
    assert_string_equal(next(), "");
    turn(false);
    assert_string_equal(next(), "EXTEND_TIMEOUT_USEC=60000000\nSTATUS=7 sockets");
}

static void an_end_says_how_long_it_takes(void **state)
{
    (void)state;
    get_ready();
    cs_notify_stopping(2500);
    assert_string_equal(next(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=2500000");
    turn(true);
    assert_string_equal(next(), "WATCHDOG=1\nSTATUS=7 sockets");
}

static void a_status_is_one_line(void **state)
{
    char much[2000];

    (void)state;
    cs_notify_turn(true, "a\nREADY=1\r\tb");
    assert_string_equal(next(), "READY=1\nWATCHDOG=1\nSTATUS=a READY=1  b");
    memset(much, 'm', sizeof much - 1);
    much[sizeof much - 1] = '\0';
    cs_notify_turn(true, "%s", much);
    assert_in_range(strlen(next()), 300, 400);
}

static void a_manager_whose_queue_is_full_is_told_again(void **state)
{
    int told = 0, reached = 0;

    (void)state;
    while (cs_notify_wait_ms() == 0 || cs_notify_wait_ms() <= PERIOD_MS + 1) {
        cs_notify_turn(false, "waits");
        assert_in_range(++told, 1, 100000); /* the queue has an end */
    }
    while (next()[0])
        reached++;
    assert_in_range(reached, 1, told - 1);
    get_ready();
}

static void an_abstract_socket_is_found(void **state)
{
    char abstract[64];

    (void)state;
    (void)close(manager);
    (void)snprintf(abstract, sizeof abstract, "@test_notify.%d", (int)getpid());
    listen_at(abstract);
    cs_notify_init();
    get_ready();
}

static void a_watchdog_of_another_process_is_not_ours(void **state)
{
    (void)state;
    setenv("WATCHDOG_PID", "1", 1);
    cs_notify_init();
    get_ready();
    assert_in_range(cs_notify_wait_ms(), 1000, 15000); /* the status alone */
}

static void without_a_manager_nothing_is_ever_due(void **state)
{
    const char *const names[] = {NULL, "", "@", "relative", "vsock:2:1"};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        if (names[i])
            setenv("NOTIFY_SOCKET", names[i], 1);
        else
            unsetenv("NOTIFY_SOCKET");
        cs_notify_init();
        assert_int_equal(cs_notify_wait_ms(), -1);
        cs_notify_turn(true, "nobody");
        cs_notify_alive();
        cs_notify_reloading();
        cs_notify_stopping(1);
        assert_int_equal(cs_notify_slice_ms(86400000), 86400000);
    }
    assert_string_equal(next(), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_start_asks_for_patience_until_it_is_ready, setup, teardown),
        cmocka_unit_test_setup_teardown(a_turn_comes_at_each_quarter_of_the_watchdogs_time, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bounded_wait_shows_life_when_no_turn_comes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bounded_wait_of_a_start_asks_for_patience, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reload_begins_and_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reload_does_not_make_ready_what_was_not, setup, teardown),
        cmocka_unit_test_setup_teardown(an_end_says_how_long_it_takes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_status_is_one_line, setup, teardown),
        cmocka_unit_test_setup_teardown(a_manager_whose_queue_is_full_is_told_again, setup, teardown),
        cmocka_unit_test_setup_teardown(an_abstract_socket_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_watchdog_of_another_process_is_not_ours, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_manager_nothing_is_ever_due, setup, teardown),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
