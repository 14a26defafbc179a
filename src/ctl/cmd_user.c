/* cmd_user.c - chatspherectl user: accounts, without the limits of REGISTRATION. */
#include "command.h"
#include "cs_pw.h"
#include "cs_utf8.h"
#include "secret.h"
#include "store_ctl.h"

#include <unistd.h>

enum { OPT_ROLE, OPT_EMAIL, OPT_STDIN };
enum { NAME_MAX_POINTS = 100, EMAIL_MAX_POINTS = 255 };

/* --- create ----------------------------------------------------------------------------------- */

static bool is_role(const char *role)
{
    return strcmp(role, "ADMIN") == 0 || strcmp(role, "MODERATOR") == 0 ||
           strcmp(role, "MEMBER") == 0;
}

static bool fits(struct cs_str s, size_t max_points)
{
    return s.len > 0 && cs_utf8_text_ok(s) && cs_utf8_count(s) <= max_points;
}

static int check(const struct ctl_args *args)
{
    const char *role = args->opt[OPT_ROLE], *email = args->opt[OPT_EMAIL];

    if (!fits(cs_str_c(args->word), NAME_MAX_POINTS))
        return ctl_usage("user create: a name has 1 to %d characters of UTF-8", NAME_MAX_POINTS);
    if (role && !is_role(role))
        return ctl_usage("user create --role: one of ADMIN, MODERATOR, MEMBER");
    if (email && !(fits(cs_str_c(email), EMAIL_MAX_POINTS) && strchr(email, '@')))
        return ctl_usage("user create --email: \"%s\" is no address", email);
    return CTL_OK;
}

/* Piped with --password-stdin, else asked for twice on the terminal. */
static int read_password(bool piped, struct ctl_secret *out)
{
    struct ctl_secret again;

    if (piped)
        return ctl_secret_read_line(out) ? CTL_OK
                                         : ctl_fail("no password on standard input, or too long");
    if (!isatty(STDIN_FILENO))
        return ctl_usage("user create: give the password with --password-stdin, or on a terminal");
    if (!ctl_secret_ask("Password", out))
        return ctl_fail("no password was given");
    bool same =
        ctl_secret_ask("Again", &again) && cs_str_eq(ctl_secret_str(out), ctl_secret_str(&again));
    ctl_secret_wipe(&again);
    return same ? CTL_OK : ctl_fail("the two differ");
}

static enum cs_rc hash(struct ctl *c, struct cs_str password, char out[CS_PW_HASH_MAX + 1],
                       struct cs_err *err)
{
    struct cs_pw_params params = {
        .memory_kib = (uint32_t)c->cfg.argon2_kib,
        .passes = (uint32_t)c->cfg.argon2_passes,
        .lanes = 1,
    };

    if (password.len < (size_t)c->cfg.password_min)
        return cs_fail_field(err, "password", "must have at least %d bytes",
                             (int)c->cfg.password_min);
    return cs_pw_hash(&params, password, out, err);
}

static int create(struct ctl *c, const struct ctl_args *args, struct cs_str password)
{
    char stored[CS_PW_HASH_MAX + 1];
    bool created = false;
    struct cs_err err;
    enum cs_rc rc = hash(c, password, stored, &err);
    struct store_ctl_user u = {
        .username = cs_str_c(args->word),
        .email = cs_str_c(args->opt[OPT_EMAIL]),
        .role = cs_str_c(args->opt[OPT_ROLE] ? args->opt[OPT_ROLE] : "MEMBER"),
        .password_hash = cs_str_c(stored),
    };

    if (rc == CS_OK)
        rc = ctl_open(c, store_ctl_stmts, &err);
    if (rc == CS_OK)
        rc = store_ctl_user_create(c->db, &c->arena, &u, &created, &err);
    if (rc != CS_OK)
        return ctl_fail_err("user create", &err);
    if (!created)
        return ctl_fail("user create: there is a user with this name or address already");
    printf("created %s\n", args->word);
    return CTL_OK;
}

static int run_create(struct ctl *c, const struct ctl_args *args)
{
    struct ctl_secret password;
    int status = check(args);

    if (status == CTL_OK)
        status = read_password(args->opt[OPT_STDIN] != NULL, &password);
    if (status == CTL_OK)
        status = create(c, args, ctl_secret_str(&password));
    ctl_secret_wipe(&password);
    return status;
}

/* --- list ------------------------------------------------------------------------------------- */

static int run_list(struct ctl *c, const struct ctl_args *args)
{
    struct cs_rows rows;
    struct cs_err err;
    enum cs_rc rc = ctl_open(c, store_ctl_stmts, &err);

    (void)args;
    if (rc == CS_OK)
        rc = store_ctl_users(c->db, &c->arena, &rows, &err);
    if (rc != CS_OK)
        return ctl_fail_err("user list", &err);
    for (int i = 0; i < cs_rows_count(&rows); i++) {
        struct store_ctl_user u = store_ctl_user_at(&rows, i);
        printf("%s  %-9.*s  %-8s  " CS_STR_FMT "%s" CS_STR_FMT "\n", ctl_time(c, u.created_at),
               CS_STR_ARG(u.role), u.active ? "enabled" : "disabled", CS_STR_ARG(u.username),
               u.email.p ? "  " : "", CS_STR_ARG(u.email));
    }
    return CTL_OK;
}

/* --- the commands ----------------------------------------------------------------------------- */

const struct ctl_command ctl_user_create = {
    .name = "user create",
    .word = "NAME",
    .help =
        "make an account\n\n"
        "The password is the first line of standard input with --password-stdin, else it is\n"
        "asked for on the terminal. It is not taken from the command line, where others on this\n"
        "machine could read it.",
    .options =
        {
            [OPT_ROLE] = {"--role", "ROLE", CTL_OPTIONAL,
                          "ADMIN, MODERATOR or MEMBER (the default)"},
            [OPT_EMAIL] = {"--email", "ADDRESS", CTL_OPTIONAL, "may also be used to log in"},
            [OPT_STDIN] = {"--password-stdin", NULL, CTL_OPTIONAL,
                           "read the password from standard input"},
        },
    .run = run_create,
};

const struct ctl_command ctl_user_list = {
    .name = "user list",
    .help = "list the accounts by name",
    .run = run_list,
};
