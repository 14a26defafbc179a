/* cs_self.h - what a process can say of itself. */
#ifndef CS_SELF_H
#define CS_SELF_H

#include <stdint.h>

/* Bytes of memory that it holds, what it shares with others among them: VmRSS of proc(5). 0: not
 * known. Reads a file of the kernel's: for once a second, not for each request. */
uint64_t cs_self_memory_bytes(void);

/* The machine's name; "" when it has none. */
const char *cs_self_host(void);

#endif
