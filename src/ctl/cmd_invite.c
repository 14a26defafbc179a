/* cmd_invite.c - chatspherectl invite: who may make an account where REGISTRATION is `token`. */
#include "command.h"
#include "cs_parse.h"
#include "cs_token.h"
#include "store_ctl_token.h"
#include "text.h"

enum { OPT_USES, OPT_EXPIRES };

enum { USES_MAX = 1000000, LIFE_DEFAULT_S = 7 * 86400, MASK_WIDTH = 13 };

/* --- create ----------------------------------------------------------------------------------- */

static int create(struct ctl *c, struct store_ctl_new_invite *i)
{
    char mask[CS_TOKEN_MASK_MAX + 1];
    struct cs_token token;
    struct cs_err err;

    cs_token_make(CS_TOKEN_INVITE, &token);
    cs_token_mask(cs_token_str(&token), mask);
    cs_token_hash(cs_token_str(&token), i->hash);
    i->prefix = cs_str_c(mask);
    enum cs_rc rc = ctl_open(c, store_ctl_token_stmts, &err);
    if (rc == CS_OK)
        rc = store_ctl_invite_create(c->db, &c->arena, i, &err);
    if (rc != CS_OK)
        return ctl_fail_err("invite create", &err);
    puts(token.text);
    if (c->cfg.registration != CS_REG_TOKEN)
        fputs("chatspherectl: nobody is asked for it: REGISTRATION is not `token` here\n", stderr);
    return CTL_OK;
}

static int run_create(struct ctl *c, const struct ctl_args *args)
{
    const char *uses = args->opt[OPT_USES], *life = args->opt[OPT_EXPIRES];
    struct store_ctl_new_invite i = {.uses = 1, .life_s = LIFE_DEFAULT_S};

    if (uses && !cs_parse_i64(cs_str_c(uses), 1, USES_MAX, &i.uses))
        return ctl_usage("invite create --uses: a number from 1 to %d", USES_MAX);
    if (life && !ctl_parse_life(life, &i.life_s))
        return ctl_usage("invite create --expires: " CTL_LIFE_HELP);
    return create(c, &i);
}

/* --- list, revoke ----------------------------------------------------------------------------- */

static int run_list(struct ctl *c, const struct ctl_args *args)
{
    struct cs_rows rows;
    struct cs_err err;
    enum cs_rc rc = ctl_open(c, store_ctl_token_stmts, &err);

    (void)args;
    if (rc == CS_OK)
        rc = store_ctl_invites(c->db, &c->arena, &rows, &err);
    if (rc != CS_OK)
        return ctl_fail_err("invite list", &err);
    for (int n = 0; n < cs_rows_count(&rows); n++) {
        struct store_ctl_invite i = store_ctl_invite_at(&rows, n);
        char id[CS_UUID_LEN + 1];
        cs_uuid_text(&i.id, id);
        printf("%s  %-*s  %-7s  %lld of %lld  %s  %s\n", id, MASK_WIDTH, ctl_text(c, i.prefix),
               ctl_text(c, i.state), (long long)i.uses, (long long)i.max_uses,
               ctl_time(c, i.created_at), ctl_time_or(c, i.expires_at, "never"));
    }
    return CTL_OK;
}

static int run_revoke(struct ctl *c, const struct ctl_args *args)
{
    const char *text = args->words[0];
    struct cs_uuid id;
    struct cs_err err;

    if (!cs_uuid_parse(cs_str_c(text), &id))
        return ctl_usage("invite revoke: \"%s\" is no id; see invite list", text);
    enum cs_rc rc = ctl_open(c, store_ctl_token_stmts, &err);
    if (rc == CS_OK)
        rc = store_ctl_invite_revoke(c->db, &c->arena, &id, &err);
    if (rc == CS_E_NOT_FOUND)
        return ctl_fail("invite revoke: there is no invitation %s", text);
    if (rc == CS_E_CONFLICT)
        return ctl_fail("invite revoke: %s is revoked already", text);
    if (rc != CS_OK)
        return ctl_fail_err("invite revoke", &err);
    printf("revoked %s\n", text);
    return CTL_OK;
}

/* --- the commands ----------------------------------------------------------------------------- */

const struct ctl_command ctl_invite_create = {
    .name = "invite create",
    .help = "make an invitation to register and print it\n\n"
            "For REGISTRATION=token: who sends it as invite_token with /auth/register may make an\n"
            "account. It is printed only now: the database holds its hash.",
    .options =
        {
            [OPT_USES] = {"--uses", "N", CTL_OPTIONAL, "how many accounts, else one"},
            [OPT_EXPIRES] = {"--expires", "LIFE", CTL_OPTIONAL,
                             "such as 12h, 30d or never; else 7d"},
        },
    .run = run_create,
};

const struct ctl_command ctl_invite_list = {
    .name = "invite list",
    .help = "list the invitations, oldest first\n\n"
            "Id, what it begins with, whether it is good, used, expired or revoked, how often it\n"
            "was used, when it was made, its end.",
    .run = run_list,
};

const struct ctl_command ctl_invite_revoke = {
    .name = "invite revoke",
    .words = {"ID"},
    .help = "revoke an invitation\n\n"
            "Accounts that were made with it stay.",
    .run = run_revoke,
};
