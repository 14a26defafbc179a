/* password.h - the new password of an account: read, judged, hashed. */
#ifndef CTL_PASSWORD_H
#define CTL_PASSWORD_H

#include "cs_pw.h"
#include "ctl.h"
#include "secret.h"

/* The option that every command with a password has, and what its help says about it. */
#define CTL_PASSWORD_OPTION                                                                        \
    {                                                                                              \
        "--password-stdin", NULL, CTL_OPTIONAL, "read the password from standard input"            \
    }
#define CTL_PASSWORD_HELP                                                                          \
    "The password is the first line of standard input with --password-stdin, else it is\n"         \
    "asked for on the terminal. It is not taken from the command line, where others on this\n"     \
    "machine could read it."

/* Piped, or asked for twice on the terminal. CTL_OK, or the exit status after a sentence that
 * begins with `command`. To be wiped in either case. */
int ctl_password_read(const char *command, bool piped, struct ctl_secret *out);

/* What the database is to hold. CS_E_BAD_FIELD: cs_pw_check refuses it. Absent names have a .p of
 * NULL. */
enum cs_rc ctl_password_hash(struct ctl *c, const struct ctl_secret *password,
                             struct cs_str username, struct cs_str email,
                             char out[CS_PW_HASH_MAX + 1], struct cs_err *err) CS_MUST_CHECK;

#endif
