/* cmd_token.c - chatspherectl token: the first API token of an installation comes from here. */
#include "bell.h"
#include "command.h"
#include "cs_rights.h"
#include "cs_token.h"
#include "store_ctl_token.h"
#include "text.h"

enum { OPT_TYPE, OPT_USER, OPT_NAME, OPT_PERMISSIONS, OPT_EXPIRES };
enum { OPT_OF_USER };

enum { NAME_MAX_BYTES = 100 };

/* --- create ----------------------------------------------------------------------------------- */

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

static int create(struct ctl *c, enum cs_token_kind kind, struct store_ctl_new_token *t)
{
    char mask[CS_TOKEN_MASK_MAX + 1];
    struct cs_token token;
    struct cs_err err;

    cs_token_make(kind, &token);
    cs_token_mask(cs_token_str(&token), mask);
    cs_token_hash(cs_token_str(&token), t->hash);
    t->prefix = cs_str_c(mask);
    enum cs_rc rc = ctl_open(c, store_ctl_token_stmts, &err);
    if (rc == CS_OK)
        rc = store_ctl_token_create(c->db, &c->arena, t, &err);
    if (rc == CS_E_USER_NOT_FOUND)
        return ctl_fail("token create: there is no enabled user \"%s\"", t->username.p);
    if (rc != CS_OK)
        return ctl_fail_err("token create", &err);
    puts(token.text);
    return CTL_OK;
}

static int run_create(struct ctl *c, const struct ctl_args *args)
{
    const char *permissions = args->opt[OPT_PERMISSIONS], *life = args->opt[OPT_EXPIRES];
    enum cs_token_kind kind;
    struct store_ctl_new_token t = {
        .username = cs_str_c(args->opt[OPT_USER]),
        .type = cs_str_c(args->opt[OPT_TYPE]),
        .name = cs_str_c(args->opt[OPT_NAME]),
        .life_s = c->cfg.api_token_s,
    };

    if (!parse_type(args->opt[OPT_TYPE], &kind))
        return ctl_usage("token create --type: CLIENT or USER");
    if (t.name.len > NAME_MAX_BYTES)
        return ctl_usage("token create --name: at most %d bytes", NAME_MAX_BYTES);
    if (permissions && !cs_rights_parse(cs_str_c(permissions), &t.permissions))
        return ctl_usage("token create --permissions: some of read,write,rooms,users,admin");
    if (life && !ctl_parse_life(life, &t.life_s))
        return ctl_usage("token create --expires: " CTL_LIFE_HELP);
    return create(c, kind, &t);
}

/* --- list ------------------------------------------------------------------------------------- */

/* A mask ends in "…", three bytes and one column, so printf's widths are two too narrow for it. */
enum { MASK_WIDTH = 17 };

static void print_token(struct ctl *c, const struct store_ctl_token *t)
{
    char id[CS_UUID_LEN + 1];
    struct cs_buf rights;

    cs_uuid_text(&t->id, id);
    cs_buf_init(&rights, 256);
    cs_rights_list(&rights, t->permissions);
    printf("%s  %-*s  %-6s  %-7s  %-24s  %-24s  %-28s  %s%s%s\n", id, MASK_WIDTH,
           ctl_text(c, t->prefix), ctl_text(c, t->type), ctl_text(c, t->state),
           ctl_time_or(c, t->expires_at, "never"), ctl_time_or(c, t->last_used_at, "unused"),
           rights.len ? cs_buf_cview(&rights) : "none", ctl_text(c, t->owner),
           t->name.p ? "  " : "", t->name.p ? ctl_text(c, t->name) : "");
    cs_buf_release(&rights);
}

static int run_list(struct ctl *c, const struct ctl_args *args)
{
    struct cs_str owner = cs_str_c(args->opt[OPT_OF_USER]);
    struct cs_rows rows;
    struct cs_err err;
    enum cs_rc rc = ctl_open(c, store_ctl_token_stmts, &err);

    if (rc == CS_OK)
        rc = store_ctl_tokens(c->db, &c->arena, owner, &rows, &err);
    if (rc != CS_OK)
        return ctl_fail_err("token list", &err);
    for (int i = 0; i < cs_rows_count(&rows); i++) {
        struct store_ctl_token t = store_ctl_token_at(&rows, i);
        print_token(c, &t);
    }
    return CTL_OK;
}

