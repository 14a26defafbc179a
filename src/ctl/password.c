/* password.c - see password.h. */
#include "password.h"

#include "cs_pwcheck.h"

#include <unistd.h>

static int ask_twice(const char *command, struct ctl_secret *out)
{
    struct ctl_secret again;

    if (!ctl_secret_ask("Password", out))
        return ctl_fail("%s: no password was given", command);
    bool same =
        ctl_secret_ask("Again", &again) && cs_str_eq(ctl_secret_str(out), ctl_secret_str(&again));
    ctl_secret_wipe(&again);
    return same ? CTL_OK : ctl_fail("%s: the two differ", command);
}

int ctl_password_read(const char *command, bool piped, struct ctl_secret *out)
{
    out->len = 0;
    if (piped)
        return ctl_secret_read_line(out)
                   ? CTL_OK
                   : ctl_fail("%s: no password on standard input, or too long", command);
    if (!isatty(STDIN_FILENO))
        return ctl_usage("%s: give the password with --password-stdin, or on a terminal", command);
    return ask_twice(command, out);
}

enum cs_rc ctl_password_hash(struct ctl *c, const struct ctl_secret *password,
                             struct cs_str username, struct cs_str email,
                             char out[CS_PW_HASH_MAX + 1], struct cs_err *err)
{
    struct cs_str text = ctl_secret_str(password);
    struct cs_pw_params params = {
        .memory_kib = (uint32_t)c->cfg.argon2_kib,
        .passes = (uint32_t)c->cfg.argon2_passes,
        .lanes = 1,
    };
    enum cs_rc rc =
        cs_pw_check(text, (size_t)c->cfg.password_min, username, email, "password", err);

    return rc == CS_OK ? cs_pw_hash(&params, text, out, err) : rc;
}
