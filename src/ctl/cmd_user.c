/* cmd_user.c - chatspherectl user create, passwd: accounts and their passwords, without the limits
 * of REGISTRATION. The rest of user stands in cmd_users.c. */
#include "bell.h"
#include "command.h"
#include "cs_utf8.h"
#include "finduser.h"
#include "names.h"
#include "password.h"
#include "text.h"

enum { OPT_ROLE, OPT_EMAIL, OPT_STDIN };
enum { OPT_PASSWD_STDIN };
enum { EMAIL_MAX_POINTS = 255 };

/* --- create ----------------------------------------------------------------------------------- */

static enum cs_rc check_email(struct cs_str email, struct cs_err *err)
{
    if (!cs_utf8_text_ok(email) || cs_utf8_count(email) > EMAIL_MAX_POINTS)
        return cs_fail_field(err, "--email", "must have at most %d characters", EMAIL_MAX_POINTS);
    return email_check(email, "--email", err);
}

static int check(const struct ctl_args *args)
{
    const char *role = args->opt[OPT_ROLE], *email = args->opt[OPT_EMAIL];
    struct cs_err err;

    if (username_check(cs_str_c(args->words[0]), "NAME", &err) != CS_OK ||
        (email && check_email(cs_str_c(email), &err) != CS_OK))
        return ctl_usage("user create: %s", cs_err_detail(&err));
    if (role && !ctl_is_role(role))
        return ctl_usage("user create --role: one of " CTL_ROLES);
    return CTL_OK;
}

static int create(struct ctl *c, const struct ctl_args *args, const struct ctl_secret *password)
{
    char stored[CS_PW_HASH_MAX + 1];
    struct cs_err err;
    struct store_ctl_new_user u = {
        .username = cs_str_c(args->words[0]),
        .email = cs_str_c(args->opt[OPT_EMAIL]),
        .role = cs_str_c(args->opt[OPT_ROLE] ? args->opt[OPT_ROLE] : "MEMBER"),
    };
    enum cs_rc rc = ctl_password_hash(c, password, u.username, u.email, stored, &err);

    u.password_hash = cs_str_c(stored);
    if (rc == CS_OK)
        rc = ctl_open(c, store_ctl_user_stmts, &err);
    if (rc == CS_OK)
        rc = store_ctl_user_create(c->db, &c->arena, &u, &err);
    if (rc != CS_OK)
        return ctl_fail_err("user create", &err);
    printf("created %s\n", args->words[0]);
    return CTL_OK;
}

static int run_create(struct ctl *c, const struct ctl_args *args)
{
    struct ctl_secret password = {.len = 0};
    int status = check(args);

    if (status == CTL_OK)
        status = ctl_password_read("user create", args->opt[OPT_STDIN] != NULL, &password);
    if (status == CTL_OK)
        status = create(c, args, &password);
    ctl_secret_wipe(&password);
    return status;
}

/* --- passwd ----------------------------------------------------------------------------------- */

static int set_password(struct ctl *c, const struct store_ctl_user *u,
                        const struct ctl_secret *password)
{
    char stored[CS_PW_HASH_MAX + 1];
    struct cs_uuid id = u->id;
    struct cs_err err;
    enum cs_rc rc = ctl_password_hash(c, password, u->username, u->email, stored, &err);

    if (rc == CS_OK)
        rc = store_ctl_user_password(c->db, &c->arena, &id, cs_str_c(stored), &err);
    if (rc != CS_OK)
        return ctl_fail_err("user passwd", &err);
    ctl_ring(c, CS_BUS_REVOKED, &id);
    printf("changed the password of %s\n", ctl_text(c, u->username));
    return CTL_OK;
}

static int run_passwd(struct ctl *c, const struct ctl_args *args)
{
    struct ctl_secret password = {.len = 0};
    struct store_ctl_user u;
    int status = ctl_find_user(c, "user passwd", args->words[0], &u);

    if (status == CTL_OK)
        status = ctl_password_read("user passwd", args->opt[OPT_PASSWD_STDIN] != NULL, &password);
    if (status == CTL_OK)
        status = set_password(c, &u, &password);
    ctl_secret_wipe(&password);
    return status;
}

/* --- the commands ----------------------------------------------------------------------------- */

const struct ctl_command ctl_user_create = {
    .name = "user create",
    .words = {"NAME"},
    .help = "make an account\n\n" CTL_PASSWORD_HELP,
    .options =
        {
            [OPT_ROLE] = {"--role", "ROLE", CTL_OPTIONAL,
                          "ADMIN, MODERATOR or MEMBER (the default)"},
            [OPT_EMAIL] = {"--email", "ADDRESS", CTL_OPTIONAL, "may also be used to log in"},
            [OPT_STDIN] = CTL_PASSWORD_OPTION,
        },
    .run = run_create,
};

const struct ctl_command ctl_user_passwd = {
    .name = "user passwd",
    .words = {"NAME"},
    .help = "give a user a new password\n\n"
            "All his sessions end, and their sockets close. His API tokens stay: see token list.\n"
            "\n" CTL_PASSWORD_HELP,
    .options = {[OPT_PASSWD_STDIN] = CTL_PASSWORD_OPTION},
    .run = run_passwd,
};
