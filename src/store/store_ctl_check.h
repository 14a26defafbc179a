/* store_ctl_check.h - counting again what is kept beside what it is counted from: see
 * schema/functions/recount.sql, which says what is counted, and store_ctl.h.
 */
#ifndef STORE_CTL_CHECK_H
#define STORE_CTL_CHECK_H

#include "store_ctl.h"

extern const struct cs_stmt *const store_ctl_check_stmts[]; /* NULL-terminated */

/* The ids of the rooms behind `after` (nil: from the first), in their order; at most
 * STORE_CTL_ROOMS_MAX. */
enum { STORE_CTL_ROOMS_MAX = 1000, STORE_CTL_DRIFTS_MAX = 1000 };

enum cs_rc store_ctl_rooms(struct cs_db *db, struct cs_arena *arena, const struct cs_uuid *after,
                           struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

/* The differences of one room, or with NULL those of the users; of many, the first
 * STORE_CTL_DRIFTS_MAX. */
enum cs_rc store_ctl_drift(struct cs_db *db, struct cs_arena *arena, const struct cs_uuid *room,
                           struct cs_rows *rows, struct cs_err *err) CS_MUST_CHECK;

/* Borrowed from the rows; absent texts have a .p of NULL. */
struct store_ctl_drift {
    struct cs_str what, user, seq, stored, counted;
};
struct store_ctl_drift store_ctl_drift_at(const struct cs_rows *rows, int row);

/* Mends one room under its lock, or with NULL the users. */
enum cs_rc store_ctl_repair(struct cs_db *db, struct cs_arena *arena, const struct cs_uuid *room,
                            struct cs_err *err) CS_MUST_CHECK;

#endif
