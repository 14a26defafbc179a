/* text.h - texts from the database for a terminal: names and addresses are strangers' words. */
#ifndef CTL_TEXT_H
#define CTL_TEXT_H

#include "ctl.h"

/* Appends a text without what moves the cursor, ends the line or turns the writing direction
 * (security.md S19): \t, \n, \\ and \xHH for each byte of another control character. */
void ctl_put_text(struct cs_buf *b, struct cs_str s);

/* The same in the arena; "" for an absent text. */
const char *ctl_text(struct ctl *c, struct cs_str s);

/* A time as ctl_time writes it, or `none` when it is absent. */
const char *ctl_time_or(struct ctl *c, struct cs_str pg, const char *none);

/* Seconds from "30d", "12h" or "never", which is 0; false: from 1 minute to 10 years it is not. */
bool ctl_parse_life(const char *text, int64_t *life_s) CS_MUST_CHECK;

/* What ctl_parse_life takes, for the sentence about what it does not. */
#define CTL_LIFE_HELP "a duration from 1 minute to 10 years such as 30d or 12h, or never"

#endif
