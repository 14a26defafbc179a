/* store_session.h - sessions: opened at login, renewed by refresh tokens, listed, ended.
 *
 * A session is also the family of its refresh tokens. Tokens are known here as hashes only.
 */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "cs_db.h"
#include "cs_hash.h"
#include "cs_model.h"

struct store_rotated {
    bool reused; /* it had been used before: session_id, which is revoked now, is all that is set */
    struct cs_uuid user_id, session_id;
    struct cs_str username, role; /* borrowed from the rows */
};

/* Uses up the token with `old_hash`; its one successor has `new_hash`. Both are borrowed until the
 * call is sent. CS_E_BAD_REFRESH: unknown, expired, or used before (then the family is revoked). */
void store_rotate_call(struct cs_call *call, struct cs_arena *arena, const uint8_t *old_hash,
                       const uint8_t *new_hash, int64_t idle_s, int64_t grace_s,
                       struct cs_str ip);
enum cs_rc store_rotate_read(const struct cs_rows *rows, struct store_rotated *out,
                             struct cs_err *err) CS_MUST_CHECK;

struct store_session {
    struct cs_uuid id, user_id;
    struct cs_str device, ip; /* absent: not known */
    struct cs_str created_at, last_used_at, expires_at;
    bool current; /* the one that asks */
};

enum { STORE_SESSIONS_MAX = 1000 };

/* A user's live sessions, at most STORE_SESSIONS_MAX, the newest use first. `current`: the credential that
 * asks. */
void store_sessions_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user,
                         const struct cs_uuid *current);
void store_session_read(const struct cs_rows *rows, int row, struct store_session *out);

/* Ends one of his own, with its refresh tokens. A row when it was live. */
void store_session_close_call(struct cs_call *call, struct cs_arena *arena,
                              const struct cs_who *who, const struct cs_uuid *session,
                              struct cs_str ip);

/* Ends all of his own, the one that asks too unless it is kept. A row for each. */
void store_sessions_close_call(struct cs_call *call, struct cs_arena *arena,
                               const struct cs_who *who, bool keep_current, struct cs_str ip);

/* What a row of either says: this one has ended. */
struct cs_uuid store_session_closed(const struct cs_rows *rows, int row);

extern const struct cs_stmt store_rotate_stmt, store_sessions_stmt, store_session_close_stmt,
    store_sessions_close_stmt;

#endif
