/* store_report.h - what members tell those who keep order in a room about its messages. How a
 * change went is read by store_member_outcome. */
#ifndef STORE_REPORT_H
#define STORE_REPORT_H

#include "store_member.h"

struct store_report {
    struct cs_uuid id, message, reporter;
    struct cs_str reason; /* absent: none was given */
    struct cs_str created_at, resolved_at;
};

/* `reason` absent: none. CS_E_ROOM_NOT_FOUND, CS_E_NOT_MEMBER, CS_E_BANNED, CS_E_FORBIDDEN (p2p),
 * CS_E_MESSAGE_NOT_FOUND. */
void store_report_make_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *id,
                            const struct store_acting *who, const struct cs_uuid *message,
                            struct cs_str reason);
/* Of its rows, when they say yes: whether this is the first one. */
bool store_report_is_new(const struct cs_rows *rows);

/* CS_E_REPORT_NOT_FOUND: there is none that the actor may know of. who->room is not looked at. */
void store_report_resolve_call(struct cs_call *call, struct cs_arena *arena,
                               const struct cs_uuid *id, const struct store_acting *who);

/* The open ones of a room, the oldest first, those behind `after` (NULL: from the first). */
void store_reports_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                        int64_t limit, const struct cs_uuid *after);
/* That of one member about one message. */
void store_report_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *message,
                       const struct cs_uuid *reporter);
void store_report_read(const struct cs_rows *rows, int row, struct store_report *out);

extern const struct cs_stmt store_report_make_stmt, store_report_resolve_stmt, store_reports_stmt,
    store_report_stmt;

#endif
