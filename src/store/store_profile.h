/* store_profile.h - what somebody changes about himself: names, address, password.
 *
 * The functions write the audit row; passwords come and go as hashes only.
 */
#ifndef STORE_PROFILE_H
#define STORE_PROFILE_H

#include "cs_db.h"

/* .p NULL leaves, "" clears; borrowed until the call is sent. */
struct store_profile {
    struct cs_uuid user;
    struct cs_str username, email, full_name, bio;
    struct cs_str ip;
};

/* CS_E_NAME_TAKEN, CS_E_EMAIL_TAKEN; CS_E_BAD_FIELD: the name is too long in the form in which
 * names are kept; CS_E_UNAUTHORIZED when the account has just gone. */
void store_profile_call(struct cs_call *call, struct cs_arena *arena,
                        const struct store_profile *p);
enum cs_rc store_profile_read(const struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

/* What changing a password needs to know of its owner. Borrowed from the rows. */
struct store_secret {
    struct cs_str password_hash; /* absent: no login by password */
    struct cs_str username, email;
};

/* CS_E_UNAUTHORIZED: no such user. */
void store_secret_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user);
enum cs_rc store_secret_read(const struct cs_rows *rows, struct store_secret *out,
                             struct cs_err *err) CS_MUST_CHECK;

struct store_new_password {
    struct cs_uuid user, session; /* the session stays, the user's others end */
    struct cs_str old_hash;       /* what the current password was verified against */
    struct cs_str new_hash, ip;
};

/* CS_E_UNAUTHORIZED: the session has ended meanwhile. CS_E_BAD_PASSWORD: what was verified is not
 * the current one any more. */
void store_password_call(struct cs_call *call, struct cs_arena *arena,
                         const struct store_new_password *p);
enum cs_rc store_password_read(const struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

/* The session that a row of a successful change has ended; false: the row names none. */
bool store_password_ended(const struct cs_rows *rows, int row, struct cs_uuid *session);

extern const struct cs_stmt store_profile_stmt, store_secret_stmt, store_password_stmt;

#endif
