/* store_conversation.h - conversations: opening them, and lists of them.
 *
 * A conversation of two is there once for each pair of people; a group is a private room. Both are
 * rooms (store_room.h); what is here is what documents 002 and 004 see of them. Lists hold what was
 * active last first and go on before the id of a conversation (NULL: from the start); one that the
 * user is not in, or that is not there, is before nothing. A conversation that he has hidden is
 * listed as long as something in it is unread.
 */
#ifndef STORE_CONVERSATION_H
#define STORE_CONVERSATION_H

#include "cs_db.h"

enum { STORE_CONVERSATIONS_MAX = 100, STORE_GROUP_MAX = 100 /* others than its maker */ };

/* `id`: of the room, should it be made. The same call again with the same id is answered as the
 * first one. */
void store_pair_open_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *id,
                          const struct cs_uuid *user, const struct cs_uuid *other);
/* `members` is an array under construction (cs_array_begin); a name with .p NULL is made from
 * theirs. */
void store_group_create_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *id,
                             const struct cs_uuid *user, struct cs_buf *members,
                             struct cs_str name);

struct store_opened {
    struct cs_uuid room;
    bool made;
};

/* Of both. CS_E_USER_NOT_FOUND: somebody of them is not there. CS_E_BLOCKED: a pair that is not there
 * yet, with somebody who does not take messages from the user. */
enum cs_rc store_opened_read(const struct cs_rows *rows, struct store_opened *out,
                             struct cs_err *err) CS_MUST_CHECK;

/* A row for each member of each conversation, those of one behind one another; of a group at most
 * STORE_GROUP_MAX + 1. */
struct store_conversation {
    struct cs_uuid id, created_by;
    struct cs_str kind, name, created_at;
    struct cs_uuid member;
    struct cs_str username, joined_at;
};

void store_conversations_call(struct cs_call *call, struct cs_arena *arena,
                              const struct cs_uuid *user, const struct cs_uuid *before,
                              int64_t limit);
void store_conversation_read(const struct cs_rows *rows, int row, struct store_conversation *out);

/* Conversations of two, by who the other one is (the user himself where it is his notes). */
struct store_pair {
    struct cs_uuid id, other;
    struct cs_str other_name, last, last_at; /* absent: nothing was said yet; `last` is cut */
    int64_t unread;
};

void store_pairs_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *user,
                      const struct cs_uuid *before, int64_t limit);
void store_pair_read(const struct cs_rows *rows, int row, struct store_pair *out);

/* How many messages of two the user has not read: one row, one column. */
void store_pairs_unread_call(struct cs_call *call, struct cs_arena *arena,
                             const struct cs_uuid *user);

extern const struct cs_stmt store_pair_open_stmt, store_group_create_stmt, store_conversations_stmt,
    store_pairs_stmt, store_pairs_unread_stmt;

#endif
