/* store_changes.h - changes of messages in batches, each by the credential of a socket: the gateway's
 * face of what store_change.h does for one request.
 *
 * The statement makes them in order, in one transaction, and each is refused or made by itself. After an
 * unknown outcome the same batch is sent again: what had been committed is then CS_OK without a seq, and
 * where somebody else has changed the same in between, this one is the later of the two.
 */
#ifndef STORE_CHANGES_H
#define STORE_CHANGES_H

#include "store_post.h"

enum store_verb { STORE_EDIT, STORE_DELETE, STORE_REACT, STORE_UNREACT };

struct store_asked {
    enum store_verb verb;
    struct cs_uuid room, message, actor, cred_id;
    struct cs_str cred_kind; /* "session" or "api_token" */
    struct cs_str text;      /* the content of an edit, the emoji of a reaction: checked before */
    struct cs_str ip;        /* for the audit log, of deleting */
};

/* What became of one. */
struct store_changed {
    enum cs_rc rc;
    uint64_t seq;            /* 0: it was so already */
    struct cs_str mentioned; /* for store_posted_mentioned: those who were not before */
};

/* Builds the call of n ≥ 1 changes. The values live in `bufs` until the call is sent. */
void store_changes_call(struct cs_call *call, struct cs_arena *arena, struct store_post_bufs *bufs,
                        const struct store_asked *asked, size_t n);

/* Row i answers change i; *err is set unless out->rc is CS_OK: as of store_change_read, and
 * CS_E_UNAUTHORIZED or CS_E_FORBIDDEN for the credential. */
void store_changes_read(const struct cs_rows *rows, int row, struct store_changed *out,
                        struct cs_err *err);

extern const struct cs_stmt store_changes_stmt;

#endif
