/* failmalloc.h - makes every allocation of a unit fail once.
 *
 * Programs that link it are linked with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc: calls from
 * our own objects come here first, those inside shared libraries do not.
 */
#ifndef FAILMALLOC_H
#define FAILMALLOC_H

#include <stdbool.h>

/* Runs `unit` again and again: in the n-th run its n-th allocation fails, until a run makes fewer
 * than n. Asserts that the unit reports failure (false) exactly when one of its allocations failed.
 * Returns the number of allocations; the unit cleans up after itself, which the sanitizers watch.
 */
unsigned failmalloc_sweep(bool (*unit)(void));

#endif