/* --- revoke ----------------------------------------------------------------------------------- */

static int explain(struct ctl *c, const char *what, const struct cs_rows *rows)
{
    if (cs_rows_count(rows) == 0)
        return ctl_fail("token revoke: there is no such token: %s", what);
    (void)ctl_fail("token revoke: %s may be several; say the id of one:", what);
    for (int i = 0; i < cs_rows_count(rows); i++) {
        char id[CS_UUID_LEN + 1];
        struct store_ctl_token t = store_ctl_token_at(rows, i);
        cs_uuid_text(&t.id, id);
        fprintf(stderr, "  %s  %s\n", id, ctl_text(c, t.owner));
    }
    return CTL_FAILED;
}

static int revoke(struct ctl *c, const struct store_ctl_token *t)
{
    char id[CS_UUID_LEN + 1];
    struct cs_err err;

    if (store_ctl_token_revoke(c->db, &c->arena, &t->id, &err) != CS_OK)
        return ctl_fail_err("token revoke", &err);
    ctl_ring(c, CS_BUS_REVOKED, &t->id);
    cs_uuid_text(&t->id, id);
    printf("revoked %s of %s\n", id, ctl_text(c, t->owner));
    return CTL_OK;
}

static int run_revoke(struct ctl *c, const struct ctl_args *args)
{
    const char *what = args->words[0];
    struct cs_rows rows;
    struct cs_err err;
    enum cs_rc rc = ctl_open(c, store_ctl_token_stmts, &err);

    if (rc == CS_OK)
        rc = store_ctl_tokens_find(c->db, &c->arena, cs_str_c(what), &rows, &err);
    if (rc != CS_OK)
        return ctl_fail_err("token revoke", &err);
    if (cs_rows_count(&rows) != 1)
        return explain(c, what, &rows);
    struct store_ctl_token t = store_ctl_token_at(&rows, 0);
    return revoke(c, &t);
}

/* --- the commands ----------------------------------------------------------------------------- */

const struct ctl_command ctl_token_create = {
    .name = "token create",
    .help =
        "make an API token and print it\n\n"
        "A USER token acts as its owner. A CLIENT token is for an application that acts for all\n"
        "users. Only the token is printed, and only now: the database holds its hash.\n"
        "Without --permissions a USER token may read and write, a CLIENT token all but admin.",
    .options =
        {
            [OPT_TYPE] = {"--type", "TYPE", CTL_REQUIRED, "CLIENT or USER"},
            [OPT_USER] = {"--user", "NAME", CTL_REQUIRED, "the token's owner"},
            [OPT_NAME] = {"--name", "TEXT", CTL_OPTIONAL,
                          "what it is for; lists and the audit log show it"},
            [OPT_PERMISSIONS] = {"--permissions", "LIST", CTL_OPTIONAL,
                                 "some of read,write,rooms,users,admin"},
            [OPT_EXPIRES] = {"--expires", "LIFE", CTL_OPTIONAL,
                             "such as 30d, 12h or never; else JWT_EXPIRES_IN"},
        },
    .run = run_create,
};

const struct ctl_command ctl_token_list = {
    .name = "token list",
    .help = "list the API tokens, oldest first\n\n"
            "Id, what it begins with, type, whether it is good, expired or revoked, its end, when\n"
            "it was used last, permissions, owner, name.",
    .options = {[OPT_OF_USER] = {"--user", "NAME", CTL_OPTIONAL, "of this owner alone"}},
    .run = run_list,
};

const struct ctl_command ctl_token_revoke = {
    .name = "token revoke",
    .words = {"TOKEN"},
    .help = "revoke an API token\n\n"
            "TOKEN is its id, or what it begins with, as token list shows it. It is refused at\n"
            "once, and its sockets close.",
    .run = run_revoke,
};
