/* cs_token.h - opaque tokens (security.md S4): what is shown once and stored only as its SHA-256.
 *
 *   cs_client_ 3kQ…(32 base62 characters from 256 random bits, about 190 kept) 0aB3xZ
 *   prefix                                                                    CRC-32 of all before
 *
 * The prefix tells kinds apart without a look-up and makes leaked tokens findable; the checksum
 * lets a mistyped token be refused before it costs a statement. Neither is a secret.
 */
#ifndef CS_TOKEN_H
#define CS_TOKEN_H

#include "cs_err.h"
#include "cs_hash.h"
#include "cs_str.h"

#include <stdbool.h>

enum cs_token_kind {
    CS_TOKEN_SESSION, /* cs_st_ */
    CS_TOKEN_REFRESH, /* cs_rt_ */
    CS_TOKEN_USER,    /* cs_user_ */
    CS_TOKEN_CLIENT,  /* cs_client_ */
    CS_TOKEN_TICKET,  /* cs_tk_ */
    CS_TOKEN_INVITE,  /* cs_inv_: lets its bearer register */
    CS_TOKEN_ROOM,    /* cs_join_: lets its bearer into a room */
    CS_TOKEN_KINDS_
};

enum {
    CS_TOKEN_BODY = 32,
    CS_TOKEN_CHECK = 6,
    CS_TOKEN_MAX = 10 + CS_TOKEN_BODY + CS_TOKEN_CHECK, /* the longest prefix is cs_client_ */
    CS_TOKEN_MASK_MAX = 10 + 4 + 3,                     /* prefix, four characters, "…" */
};

struct cs_token {
    char text[CS_TOKEN_MAX + 1]; /* NUL-terminated */
    size_t len;
};

static inline struct cs_str cs_token_str(const struct cs_token *t)
{
    return cs_str_n(t->text, t->len);
}

/* A new one. */
void cs_token_make(enum cs_token_kind kind, struct cs_token *out);

/* True, with the kind, when prefix, alphabet, length and checksum are right: worth a look-up. */
bool cs_token_kind(struct cs_str token, enum cs_token_kind *kind) CS_MUST_CHECK;

/* The SHA-256 of the whole text: what the database holds. */
void cs_token_hash(struct cs_str token, uint8_t out[CS_SHA256_BYTES]);

/* The one refresh token that follows `old`: HMAC-SHA256(secret, "refresh-successor" || old), so
 * that whoever presents the same old token within the grace time gets the same successor, and the
 * server keeps only hashes (security.md S3). */
void cs_token_successor(struct cs_str secret, struct cs_str old, struct cs_token *out);

/* For lists and logs: prefix, four characters, "…"; "…" alone for what is no token of ours. */
void cs_token_mask(struct cs_str token, char out[CS_TOKEN_MASK_MAX + 1]);

#endif
