/* store_marks.h - read positions that sockets told, many in one statement. */
#ifndef STORE_MARKS_H
#define STORE_MARKS_H

#include "cs_db.h"

struct store_mark {
    struct cs_uuid room, user;
    uint64_t seq;
    struct cs_str cred_kind; /* session, api_token */
    struct cs_uuid cred_id;
};

/* Arrays under construction, kept from call to call. */
struct store_mark_bufs {
    struct cs_buf col[5];
};

void store_mark_bufs_init(struct store_mark_bufs *bufs);
void store_mark_bufs_release(struct store_mark_bufs *bufs);

/* A writing call that may wait for a lock and for the disk; the same twice is the same as once. One row
 * for each, in their order. */
void store_marks_call(struct cs_call *call, struct cs_arena *arena, struct store_mark_bufs *bufs,
                      const struct store_mark *marks, size_t n);

struct store_marked {
    bool moved;
    uint64_t seq; /* where he is now */
};

/* What has become of the one in that row. CS_E_UNAUTHORIZED, CS_E_FORBIDDEN: the credential is no longer
 * good, or may not; CS_E_ROOM_NOT_FOUND, CS_E_NOT_MEMBER, CS_E_BANNED. */
enum cs_rc store_marked_read(const struct cs_rows *rows, int row, struct store_marked *out,
                             struct cs_err *err) CS_MUST_CHECK;

extern const struct cs_stmt store_marks_stmt;

#endif
