/* store_ctl_token.h - API tokens and invitations to register, as chatspherectl keeps them; see
 * store_ctl.h. Both come here as SHA-256 and mask. */
#ifndef STORE_CTL_TOKEN_H
#define STORE_CTL_TOKEN_H

#include "store_ctl.h"

extern const struct cs_stmt *const store_ctl_token_stmts[]; /* NULL-terminated */

struct store_ctl_new_token {
    struct cs_str username; /* of the owner */
    struct cs_str type;     /* CLIENT or USER */
    struct cs_str prefix;   /* what lists show */
    struct cs_str name;     /* what it is for; .p NULL: none */
    unsigned permissions;   /* cs_rights.h; 0: those of the type */
    int64_t life_s;         /* 0: no end */
    uint8_t hash[CS_SHA256_BYTES];
};

/* CS_E_USER_NOT_FOUND: there is no enabled user of this name. */
enum cs_rc store_ctl_token_create(struct cs_db *db, struct cs_arena *arena,
                                  const struct store_ctl_new_token *t,
                                  struct cs_err *err) CS_MUST_CHECK;

/* Borrowed from the rows; absent texts have a .p of NULL. */
struct store_ctl_token {
    struct cs_uuid id;
    struct cs_str prefix, type, owner, name;
    struct cs_str state; /* good, expired, revoked */
    unsigned permissions;
    struct cs_str expires_at, last_used_at;
};

/* The oldest first. `owner`: of this user alone; .p NULL: of all. */
enum cs_rc store_ctl_tokens(struct cs_db *db, struct cs_arena *arena, struct cs_str owner,
                            struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

/* Those that `what` may mean: the one of this id, and those of this prefix that are not revoked. */
enum cs_rc store_ctl_tokens_find(struct cs_db *db, struct cs_arena *arena, struct cs_str what,
                                 struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

/* Row i of either. */
struct store_ctl_token store_ctl_token_at(const struct cs_rows *rows, int row);

/* CS_OK also for one that is revoked already; CS_E_NOT_FOUND. */
enum cs_rc store_ctl_token_revoke(struct cs_db *db, struct cs_arena *arena,
                                  const struct cs_uuid *id, struct cs_err *err) CS_MUST_CHECK;

struct store_ctl_new_invite {
    struct cs_str prefix;
    int64_t uses;
    int64_t life_s; /* 0: no end */
    uint8_t hash[CS_SHA256_BYTES];
};

enum cs_rc store_ctl_invite_create(struct cs_db *db, struct cs_arena *arena,
                                   const struct store_ctl_new_invite *i,
                                   struct cs_err *err) CS_MUST_CHECK;

struct store_ctl_invite {
    struct cs_uuid id;
    struct cs_str prefix;
    struct cs_str state; /* good, used, expired, revoked */
    int64_t uses, max_uses;
    struct cs_str created_at, expires_at;
};

/* The oldest first. */
enum cs_rc store_ctl_invites(struct cs_db *db, struct cs_arena *arena, struct cs_rows *rows,
                             struct cs_err *err) CS_MUST_CHECK;
struct store_ctl_invite store_ctl_invite_at(const struct cs_rows *rows, int row);

/* CS_E_NOT_FOUND; CS_E_CONFLICT: it is revoked already. */
enum cs_rc store_ctl_invite_revoke(struct cs_db *db, struct cs_arena *arena,
                                   const struct cs_uuid *id, struct cs_err *err) CS_MUST_CHECK;

#endif
