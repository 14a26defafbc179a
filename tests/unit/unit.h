/* unit.h - what every unit test includes: cmocka with the headers it wants before it, and
 * comparisons of our strings that print both sides. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cs_str.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The cs_str reads exactly `want`, a C string. */
#define assert_text(s, want)                                                                       \
    do {                                                                                           \
        struct cs_str got_ = (s);                                                                  \
        if (!cs_str_is(got_, (want)))                                                              \
            fail_msg("got \"" CS_STR_FMT "\", want \"%s\"", CS_STR_ARG(got_), (want));             \
    } while (0)

#endif
