/* store_guard.h - who somebody is: one statement checks a credential, its session or token, and its
 * user.
 *
 * Two ways in. Reading: a plain SELECT whose verdict is read in C; no row means that the credential
 * is no good. Writing: chat.guard, which raises (CS401, CS403, CS429), so that what follows it in
 * the same transaction is not executed; it also takes from the user's write bucket.
 *
 * Both check at this moment, so revocation is in force at once (security.md S2). Used by the
 * worker's guard and by the gateway when a socket authenticates.
 */
#ifndef STORE_GUARD_H
#define STORE_GUARD_H

#include "cs_db.h"
#include "cs_hash.h"
#include "cs_jwt.h"
#include "cs_model.h"
#include "cs_rights.h"

enum store_cred_kind { /* the numbers of chat.guard */
    STORE_CRED_JWT = 1,
    STORE_CRED_SESSION = 2, /* cs_st_… */
    STORE_CRED_TOKEN = 3,   /* cs_user_…, cs_client_… */
};

struct store_cred {
    enum store_cred_kind kind;
    struct cs_uuid sid, user_id;   /* of a JWT that verified */
    uint8_t hash[CS_SHA256_BYTES]; /* of the others */
    int64_t expires_s;             /* of a JWT, since 1970; 0: the database knows */
};

/* What a client presents: a JWT whose signature and times are good, or a token that looks like one
 * of ours. Who holds it, and whether it is still good, the guards say. CS_E_UNAUTHORIZED for all
 * else. */
enum cs_rc store_cred_read(struct cs_str token, const struct cs_jwt_keys *keys, int64_t now_s,
                           struct store_cred *out, struct cs_err *err) CS_MUST_CHECK;

/* What is asked of the sender, and what it costs him. */
struct store_needs {
    unsigned user, client;  /* rights (cs_rights.h) that each must have, all of them; 0: may not */
    int64_t cost, per_min;  /* units taken from the user's write bucket, and its size; 0: none */
};

struct store_guarded {
    struct cs_who who; /* texts borrowed from the rows */
    bool touch;        /* reading guard: last used more than a minute ago */
    bool has_bucket;   /* writing guard with a cost */
    int64_t tokens_left, reset_ms;
};

/* The credential is borrowed until the call is sent. */
void store_guard_read_call(struct cs_call *call, struct cs_arena *arena,
                           const struct store_cred *cred);
/* False when there is no row: unauthorized. */
bool store_guard_read_read(const struct cs_rows *rows, struct store_guarded *out);

/* The same for a credential that was shown before, by its id and its user's; read by
 * store_guard_read_read. */
void store_guard_held_call(struct cs_call *call, struct cs_arena *arena,
                           const struct cs_uuid *cred_id, const struct cs_uuid *user);

/* The reading guard of a socket: with how far its user's own log had got at that moment (0: nothing
 * yet), and the changing part of the epoch. */
struct store_entered {
    struct cs_who who; /* texts borrowed from the rows */
    uint64_t last_useq;
    struct cs_str epoch;
};

void store_enter_call(struct cs_call *call, struct cs_arena *arena, const struct store_cred *cred);
bool store_enter_read(const struct cs_rows *rows, struct store_entered *out);

void store_guard_write_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_cred *cred, const struct store_needs *needs);
bool store_guard_write_read(const struct cs_rows *rows, struct store_guarded *out);

/* Which of these credentials (sessions and API tokens by their ids, an array under construction)
 * are no longer good: a row gives the index in the array. */
void store_ended_call(struct cs_call *call, struct cs_arena *arena, struct cs_buf *ids);
size_t store_ended_read(const struct cs_rows *rows, int row);

/* Moves last_used_at of the credential and last_seen of its user, at most once a minute. */
void store_touch_call(struct cs_call *call, struct cs_arena *arena, const struct cs_who *who);

extern const struct cs_stmt store_guard_jwt_stmt, store_guard_session_stmt, store_guard_token_stmt,
    store_guard_held_stmt, store_enter_jwt_stmt, store_enter_session_stmt, store_enter_token_stmt,
    store_guard_write_stmt, store_ended_stmt, store_touch_stmt;

#endif
