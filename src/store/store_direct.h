/* store_direct.h - messages of two, as document 002 sees them: by sender and recipient.
 *
 * They are the messages of p2p rooms, without tombstones. Everything here is asked as a user, who
 * finds what is in his own conversations of two and nothing else.
 */
#ifndef STORE_DIRECT_H
#define STORE_DIRECT_H

#include "cs_db.h"

struct store_direct {
    struct cs_uuid id, sender, recipient, room;
    struct cs_uuid parent; /* nil: no reply */
    struct cs_str content, created_at;
    struct cs_str edited_at; /* absent: never */
    bool is_read;            /* by the recipient; a note to oneself always is */
};

enum { STORE_DIRECT_MAX = 100 };

enum store_direct_which { STORE_DIRECT_ALL, STORE_DIRECT_SENT, STORE_DIRECT_RECEIVED };

/* Over all conversations, newest first, before a message (nil: from the newest; one that he does
 * not find is before nothing). */
struct store_direct_list {
    struct cs_uuid user, before;
    enum store_direct_which which;
    bool unread_only; /* those whose is_read is false */
    int64_t limit;
};

void store_direct_list_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_direct_list *list);

/* Of one conversation, oldest first, the newest before a message (NULL: of all). No row: it is not
 * one of his; one row with a nil id: nothing is there. */
void store_direct_page_call(struct cs_call *call, struct cs_arena *arena,
                            const struct cs_uuid *user, const struct cs_uuid *room,
                            const struct cs_uuid *before, int64_t limit);

/* One; no row: there is none for him. */
void store_direct_one_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user,
                           const struct cs_uuid *message);

/* Of all these. */
void store_direct_read(const struct cs_rows *rows, int row, struct store_direct *out);

/* A post to somebody, in a conversation that is opened when there is none, or into one. */
struct store_direct_post {
    struct cs_uuid recipient, room; /* one of them, the other is nil */
    struct cs_uuid id, sender, cred_id, parent;
    struct cs_str cred_kind, client_id, content; /* as in store_post.h */
};

void store_direct_post_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_direct_post *post);
/* In the same transaction behind it: the message as it is stored, a tombstone too, as row 0. */
void store_direct_posted_call(struct cs_call *call, struct cs_arena *arena,
                              const struct store_direct_post *post);

struct store_direct_posted {
    struct cs_uuid room;
    bool opened; /* the conversation is new */
};

enum cs_rc store_direct_posted_read(const struct cs_rows *rows, struct store_direct_posted *out,
                                    struct cs_err *err) CS_MUST_CHECK;

void store_direct_edit_call(struct cs_call *call, struct cs_arena *arena,
                            const struct cs_uuid *user, const struct cs_uuid *message,
                            struct cs_str content);
void store_direct_delete_call(struct cs_call *call, struct cs_arena *arena,
                              const struct cs_uuid *user, const struct cs_uuid *message,
                              struct cs_str ip);
/* Moves his position to a message that was written to him. */
void store_direct_mark_call(struct cs_call *call, struct cs_arena *arena,
                            const struct cs_uuid *user, const struct cs_uuid *message);
/* Moves it to the end: in one conversation, or in all (room NULL). */
void store_direct_mark_all_call(struct cs_call *call, struct cs_arena *arena,
                                const struct cs_uuid *user, const struct cs_uuid *room);

/* Of the four above. *room is to be rung, nil for the last. CS_E_FORBIDDEN says `not_his`, which
 * may be NULL. */
enum cs_rc store_direct_change_read(const struct cs_rows *rows, const char *not_his,
                                    struct cs_uuid *room, struct cs_err *err) CS_MUST_CHECK;

/* Where his position is now, in a room or (room NULL) in that of a message; called behind one of the two that
 * move it. False: it has not moved, as `outcome` of that one says. */
void store_direct_marked_call(struct cs_call *call, struct cs_arena *arena,
                              const struct cs_uuid *user, const struct cs_uuid *room,
                              const struct cs_uuid *message);
bool store_direct_marked_read(const struct cs_rows *outcome, const struct cs_rows *rows,
                              struct cs_uuid *room, uint64_t *seq);

extern const struct cs_stmt store_direct_list_stmt, store_direct_page_stmt, store_direct_one_stmt,
    store_direct_post_stmt, store_direct_posted_stmt, store_direct_edit_stmt,
    store_direct_delete_stmt, store_direct_mark_stmt, store_direct_mark_all_stmt,
    store_direct_marked_stmt;

#endif
