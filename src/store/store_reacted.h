/* store_reacted.h - who has given which reactions. Messages carry their numbers alone: those are the
 * same for everybody, and remembered as such.
 *
 * The rows stand behind the head of store_page.h, in its columns. Every look-up is by the whole key of
 * a reaction, for the emojis that the message counts: however many have reacted, none is counted.
 */
#ifndef STORE_REACTED_H
#define STORE_REACTED_H

#include "store_page.h"

enum {
    STORE_REACTED_MAX = 100, /* messages asked about at once: a page */
    STORE_REACTORS_MAX = 10, /* people named for each emoji */
};

/* What `user` has given to the messages at `seqs`, an array of bigint that the caller has begun and
 * that is borrowed until the call is sent. Ordered by seq, then emoji; a seq without is left out. */
void store_reacted_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                        const struct cs_uuid *user, struct cs_buf *seqs);

/* The reactions of one message and of each the first STORE_REACTORS_MAX people, by emoji, then by their
 * ids; one row without an emoji: it has none; no row: it is not there for this reader. */
void store_reactors_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *room,
                         const struct cs_uuid *user, const struct cs_uuid *message);

/* A row behind the head. */
struct store_reacted {
    int64_t seq;             /* the message's place */
    struct cs_uuid message;
    struct cs_str emoji;
    int64_t count;           /* how many have given it; with store_reactors_call alone */
    struct cs_uuid user;
    struct cs_str username;  /* likewise; absent: the account is deleted */
};
void store_reacted_read(const struct cs_rows *rows, int row, struct store_reacted *out);

extern const struct cs_stmt store_reacted_stmt, store_reactors_stmt;

#endif
