/* cs_db_block.h - the blocking face of the database, for workers and chatspherectl.
 *
 * One connection, in pipeline mode. Calls are queued into a segment; a segment is one transaction
 * and ends with a sync. Nothing leaves before the first answer is wanted, so everything queued
 * until then goes out in one flush:
 *
 *     cs_db_begin(db, CS_DB_WRITE, &err);
 *     cs_db_send(db, &guard, &err);  cs_db_send(db, &post, &err);  cs_db_end(db, &err);
 *     cs_db_send(db, &bell, &err);   cs_db_end(db, &err);
 *     cs_db_recv(db, arena, &rows, &err);  … once per call, in order …
 *     cs_db_finish(db, &err);      ← the first segment is committed only when this says CS_OK
 *     (answer the client)
 *     cs_db_drain(db);             ← the bell's segment
 *
 * Every wait is bounded by the configured deadline; then the connection is closed. Not thread-safe.
 */
#ifndef CS_DB_BLOCK_H
#define CS_DB_BLOCK_H

#include "cs_db.h"

struct cs_db;

enum cs_db_mode {
    CS_DB_READ,  /* a lost connection is CS_E_UNAVAILABLE: ask again */
    CS_DB_WRITE, /* a lost connection after sending is CS_E_COMMIT_UNKNOWN (R4) */
};

/* `conf` is copied, its texts are borrowed. Does not connect yet. NULL: out of memory. */
struct cs_db *cs_db_new(const struct cs_db_conf *conf);
void cs_db_free(struct cs_db *db);

/* Starts a unit of work: drains what the last one left, notices a connection that died while idle,
 * connects and prepares when there is none (at most 5 s a host). CS_E_UNAVAILABLE when the database
 * cannot be reached, CS_E_CONFIG when it would lose writes. */
enum cs_rc cs_db_begin(struct cs_db *db, enum cs_db_mode mode, struct cs_err *err) CS_MUST_CHECK;

/* Queues one call. CS_E_NO_MEMORY when the call or libpq could not hold it. */
enum cs_rc cs_db_send(struct cs_db *db, const struct cs_call *call,
                      struct cs_err *err) CS_MUST_CHECK;

/* Ends the segment: the calls since the last end are one transaction. */
enum cs_rc cs_db_end(struct cs_db *db, struct cs_err *err) CS_MUST_CHECK;

/* The answer of the next call, released with the arena. Flushes first what is queued. A failed call
 * gives its mapped error, the calls behind it in the segment the same error. */
enum cs_rc cs_db_recv(struct cs_db *db, struct cs_arena *arena, struct cs_rows *rows,
                      struct cs_err *err) CS_MUST_CHECK;

/* Reads to the sync of the current segment (answers not fetched yet are dropped). CS_OK: it is
 * committed. Any other: it is known not to be, but CS_E_COMMIT_UNKNOWN. */
enum cs_rc cs_db_finish(struct cs_db *db, struct cs_err *err) CS_MUST_CHECK;

/* Finishes every segment that is still under way and forgets their outcomes. */
void cs_db_drain(struct cs_db *db);

/* begin, one call in a segment of its own, its answer, finish. */
enum cs_rc cs_db_run(struct cs_db *db, enum cs_db_mode mode, const struct cs_call *call,
                     struct cs_arena *arena, struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

/* A file of SQL by the simple protocol (migrations): one implicit transaction unless the text holds
 * its own BEGIN. On failure err->log has the server's message with its position. */
enum cs_rc cs_db_script(struct cs_db *db, const char *sql, struct cs_err *err) CS_MUST_CHECK;

/* What PostgreSQL stores of a role's password (SCRAM-SHA-256, manual 34.20: PQencryptPasswordConn), in
 * the arena: so the password itself does not travel, and stands in no log of the server. Between
 * cs_db_begin and the next unit of work. */
enum cs_rc cs_db_verifier(struct cs_db *db, struct cs_arena *arena, const char *role,
                          const char *password, const char **out, struct cs_err *err) CS_MUST_CHECK;

/* Whether there is a connection, as far as the last unit of work knew. */
bool cs_db_connected(const struct cs_db *db);

/* Whom libpq believes to talk to, by his process id; 0: there is no connection. */
int cs_db_backend(const struct cs_db *db);

struct cs_db_counts {
    uint64_t waited_us; /* for answers */
    uint64_t connects;  /* connections that came to be */
};

const struct cs_db_counts *cs_db_counts(const struct cs_db *db);

/* Valid after a successful begin. */
const struct cs_db_facts *cs_db_facts(const struct cs_db *db);

#endif
