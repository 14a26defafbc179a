/* cmd_token.c - chatspherectl token: the first API token of an installation comes from here. */
#include "command.h"
#include "cs_parse.h"
#include "cs_token.h"
#include "store_ctl.h"

enum { OPT_TYPE, OPT_USER, OPT_NAME, OPT_EXPIRES };

enum { LIFE_MIN_S = 60, LIFE_MAX_S = 3650 * 86400, NAME_MAX_BYTES = 100 };

static bool parse_type(const char *text, enum cs_token_kind *kind)
{
    if (strcmp(text, "CLIENT") == 0)
        *kind = CS_TOKEN_CLIENT;
    else if (strcmp(text, "USER") == 0)
        *kind = CS_TOKEN_USER;
    else
        return false;
    return true;
}

/* 0 for "never"; the configured life when nothing is said. */
static bool parse_life(const struct ctl *c, const char *text, int64_t *life_s)
{
    *life_s = text ? 0 : c->cfg.api_token_s;
    return !text || strcmp(text, "never") == 0 ||
           cs_parse_duration(cs_str_c(text), LIFE_MIN_S, LIFE_MAX_S, life_s);
}

static int create(struct ctl *c, const struct ctl_args *args, enum cs_token_kind kind,
                  int64_t life_s)
{
    char mask[CS_TOKEN_MASK_MAX + 1];
    struct cs_token token;
    struct cs_err err;
    bool created = false;

    cs_token_make(kind, &token);
    cs_token_mask(cs_token_str(&token), mask);
    struct store_ctl_token t = {
        .username = cs_str_c(args->opt[OPT_USER]),
        .type = cs_str_c(args->opt[OPT_TYPE]),
        .prefix = cs_str_c(mask),
        .name = cs_str_c(args->opt[OPT_NAME]),
        .life_s = life_s,
    };
    cs_token_hash(cs_token_str(&token), t.hash);
    enum cs_rc rc = ctl_open(c, store_ctl_stmts, &err);
    if (rc == CS_OK)
        rc = store_ctl_token_create(c->db, &c->arena, &t, &created, &err);
    if (rc != CS_OK)
        return ctl_fail_err("token create", &err);
    if (!created)
        return ctl_fail("token create: there is no enabled user \"%s\"", args->opt[OPT_USER]);
    puts(token.text);
    return CTL_OK;
}

static int run_create(struct ctl *c, const struct ctl_args *args)
{
    enum cs_token_kind kind;
    int64_t life_s;

    if (!parse_type(args->opt[OPT_TYPE], &kind))
        return ctl_usage("token create --type: CLIENT or USER");
    if (args->opt[OPT_NAME] && strlen(args->opt[OPT_NAME]) > NAME_MAX_BYTES)
        return ctl_usage("token create --name: at most %d bytes", NAME_MAX_BYTES);
    if (!parse_life(c, args->opt[OPT_EXPIRES], &life_s))
        return ctl_usage("token create --expires: a duration from 1 minute to 10 years such as 30d "
                         "or 12h, or never");
    return create(c, args, kind, life_s);
}

const struct ctl_command ctl_token_create = {
    .name = "token create",
    .help =
        "make an API token and print it\n\n"
        "A USER token acts as its owner. A CLIENT token is for an application that acts for all\n"
        "users. Only the token is printed, and only now: the database holds its hash.",
    .options =
        {
            [OPT_TYPE] = {"--type", "TYPE", CTL_REQUIRED, "CLIENT or USER"},
            [OPT_USER] = {"--user", "NAME", CTL_REQUIRED, "the token's owner"},
            [OPT_NAME] = {"--name", "TEXT", CTL_OPTIONAL,
                          "what it is for; stands in the audit log"},
            [OPT_EXPIRES] = {"--expires", "LIFE", CTL_OPTIONAL,
                             "such as 30d, 12h or never; else JWT_EXPIRES_IN"},
        },
    .run = run_create,
};
