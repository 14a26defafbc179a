/* cs_db.h - what both faces of the database share: statements, calls, rows, error mapping.
 *
 * A statement is a row of the table in src/store and is prepared by its name at connect. A call is
 * a statement with its parameters; rows are its answer. The blocking face (cs_db_block.h) serves
 * workers and chatspherectl, the event-driven face (cs_db_event.h) the gateway; both take the same
 * calls, so a store function is written once. libpq stays inside cs_db*.c.
 *
 * Values travel as text, except byte strings. Rows are readable as soon as they arrived, but they
 * mean nothing for a write before its segment is finished (rule 5: ReadyForQuery).
 */
#ifndef CS_DB_H
#define CS_DB_H

#include "cs_arena.h"
#include "cs_err.h"
#include "cs_id.h"
#include "cs_str.h"

enum { CS_DB_PARAMS_MAX = 16 };

struct cs_stmt {
    const char *name; /* unique; also the prepared statement's name */
    int nparams;
    int ncols; /* of a row; 0 when it gives none */
    const char *sql;
};

struct cs_call {
    const struct cs_stmt *stmt;
    struct cs_arena *arena; /* values live here until the call is sent */
    int n;
    bool failed; /* a value did not fit the arena, or was not storable text */
    const char *values[CS_DB_PARAMS_MAX];
    int lengths[CS_DB_PARAMS_MAX];
    int formats[CS_DB_PARAMS_MAX]; /* 0 text, 1 binary */
};

/* Begins a call; its parameters follow in order, exactly stmt->nparams of them (asserted at
 * send). */
void cs_call_init(struct cs_call *c, const struct cs_stmt *stmt, struct cs_arena *arena);

/* A text is copied with its NUL; one that holds a NUL byte makes the call fail (it is 22021 anyway:
 * callers check text before). A .p of NULL is SQL's NULL. */
void cs_call_text(struct cs_call *c, struct cs_str s);
void cs_call_cstr(struct cs_call *c, const char *s); /* borrowed until sent; NULL = SQL's NULL */
void cs_call_uuid(struct cs_call *c, const struct cs_uuid *id); /* NULL = SQL's NULL */
void cs_call_i64(struct cs_call *c, int64_t v);
void cs_call_bool(struct cs_call *c, bool v);
void cs_call_bytes(struct cs_call *c, const void *p, size_t len); /* bytea; borrowed until sent */
void cs_call_null(struct cs_call *c);

/* PostgreSQL's array literal ({"a","b",NULL}) built in a buffer of the caller: cs_array_begin,
 * elements, then cs_call_array, which ends and borrows it until the call is sent. */
void cs_array_begin(struct cs_buf *b);
void cs_array_str(struct cs_buf *b, struct cs_str s); /* .p of NULL gives NULL */
void cs_array_uuid(struct cs_buf *b, const struct cs_uuid *id);
void cs_array_i64(struct cs_buf *b, int64_t v);
void cs_call_array(struct cs_call *c, struct cs_buf *b);

struct pg_result;
struct pg_conn;

/* The answer of one call. Borrowed texts live as long as the rows. */
struct cs_rows {
    struct pg_result *res; /* NULL: no rows */
};

int cs_rows_count(const struct cs_rows *r);
bool cs_rows_null(const struct cs_rows *r, int row, int col);
struct cs_str cs_rows_str(const struct cs_rows *r, int row, int col); /* NULL: {NULL, 0} */
int64_t cs_rows_i64(const struct cs_rows *r, int row, int col);       /* NULL: 0 */
bool cs_rows_bool(const struct cs_rows *r, int row, int col);         /* NULL: false */
struct cs_uuid cs_rows_uuid(const struct cs_rows *r, int row, int col); /* NULL: nil */
void cs_rows_release(struct cs_rows *r);

/* How to reach the database, for both faces. Texts are borrowed. */
struct cs_db_conf {
    const char *url; /* libpq URI or keyword string; several hosts allowed */
    const char *program; /* application_name */
    const struct cs_stmt *const *stmts; /* prepared at connect, NULL-terminated */
    int deadline_ms; /* our own bound on every call (architecture, "Every call has a deadline") */
    bool allow_weak_durability; /* accept fsync or synchronous_commit off (demos only) */
    /* When others of this machine last began something that this database answered
     * (cs_clock_mono_ms), and where we tell it of ourselves: what one has found away is tried again as
     * soon as it answers another one. NULL: there are no others. */
    uint64_t (*heard_ms)(const void *ctx);
    const void *heard_ctx;
    uint64_t *tell_ms;
    bool owner; /* migrations: no schema expected yet, no statements, longer time-outs */
};

/* Learned at connect: the fixed part of the epoch, and where the schema stands. */
struct cs_db_facts {
    char epoch_base[48]; /* "<system identifier>-<timeline>" */
};

/* --- for the two faces only ------------------------------------------------------------------- */

/* Starts a connection with our session settings; never NULL unless memory is out. */
struct pg_conn *cs_db_start_connect(const struct cs_db_conf *conf);

/* The statement that reads the facts, and what it says: CS_E_CONFIG with a sentence when the server
 * would lose acknowledged writes (R3). */
extern const struct cs_stmt cs_db_facts_stmt;
enum cs_rc cs_db_read_facts(const struct cs_db_conf *conf, const struct cs_rows *r,
                            struct cs_db_facts *out, struct cs_err *err) CS_MUST_CHECK;

/* Fills *err from a failed result (or from the connection, when res is NULL). *stale is set when
 * the prepared statements of this connection must be made anew. */
enum cs_rc cs_db_map_error(const struct pg_conn *conn, const struct pg_result *res, bool *stale,
                           struct cs_err *err);

#endif
