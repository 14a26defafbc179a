/* store_ctl_setup.h - what a superuser does once, so that a ChatSphere can live in a server: its roles,
 * its database, their passwords.
 *
 * A step is a question whether it is done, and a script that does it; what was done is not done again.
 * The names of the roles are fixed, for they are the cluster's: chatsphere_owner owns the database and
 * migrates it, chatsphere is what the programs log in as, and the group roles are those of the
 * migrations (0003_roles.sql), made here so that the owner need not have the right to make roles: with
 * it he could make himself a member of nearly any (PostgreSQL 15).
 *
 * Called by chatspherectl setup only, with a connection of a superuser.
 */
#ifndef STORE_CTL_SETUP_H
#define STORE_CTL_SETUP_H

#include "store_ctl.h"

#define STORE_OWNER_ROLE "chatsphere_owner"
#define STORE_APP_ROLE "chatsphere"

extern const struct cs_stmt *const store_setup_stmts[]; /* NULL-terminated */

struct store_setup_server {
    bool superuser;
    int64_t version; /* 150004 */
};

enum cs_rc store_setup_server(struct cs_db *db, struct cs_arena *arena,
                              struct store_setup_server *out, struct cs_err *err) CS_MUST_CHECK;

struct store_setup_step {
    const char *what; /* "role chatsphere, …"; NULL: a part of the next one */
    const struct cs_stmt *done;
    const char *script;
};

extern const struct store_setup_step store_setup_steps[]; /* in order, ended by one without a script */

/* Whether the step is done, for this database. Notes its name for store_setup_do. */
enum cs_rc store_setup_done(struct cs_db *db, struct cs_arena *arena,
                            const struct store_setup_step *step, const char *database, bool *done,
                            struct cs_err *err) CS_MUST_CHECK;
enum cs_rc store_setup_do(struct cs_db *db, const struct store_setup_step *step,
                          struct cs_err *err) CS_MUST_CHECK;

/* A database that is there. *exists false: it is not. */
struct store_setup_database {
    bool exists;
    struct cs_str owner, encoding;
};

enum cs_rc store_setup_database(struct cs_db *db, struct cs_arena *arena, const char *name,
                                struct store_setup_database *out, struct cs_err *err) CS_MUST_CHECK;

/* Whether the role has a password; the question is a superuser's alone. No such role: it has none. */
enum cs_rc store_setup_has_password(struct cs_db *db, struct cs_arena *arena, const char *role,
                                    bool *out, struct cs_err *err) CS_MUST_CHECK;

/* Stores what cs_db_verifier made of a password; NULL takes it away. */
enum cs_rc store_setup_password(struct cs_db *db, struct cs_arena *arena, const char *role,
                                const char *verifier, struct cs_err *err) CS_MUST_CHECK;

/* As the owner: an administrator who may log in; {NULL, 0} when there is none. */
enum cs_rc store_setup_admin(struct cs_db *db, struct cs_arena *arena, struct cs_str *name,
                             struct cs_err *err) CS_MUST_CHECK;

extern const struct cs_stmt *const store_setup_admin_stmts[];

#endif
