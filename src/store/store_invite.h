/* store_invite.h - links that let their bearer into a room.
 *
 * Their codes are credentials (cs_token.h, CS_TOKEN_ROOM): shown once, known here by their hashes.
 * How a change went is read by store_member_outcome.
 */
#ifndef STORE_INVITE_H
#define STORE_INVITE_H

#include "cs_hash.h"
#include "store_member.h"

struct store_invite {
    struct cs_uuid id, created_by;
    struct cs_str prefix, created_at;
    struct cs_str expires_at; /* absent: never */
    int64_t max_uses;         /* 0: any number */
    int64_t uses;
};

struct store_new_invite {
    struct cs_uuid id;
    const uint8_t *code_hash; /* CS_SHA256_BYTES, borrowed until the call is sent */
    struct cs_str prefix;     /* the code, masked */
    int64_t expires_ms;       /* since 1970; 0: never */
    int64_t max_uses;         /* 0: any number */
};

/* CS_E_ROOM_NOT_FOUND, CS_E_FORBIDDEN, CS_E_LIMIT. */
void store_invite_create_call(struct cs_call *call, struct cs_arena *arena,
                              const struct store_acting *who, const struct store_new_invite *in);

/* CS_E_ROOM_NOT_FOUND, CS_E_FORBIDDEN, CS_E_INVITE_NOT_FOUND. */
void store_invite_revoke_call(struct cs_call *call, struct cs_arena *arena,
                              const struct store_acting *who, const struct cs_uuid *id);

/* Lets the user in. CS_E_INVITE_NOT_FOUND, whatever is wrong with the code; CS_E_BANNED;
 * CS_E_UNAUTHORIZED: the account was deleted just now. */
void store_invite_accept_call(struct cs_call *call, struct cs_arena *arena,
                              const uint8_t code_hash[CS_SHA256_BYTES], const struct cs_uuid *user);

/* The good ones of a room, the newest first; one of them by its id. */
void store_invites_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room);
void store_invite_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *id);
void store_invite_read(const struct cs_rows *rows, int row, struct store_invite *out);

extern const struct cs_stmt store_invite_create_stmt, store_invite_revoke_stmt,
    store_invite_accept_stmt, store_invites_stmt, store_invite_stmt;

#endif
