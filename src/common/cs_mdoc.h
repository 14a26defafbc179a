/* cs_mdoc.h - writing mdoc(7): what the tables have to say in the manual pages.
 *
 * Prose of the pages is written by hand in doc/man; where they list options or commands, the list
 * is printed by the programs from their tables, with this.
 */
#ifndef CS_MDOC_H
#define CS_MDOC_H

#include "cs_str.h"

#include <stdio.h>

/* A help text as mdoc has it: filled lines under 80 columns, a line for each sentence, .Pp where a
 * line is empty; what would be taken for a request or an escape is none. Ends with a newline. */
void cs_mdoc_text(FILE *out, struct cs_str text);

/* The same for a clause that begins small and ends without a stop: it becomes a sentence. */
void cs_mdoc_sentence(FILE *out, struct cs_str clause);

#endif
