/* store_ctl_migrate.h - what the database remembers about its own schema.
 *
 * Two small tables in schema chat: schema_migrations has a row for every migration that was
 * applied, schema_functions one for every function file as it was applied last. They are made when
 * they are missing, so they need no migration themselves.
 *
 * One session advisory lock covers everything that changes the schema or seeds it: it belongs to
 * this database, so two hosts may be told to migrate at the same time.
 *
 * A transaction here spans several scripts on one connection. Nothing connects again in between, so
 * a lost connection fails it as a whole. Called by chatspherectl only.
 */
#ifndef STORE_CTL_MIGRATE_H
#define STORE_CTL_MIGRATE_H

#include "cs_db_block.h"

struct store_migration {
    int64_t version;
    struct cs_str name;     /* "0001_initial" */
    struct cs_str checksum; /* SHA-256 of the file, hex */
    struct cs_str applied_at, applied_by;
    int64_t duration_ms;
};

struct store_function {
    struct cs_str name; /* "messages.sql" */
    struct cs_str checksum;
};

struct store_migrations {
    struct store_migration *v; /* by version */
    size_t n;
};

struct store_functions {
    struct store_function *v; /* by name */
    size_t n;
};

/* To be prepared before the bookkeeping exists, and once it does. */
extern const struct cs_stmt *const store_migrate_probe_stmts[];
extern const struct cs_stmt *const store_migrate_stmts[];

/* Whether both tables are there. On a connection with the probe statements. */
enum cs_rc store_migrate_ready(struct cs_db *db, struct cs_arena *arena, bool *ready,
                               struct cs_err *err) CS_MUST_CHECK;

/* Makes schema chat and both tables where they are missing; safe from two hosts at once. Between
 * cs_db_begin and the next unit of work, as every function below that runs a script. */
enum cs_rc store_migrate_create(struct cs_db *db, struct cs_err *err) CS_MUST_CHECK;

/* Tries the lock of the schema; *got says whether this connection has it now. */
enum cs_rc store_migrate_try_lock(struct cs_db *db, struct cs_arena *arena, bool *got,
                                  struct cs_err *err) CS_MUST_CHECK;

/* Waits for it without a limit, for a migration may take hours. It is held until the connection
 * ends. */
enum cs_rc store_migrate_lock(struct cs_db *db, struct cs_err *err) CS_MUST_CHECK;

/* The tables' rows; they live as long as the arena's contents. */
enum cs_rc store_migrations_read(struct cs_db *db, struct cs_arena *arena,
                                 struct store_migrations *out, struct cs_err *err) CS_MUST_CHECK;
enum cs_rc store_functions_read(struct cs_db *db, struct cs_arena *arena,
                                struct store_functions *out, struct cs_err *err) CS_MUST_CHECK;

/* Opens the transaction of one migration; the caller runs its file with cs_db_script, then commits,
 * which writes the row, or rolls back. applied_at and duration_ms are the server's own. */
enum cs_rc store_migration_begin(struct cs_db *db, struct cs_arena *arena,
                                 const struct store_migration *m, struct cs_err *err) CS_MUST_CHECK;
enum cs_rc store_migration_commit(struct cs_db *db, struct cs_err *err) CS_MUST_CHECK;

/* The same for all function files together: committing makes the table say exactly these. */
enum cs_rc store_functions_begin(struct cs_db *db, struct cs_arena *arena,
                                 const struct store_functions *f, struct cs_err *err) CS_MUST_CHECK;
enum cs_rc store_functions_commit(struct cs_db *db, struct cs_err *err) CS_MUST_CHECK;

/* Puts the language of search into force; a change makes its index anew (functions/search.sql). */
enum cs_rc store_migrate_language(struct cs_db *db, struct cs_arena *arena, struct cs_str name,
                                  struct cs_err *err) CS_MUST_CHECK;

/* After a failure. A connection that is gone has rolled back by itself. */
void store_migrate_rollback(struct cs_db *db);

#endif
