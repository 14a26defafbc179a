/* cs_hook.h - named points in time where a test may stop or kill a program (R15).
 *
 * Compiled only with --enable-test-hooks; otherwise CS_HOOK is nothing. The environment variable
 * CS_HOOK holds `name=action[,name=action…]`, or the path of a file that holds it, which a test may
 * change while programs run. Actions: `kill` (SIGKILL to itself), `sleepN` (N ms). A name may be
 * followed by `@N`: from the N-th passage on (counted from 1).
 *
 *   of a worker, each of a request that writes
 *     after_write_before_bell      the transaction is sent, its bell is not
 *     after_write_before_commit    the rows have come, the end of the transaction has not been read
 *     after_commit_before_answer
 *     after_answer_before_bell     the client may have its answer, the bell's outcome is not known
 *   of the gateway
 *     writer_after_rows_before_sync   a batch's rows have come, the end of its transaction has not
 *     gateway_after_commit_before_ack
 *     gateway_after_commit_before_bell
 *     gateway_before_deliver
 */
#ifndef CS_HOOK_H
#define CS_HOOK_H

#ifdef CS_TEST_HOOKS
#define CS_HOOK(name) cs_hook_hit("", name)
/* The same point in parts of different names, which begin the hook's. */
#define CS_HOOK_OF(part, name) cs_hook_hit(part, name)
void cs_hook_hit(const char *part, const char *name);
#else
#define CS_HOOK(name) ((void)0)
#define CS_HOOK_OF(part, name) ((void)0)
#endif

#endif
