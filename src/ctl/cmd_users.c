/* cmd_users.c - chatspherectl user list, show, disable, enable, role, delete: accounts that are
 * there.
 *
 * What changes somebody's access is in force with the transaction; the bell behind it closes his
 * sockets at once instead of in seconds.
 */
#include "bell.h"
#include "command.h"
#include "finduser.h"
#include "text.h"

enum { OPT_YES };

/* --- looking ---------------------------------------------------------------------------------- */

static const char *state(const struct store_ctl_user *u)
{
    return u->active ? "enabled" : "disabled";
}

static int run_list(struct ctl *c, const struct ctl_args *args)
{
    struct cs_rows rows;
    struct cs_err err;
    enum cs_rc rc = ctl_open(c, store_ctl_user_stmts, &err);

    (void)args;
    if (rc == CS_OK)
        rc = store_ctl_users(c->db, &c->arena, &rows, &err);
    if (rc != CS_OK)
        return ctl_fail_err("user list", &err);
    for (int i = 0; i < cs_rows_count(&rows); i++) {
        struct store_ctl_user u = store_ctl_user_at(&rows, i);
        printf("%s  %-9.*s  %-8s  %s%s%s\n", ctl_time(c, u.created_at), CS_STR_ARG(u.role),
               state(&u), ctl_text(c, u.username), u.email.p ? "  " : "", ctl_text(c, u.email));
    }
    return CTL_OK;
}

static int run_show(struct ctl *c, const struct ctl_args *args)
{
    char id[CS_UUID_LEN + 1];
    struct store_ctl_user u;
    int status = ctl_find_user(c, "user show", args->words[0], &u);

    if (status != CTL_OK)
        return status;
    cs_uuid_text(&u.id, id);
    printf("id         %s\nname       %s\nfull name  %s\ne-mail     %s\n", id,
           ctl_text(c, u.username), ctl_text(c, u.full_name), ctl_text(c, u.email));
    printf("roles      %s\nstate      %s\ncreated    %s\nlast seen  %s\n", ctl_text(c, u.roles),
           state(&u), ctl_time(c, u.created_at), ctl_time_or(c, u.last_seen, "never"));
    printf("sessions   %lld\ntokens     %lld\n", (long long)u.sessions, (long long)u.tokens);
    return CTL_OK;
}

/* --- changing --------------------------------------------------------------------------------- */

static int activate(struct ctl *c, const char *command, const char *name, bool active)
{
    struct store_ctl_user u;
    struct cs_err err;
    int status = ctl_find_user(c, command, name, &u);

    if (status != CTL_OK)
        return status;
    if (store_ctl_user_activate(c->db, &c->arena, &u.id, active, &err) != CS_OK)
        return ctl_fail_err(command, &err);
    if (!active)
        ctl_ring(c, CS_BUS_REVOKED, &u.id);
    printf("%s %s\n", active ? "enabled" : "disabled", ctl_text(c, u.username));
    return CTL_OK;
}

static int run_disable(struct ctl *c, const struct ctl_args *args)
{
    return activate(c, "user disable", args->words[0], false);
}

static int run_enable(struct ctl *c, const struct ctl_args *args)
{
    return activate(c, "user enable", args->words[0], true);
}

static int run_role(struct ctl *c, const struct ctl_args *args)
{
    const char *role = args->words[1];
    struct store_ctl_user u;
    struct cs_err err;

    if (!ctl_is_role(role))
        return ctl_usage("user role: one of " CTL_ROLES);
    int status = ctl_find_user(c, "user role", args->words[0], &u);
    if (status != CTL_OK)
        return status;
    if (store_ctl_user_role(c->db, &c->arena, &u.id, cs_str_c(role), &err) != CS_OK)
        return ctl_fail_err("user role", &err);
    ctl_ring(c, CS_BUS_USER, &u.id);
    printf("%s is %s\n", ctl_text(c, u.username), role);
    return CTL_OK;
}

static int delete_user(struct ctl *c, const struct store_ctl_user *u)
{
    struct cs_uuid id = u->id;
    struct cs_str rooms;
    struct cs_err err;
    enum cs_rc rc = store_ctl_user_delete(c->db, &c->arena, &id, &rooms, &err);

    if (rc != CS_OK)
        return ctl_fail_err("user delete", &err);
    if (store_ctl_ring(c->db, &c->arena, rooms, &err) != CS_OK)
        (void)ctl_fail_err("user delete: done, but his rooms hear of it a moment later", &err);
    ctl_ring(c, CS_BUS_REVOKED, &id);
    printf("deleted %s\n", ctl_text(c, u->username));
    return CTL_OK;
}

static int run_delete(struct ctl *c, const struct ctl_args *args)
{
    struct store_ctl_user u;

    if (!args->opt[OPT_YES])
        return ctl_usage("user delete: there is no way back; say --yes if that is meant");
    int status = ctl_find_user(c, "user delete", args->words[0], &u);
    return status == CTL_OK ? delete_user(c, &u) : status;
}

/* --- the commands ----------------------------------------------------------------------------- */

const struct ctl_command ctl_user_list = {
    .name = "user list",
    .help = "list the accounts by name",
    .run = run_list,
};

const struct ctl_command ctl_user_show = {
    .name = "user show",
    .words = {"NAME"},
    .help = "print what there is about an account",
    .run = run_show,
};

const struct ctl_command ctl_user_disable = {
    .name = "user disable",
    .words = {"NAME"},
    .help = "let a user in no more\n\n"
            "At once: his sessions end, his API tokens are refused while he is disabled, and his\n"
            "sockets close. Name and messages stay.",
    .run = run_disable,
};

const struct ctl_command ctl_user_enable = {
    .name = "user enable",
    .words = {"NAME"},
    .help = "let a disabled user in again\n\n"
            "He logs in anew; his API tokens are good again.",
    .run = run_enable,
};

const struct ctl_command ctl_user_role = {
    .name = "user role",
    .words = {"NAME", "ROLE"},
    .help = "make a user ADMIN, MODERATOR or MEMBER\n\n"
            "It holds from his next request on. Roles of your own are given over HTTP\n"
            "(PUT /auth/users/{id}/roles), and stay.",
    .run = run_role,
};

const struct ctl_command ctl_user_delete = {
    .name = "user delete",
    .words = {"NAME"},
    .help = "delete an account\n\n"
            "His messages stay, under a name that says nothing; his rooms pass on; the name is\n"
            "free again. There is no way back.",
    .options = {[OPT_YES] = {"--yes", NULL, CTL_OPTIONAL, "it is meant"}},
    .run = run_delete,
};
