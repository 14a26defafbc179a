/* cs_hook.h - named points in time where a test may stop or kill a program (R15).
 *
 * Compiled only with --enable-test-hooks; otherwise CS_HOOK is nothing. The environment variable
 * CS_HOOK holds `name=action[,name=action…]`; actions: `kill` (SIGKILL to itself), `sleepN` (N ms).
 * A name may be followed by `@N`: from the N-th passage on (counted from 1).
 */
#ifndef CS_HOOK_H
#define CS_HOOK_H

#ifdef CS_TEST_HOOKS
#define CS_HOOK(name) cs_hook_hit(name)
void cs_hook_hit(const char *name);
#else
#define CS_HOOK(name) ((void)0)
#endif

#endif
