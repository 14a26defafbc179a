/* manual.h - the command table as the list in chatspherectl(8). */
#ifndef CTL_MANUAL_H
#define CTL_MANUAL_H

#include <stdio.h>

/* An item of mdoc(7) for each command: its usage, its help, a list of its options. */
void ctl_print_manual(FILE *out);

#endif
