/* store_ctl_doctor.h - what chatspherectl doctor asks the database, as the application and as the owner.
 *
 * Questions about the server and the roles alone: they can be asked before there is a schema, and of one
 * that does not fit these programs.
 */
#ifndef STORE_CTL_DOCTOR_H
#define STORE_CTL_DOCTOR_H

#include "store_ctl.h"

extern const struct cs_stmt *const store_doctor_stmts[]; /* NULL-terminated */

/* What the application's session sees. Texts are borrowed from the rows; settings are as SHOW prints
 * them. */
struct store_doctor_session {
    /* the server */
    int64_t version; /* 150004 */
    struct cs_str encoding, ctype, fsync, full_page_writes, synchronous_commit, autovacuum;
    int64_t idle_session_ms, backend_pid, clock_ms;
    struct cs_str statement_timeout, time_zone; /* the programs ask for 10s and UTC */
    int64_t connections_max, connections_used;  /* of those that are not a superuser's */
    /* the role */
    struct cs_str role;
    bool superuser, makes_roles, makes_databases, bypasses_rls, replicates;
    int64_t connections_of_role; /* the most it may have; -1: any */
    bool in_chat_app;
    bool is_owner;  /* owns schema chat, or is a member of who does */
    bool can_write; /* past the functions */
    bool can_use;   /* schema, tables and functions */
};

enum cs_rc store_doctor_session(struct cs_db *db, struct cs_arena *arena,
                                struct store_doctor_session *out, struct cs_err *err) CS_MUST_CHECK;

/* What the owner is. */
struct store_doctor_owner {
    struct cs_str role;
    bool superuser;
    bool owns; /* schema chat, or there is none yet */
    int64_t backend_pid;
};

enum cs_rc store_doctor_owner(struct cs_db *db, struct cs_arena *arena,
                              struct store_doctor_owner *out, struct cs_err *err) CS_MUST_CHECK;

#endif
