/* store_post.h - posting messages: the one write path of messages (rule 3).
 *
 * The worker posts one, the gateway all that arrived while its last batch was in flight; both call
 * chat.post_messages. The statement finds a retry of a committed message by (room, sender, client
 * id) and answers the original, so after an unknown outcome the same batch is simply sent again.
 */
#ifndef STORE_POST_H
#define STORE_POST_H

#include "cs_db.h"

struct store_post {
    struct cs_uuid id; /* of the message when it is new */
    struct cs_uuid room, sender, cred_id;
    struct cs_uuid parent_id;   /* nil: no reply */
    struct cs_str cred_kind;    /* "session" or "api_token" */
    struct cs_str client_id;    /* 1–64 characters, never absent */
    struct cs_str content;      /* checked before: valid UTF-8, no NUL, 1–8000 code points */
    struct cs_str kind;         /* absent: text */
    struct cs_str meta;         /* JSON; absent: null */
};
/* Whom the content mentions is found here, so that nobody who posts can forget it. */

/* What became of one. rc CS_OK: it is stored, `duplicate` tells a retry of what was there. */
struct store_posted {
    enum cs_rc rc;
    bool duplicate;
    struct cs_uuid id;
    uint64_t seq;
    struct cs_str created_at, sender_name; /* borrowed from the rows */
    int retry_after_ms;                    /* with CS_E_SLOW_MODE */
    struct cs_str mentioned;               /* for store_posted_mentioned */
};

enum { STORE_POST_COLUMNS = 11 };

/* The array literals of one call. Kept by the caller and used again, so that a lane that posts
 * batches in a row allocates nothing. */
struct store_post_bufs {
    struct cs_buf col[STORE_POST_COLUMNS];
    struct cs_buf mentions; /* of one message, as JSON */
};

void store_post_bufs_init(struct store_post_bufs *bufs);
void store_post_bufs_release(struct store_post_bufs *bufs);

/* Builds the call of n ≥ 1 posts. The values live in `bufs` until the call is sent. */
void store_post_call(struct cs_call *call, struct cs_arena *arena, struct store_post_bufs *bufs,
                     const struct store_post *posts, size_t n);

/* Row i answers post i. */
void store_post_read(const struct cs_rows *rows, int row, struct store_posted *out);

/* Whom a text mentions, for a statement's parameter of JSON: lies in bufs->mentions; absent: nobody. */
struct cs_str store_post_mentions(struct store_post_bufs *bufs, struct cs_str content);

/* The next user whom the message mentions, in whose own log is an event now; *mentioned moves on.
 * False: no more. */
bool store_posted_mentioned(struct cs_str *mentioned, struct cs_uuid *user);

/* The bell behind it: one payload of cs_bus. A segment of its own, always (R5). */
void store_bell_call(struct cs_call *call, struct cs_arena *arena, struct cs_str payload);

extern const struct cs_stmt store_post_stmt, store_bell_stmt;

#endif
