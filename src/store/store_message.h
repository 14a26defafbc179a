/* store_message.h - reading one message and what hangs on it: its thread, what it said before, and the
 * pins of its room. Changing is store_change.h.
 *
 * The rows are those of store_page.h, with its head as row 0 where the reader's access is to be
 * decided; store_page_head and store_page_message read them. What came before the reader's joining, in a
 * room with history_visibility since_join, is not among them.
 */
#ifndef STORE_MESSAGE_H
#define STORE_MESSAGE_H

#include "store_page.h"

enum { STORE_EDITS_MAX = 100, STORE_PINS_MAX = 50 };

/* The head, then the message, if it is there for this reader. */
void store_message_one_call(struct cs_call *call, struct cs_arena *arena,
                            const struct cs_uuid *room, const struct cs_uuid *user,
                            const struct cs_uuid *message);

/* The message alone, as it is after a change by the same transaction, which has decided who may. */
void store_message_changed_call(struct cs_call *call, struct cs_arena *arena,
                                const struct cs_uuid *room, const struct cs_uuid *message);

/* A page of a thread: the head, then the replies to `root`. Not around a position. */
void store_replies_call(struct cs_call *call, struct cs_arena *arena, const struct store_page *page,
                        const struct cs_uuid *root);
/* Whether the root is there for this reader; the head is. */
bool store_replies_found(const struct cs_rows *rows);

/* The newest STORE_EDITS_MAX versions of a message, newest first; of a tombstone none. */
struct store_edit {
    int64_t rev;                /* of the change after which it no longer said this */
    struct cs_uuid editor;      /* whose change that was */
    struct cs_str content, at;
};
void store_edits_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                      const struct cs_uuid *message);
void store_edit_read(const struct cs_rows *rows, int row, struct store_edit *out);

/* The head, then the pinned messages, the one pinned last first. */
void store_pins_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                     const struct cs_uuid *user);

extern const struct cs_stmt store_message_one_stmt, store_message_changed_stmt,
    store_replies_before_stmt, store_replies_after_stmt, store_edits_stmt, store_pins_stmt;

#endif
