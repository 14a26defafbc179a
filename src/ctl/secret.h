/* secret.h - passwords come from standard input, never from the command line. */
#ifndef CTL_SECRET_H
#define CTL_SECRET_H

#include "cs_str.h"

enum { CTL_SECRET_MAX = 256 };

struct ctl_secret {
    char bytes[CTL_SECRET_MAX];
    size_t len;
};

static inline struct cs_str ctl_secret_str(const struct ctl_secret *s)
{
    return cs_str_n(s->bytes, s->len);
}

/* The first line of standard input without its end. False: nothing there, or above the maximum. */
bool ctl_secret_read_line(struct ctl_secret *out);

/* Asks on the terminal, without echo. False: no terminal, or as above. */
bool ctl_secret_ask(const char *prompt, struct ctl_secret *out);

void ctl_secret_wipe(struct ctl_secret *s);

#endif
