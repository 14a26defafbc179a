/* store_outcome.h - what the functions of the schema say of how it went: a status, a text, in the first
 * column of the first row. Each file of the store has a table of those that it may meet. */
#ifndef STORE_OUTCOME_H
#define STORE_OUTCOME_H

#include "cs_db.h"
#include "cs_err.h"

struct store_outcome {
    const char *status;
    enum cs_rc rc;      /* CS_OK: it went well */
    const char *detail; /* NULL: the code's own */
};

/* {NULL, 0} where there is no row. */
struct cs_str store_status(const struct cs_rows *rows);

/* The code of the status in the table of n, set in *err; CS_E_INTERNAL, and a line in the log, for one
 * that is not there. */
enum cs_rc store_outcome_of(struct cs_str status, const struct store_outcome *table, size_t n,
                            struct cs_err *err) CS_MUST_CHECK;

#define STORE_OUTCOME(status, table, err)                                                          \
    store_outcome_of(status, table, sizeof(table) / sizeof *(table), err)

#endif
