/* cs_poison.h - calls that style refuses, refused by the compiler. Included before every file of
 * ours by the build (-include); system headers that name them are read first, here. */
#ifndef CS_POISON_H
#define CS_POISON_H

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <inttypes.h>

/* fortified headers make macros of these with clang, and a macro cannot be poisoned */
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok
#pragma GCC poison atoi atol atoll atof sscanf vsscanf

#endif
