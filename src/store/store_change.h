/* store_change.h - changing what was posted: editing, deleting, reacting, pinning.
 *
 * Every one calls a function of schema/functions/messages.sql or reactions.sql, which takes the room's
 * lock, decides, and writes the log (rule 3). Each may be called again: what is so already is CS_OK.
 */
#ifndef STORE_CHANGE_H
#define STORE_CHANGE_H

#include "store_post.h"

struct store_change {
    struct cs_uuid room, message;
    struct cs_uuid actor;
    bool as_client;         /* an application; of a reaction the actor himself always is meant */
    struct cs_str content;  /* of an edit: checked before, 1–8000 code points */
    struct cs_str emoji;    /* of a reaction: checked before, 1–64 bytes */
    struct cs_str ip;       /* for the audit log, of deleting and pinning */
};

/* Whom the new text mentions is found here, in bufs->mentions. */
void store_edit_message_call(struct cs_call *call, struct cs_arena *arena,
                             struct store_post_bufs *bufs, const struct store_change *c);
void store_delete_message_call(struct cs_call *call, struct cs_arena *arena,
                               const struct store_change *c);
void store_react_call(struct cs_call *call, struct cs_arena *arena, const struct store_change *c);
void store_unreact_call(struct cs_call *call, struct cs_arena *arena, const struct store_change *c);
void store_pin_call(struct cs_call *call, struct cs_arena *arena, const struct store_change *c);
void store_unpin_call(struct cs_call *call, struct cs_arena *arena, const struct store_change *c);

/* Of all six. *seq (may be NULL) is the change's, 0 when there was nothing to change. Not seen:
 * CS_E_ROOM_NOT_FOUND, CS_E_NOT_MEMBER, CS_E_BANNED, CS_E_MESSAGE_NOT_FOUND. Not allowed:
 * CS_E_FORBIDDEN, CS_E_MUTED, CS_E_BLOCKED, CS_E_ARCHIVED, CS_E_LIMIT. */
enum cs_rc store_change_read(const struct cs_rows *rows, uint64_t *seq,
                             struct cs_err *err) CS_MUST_CHECK;

/* What a status of these functions means: of one of a batch. The errors above, and CS_E_UNAUTHORIZED. */
enum cs_rc store_change_outcome(struct cs_str status, struct cs_err *err) CS_MUST_CHECK;

/* Of an edit, in place of it; *mentioned, when it is CS_OK: those who were not before, for
 * store_posted_mentioned. */
enum cs_rc store_edit_message_read(const struct cs_rows *rows, struct cs_str *mentioned,
                                   struct cs_err *err) CS_MUST_CHECK;

extern const struct cs_stmt store_edit_message_stmt, store_delete_message_stmt, store_react_stmt,
    store_unreact_stmt, store_pin_stmt, store_unpin_stmt;

#endif
