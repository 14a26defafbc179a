/* store_audit.h - the audit log, read from its end. It is written by the database's functions. */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "cs_db.h"

enum { STORE_AUDIT_MAX = 100 }; /* rows of a page */

struct store_audit_page {
    int64_t before; /* an entry's id; 0: from the end */
    int64_t limit;
    struct cs_str action;   /* absent: every action */
    struct cs_uuid user_id; /* what he did and what was done to him; nil: everybody */
};

struct store_audit {
    int64_t id;
    struct cs_uuid actor_id, target_id, room_id; /* nil: none */
    struct cs_str at, action, data;              /* data is JSON */
    struct cs_str ip;                            /* absent: not known */
};

void store_audit_call(struct cs_call *call, struct cs_arena *arena,
                      const struct store_audit_page *page);
void store_audit_read(const struct cs_rows *rows, int row, struct store_audit *out);

extern const struct cs_stmt store_audit_stmt, store_audit_action_stmt, store_audit_user_stmt;

#endif
