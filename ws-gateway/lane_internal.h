/* lane_internal.h - what the files of the lanes share; see lane.h for which does what.
 *
 * Invariant: a batch in hand (nbatch > 0) is either in flight or waits to be sent once more; nothing is
 * taken off the queue before its outcome is settled, so nothing overtakes it.
 */
#ifndef LANE_INTERNAL_H
#define LANE_INTERNAL_H

#include "gwdb.h"
#include "lane.h"

enum {
    BATCH_MAX = 128,
    QUEUE_MAX = 10000, /* operations that wait in one lane; more are refused as unavailable */
};

struct lane;
struct lane_op;

/* What a batch is of. */
struct lane_kind {
    /* One statement for the whole batch in hand. */
    void (*call)(struct lane *l, struct cs_call *call);
    /* Row `row` has said what became of this one: answered, and told to the hub and the bell. */
    void (*settle)(struct lane *l, const struct lane_op *op, const struct cs_rows *rows, int row);
    const char *unknown; /* what its sender is told; NULL: the code's own text */
};

struct lane_op {
    struct lane_op *next;
    const struct lane_kind *kind;
    struct conn_ref from;
    const char *ref; /* its texts stand behind the struct */
    struct cs_uuid room, sender; /* between which order is kept */
    uint64_t born_ms;
    union {
        struct store_post post;
        struct store_asked asked;
    };
};

struct lane_queue {
    struct lane_op *first, **end;
    size_t n;
};

/* How the next batches are cut, after one was refused as a whole. */
enum lane_split { WHOLE, BY_ROOM, SINGLE };

struct lane {
    struct gw *gw;
    struct gwdb db;
    struct lane_queue queue;
    struct lane_op *batch[BATCH_MAX];
    size_t nbatch;
    bool in_flight, sent_before;
    bool just_done; /* in this turn: its deliveries come first, and then what they bring in */
    uint64_t sent_us;    /* when the batch was */
    uint64_t give_up_ms; /* of a batch in hand that cannot be sent */
    enum lane_split split;
    size_t split_left; /* operations at the head that are still cut that way */
    struct store_post_bufs bufs;
    union { /* of the batch, as the store wants them */
        struct store_post posts[BATCH_MAX];
        struct store_asked asked[BATCH_MAX];
    };
};

struct lanes {
    struct gw *gw;
    size_t n;
    struct lane lane[];
};

extern const struct lane_kind lane_posts, lane_changes;

static inline struct lane *lane_of(struct lanes *ls, const struct cs_uuid *room)
{
    return &ls->lane[cs_uuid_hash(room) % ls->n];
}

/* --- lane_queue.c ----------------------------------------------------------------------------- */

void lane_queue_init(struct lane_queue *q);
struct lane_op *lane_queue_pop(struct lane_queue *q);

/* A new operation, with a copy of the ref and of these texts, which are moved to their copies. NULL: no
 * memory. */
struct lane_op *lane_op_new(const struct conn *from, const char *ref, struct cs_str *const texts[],
                            size_t n);

/* Behind all others of its room's lane; takes the operation in any case. NULL: CS_E_NO_MEMORY. */
enum cs_rc lane_enqueue(struct lanes *ls, struct conn *from, struct lane_op *op,
                        struct cs_err *err) CS_MUST_CHECK;

/* The next batch: of one kind, cut as l->split says. */
void lane_take_batch(struct lane *l);

/* The batch goes back to the head of the queue in its order, to be cut another way. */
void lane_requeue(struct lane *l, enum lane_split split);

/* --- lane_outcome.c --------------------------------------------------------------------------- */

/* Whom to answer, NULL when it has gone; called once for each operation. */
struct conn *lane_asker(struct lane *l, const struct lane_op *op);

void lane_answer_error(struct lane *l, const struct lane_op *op, const struct cs_err *err);

/* The batch is answered: committed with these rows; known not to be committed; unknown for good. */
void lane_committed(struct lane *l, const struct cs_rows *rows);
void lane_refused(struct lane *l, enum cs_rc rc, const struct cs_err *err);
void lane_fail_unknown(struct lane *l);

/* All of it gets this error. */
void lane_fail_batch(struct lane *l, const struct cs_err *err);

/* It is committed: what the room and these users have to hear. */
void lane_ring(struct lane *l, const struct cs_uuid *room, uint64_t seq, struct cs_str mentioned);

#endif
