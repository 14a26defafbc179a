/* store_login.h - coming in: what stands before and behind a password's hash (accounts.sql).
 *
 * A login is two round trips: store_login_begin, then, with the hash made in between and no
 * transaction open, store_login or store_login_failed. Passwords come and go as hashes only.
 */
#ifndef STORE_LOGIN_H
#define STORE_LOGIN_H

#include "cs_db.h"
#include "cs_hash.h"

/* An attempt to log in. Texts are borrowed. */
struct store_attempt {
    struct cs_str login; /* as it was typed: a name, or an address */
    bool by_email;       /* an address only; false: a name, or an address when there is no such name */
    struct cs_str ip;
    int64_t free_pair, free_account, free_address; /* failures that are free (throttle.sql) */
};

struct store_begun {
    int64_t wait_ms; /* > 0: refused, too many have failed; the rest is not set */
    int64_t next_ms; /* the wait that begins if this one fails, for store_login_failed */
    bool found;      /* there is such an account; what follows is its own */
    struct cs_uuid user;
    struct cs_str password_hash; /* absent: no login by password */
    bool active;
};

/* Counts the attempt as a failure. One row, for unknown accounts too. */
void store_login_begin_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_attempt *a);
void store_login_begin_read(const struct cs_rows *rows, struct store_begun *out);

/* Takes the count back: no hash was made. */
void store_login_undo_call(struct cs_call *call, struct cs_arena *arena,
                           const struct store_attempt *a);

/* Notes the failure: a wrong password, or, `disabled`, the right one of a disabled account. */
void store_login_failed_call(struct cs_call *call, struct cs_arena *arena,
                             const struct store_attempt *a, const struct store_begun *b,
                             bool disabled);

struct store_new_session {
    struct cs_uuid id;
    const uint8_t *token_hash;   /* of an opaque session; NULL: an access token names this one */
    const uint8_t *refresh_hash; /* of its first refresh token; NULL: none */
    struct cs_str device;        /* cut at what the column takes */
    int64_t ttl_s;
    int64_t refresh_idle_s, refresh_max_s;
};

/* Opens the session and forgets the failures. `new_hash` absent: the hash stays. CS_E_BAD_LOGIN:
 * the password has been changed since; CS_E_DISABLED. */
void store_login_call(struct cs_call *call, struct cs_arena *arena, const struct store_attempt *a,
                      const struct store_begun *b, struct cs_str new_hash,
                      const struct store_new_session *s);
enum cs_rc store_login_read(const struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

struct store_new_user {
    struct cs_uuid id;
    struct cs_str username, password_hash;
    struct cs_str email, full_name; /* absent: none */
    const uint8_t *invite;          /* the hash of an invitation; NULL: none is asked for */
    struct cs_str ip;
};

/* Before the hash, which a refusal shall not cost: CS_E_BAD_INVITE, CS_E_USERNAME_TAKEN,
 * CS_E_EMAIL_TAKEN, in this order: names are not told to who may not register. */
void store_may_register_call(struct cs_call *call, struct cs_arena *arena,
                             const struct store_new_user *u);
enum cs_rc store_may_register_read(const struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

/* Makes the account, and decides: as above, or CS_E_BAD_FIELD ("username"). */
void store_register_call(struct cs_call *call, struct cs_arena *arena,
                         const struct store_new_user *u);
enum cs_rc store_register_read(const struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

extern const struct cs_stmt store_login_begin_stmt, store_login_undo_stmt, store_login_failed_stmt,
    store_login_stmt, store_may_register_stmt, store_register_stmt;

#endif
