/* cs_hook.c - see cs_hook.h. */
#include "cs_hook.h"

#ifdef CS_TEST_HOOKS

#include "cs_log.h"
#include "cs_parse.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

enum { SETTING_MAX = 256 };

static void act(struct cs_str action)
{
    uint64_t ms;

    if (cs_str_is(action, "kill"))
        (void)kill(getpid(), SIGKILL);
    else if (cs_str_starts(action, CS_LIT("sleep")) &&
             cs_parse_u64(cs_str_n(action.p + 5, action.len - 5), 0, 600000, &ms))
        (void)usleep((useconds_t)(ms * 1000));
}

static struct cs_str setting(char buf[SETTING_MAX])
{
    const char *value = getenv("CS_HOOK");

    if (!value || value[0] != '/')
        return cs_str_c(value);
    int fd = open(value, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cs_str_c(NULL);
    ssize_t n = read(fd, buf, SETTING_MAX);
    (void)close(fd);
    return cs_str_n(buf, n > 0 ? (size_t)n : 0);
}

static bool is_named(struct cs_str hook, const char *part, const char *name)
{
    struct cs_str before = cs_str_c(part);

    if (!cs_str_starts(hook, before))
        return false;
    return cs_str_is(cs_str_n(hook.p + before.len, hook.len - before.len), name);
}

void cs_hook_hit(const char *part, const char *name)
{
    static unsigned passages; /* of the hooks that are set: tests set one at a time */
    char buf[SETTING_MAX];
    struct cs_str rest = setting(buf);

    while (rest.p) {
        struct cs_str action = cs_str_split(&rest, ',');
        struct cs_str when = cs_str_split(&action, '=');
        struct cs_str hook = cs_str_split(&when, '@');
        uint64_t from = 1;
        if (!action.p || !is_named(hook, part, name))
            continue;
        if (when.p && !cs_parse_u64(when, 1, 1000000, &from))
            continue;
        if (++passages >= from)
            act(action);
    }
}

#else
typedef int cs_hook_is_off; /* ISO C forbids an empty translation unit */
#endif
