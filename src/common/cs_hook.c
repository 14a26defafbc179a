/* cs_hook.c - see cs_hook.h. */
#include "cs_hook.h"

#ifdef CS_TEST_HOOKS

#include "cs_log.h"
#include "cs_parse.h"

#include <signal.h>
#include <unistd.h>

static void act(struct cs_str action)
{
    uint64_t ms;

    if (cs_str_is(action, "kill"))
        (void)kill(getpid(), SIGKILL);
    else if (cs_str_starts(action, CS_LIT("sleep")) &&
             cs_parse_u64(cs_str_n(action.p + 5, action.len - 5), 0, 600000, &ms))
        (void)usleep((useconds_t)(ms * 1000));
}

void cs_hook_hit(const char *name)
{
    static unsigned passages; /* of the hooks that are set: tests set one at a time */
    struct cs_str rest = cs_str_c(getenv("CS_HOOK"));

    while (rest.p) {
        struct cs_str action = cs_str_split(&rest, ',');
        struct cs_str when = cs_str_split(&action, '=');
        struct cs_str hook = cs_str_split(&when, '@');
        uint64_t from = 1;
        if (!action.p || !cs_str_is(hook, name))
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
