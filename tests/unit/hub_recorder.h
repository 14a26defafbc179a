/* hub_recorder.h - a hub with a recorder behind its ops, and the words in which the tests speak of both.
 *
 * The tests of the hub are the documented cases of hub.h, one by one; tests/sim does the rest. The
 * recorder keeps what was asked for, counts the payloads that are alive, and lets a test answer by
 * hand. There is one hub at a time, for which it is second 1 until a test says otherwise.
 */
#ifndef HUB_RECORDER_H
#define HUB_RECORDER_H

#include "unit.h"

#include "hub.h"

#include <stdlib.h>

enum { MAX_NOTES = 64 };

struct hub_recorder {
    struct hub_fetch fetches[MAX_NOTES];
    struct hub_joined joined[MAX_NOTES];
    size_t n_fetches, n_joined, n_wakes, n_closes, n_dropped, n_left;
    int close_code; /* of the last one */
    int payloads;   /* alive; each was allocated, and is freed with its event */
};

extern struct hub *hub;
extern struct hub_recorder rec;
extern const struct cs_uuid R1, R2, ANN, BEN;

/* A row of a test program's table. */
#define HUB_TEST(name) cmocka_unit_test_setup_teardown(name, hub_setup, hub_teardown)

/* An empty recorder and a hub of its own; another one, or NULL without memory. The teardown fails when a
 * payload has outlived its hub. */
int hub_setup(void **state);
int hub_teardown(void **state);
struct hub *hub_with(struct hub_limits limits);
void use_limits(struct hub_limits limits);

/* --- the log: of room R1 ------------------------------------------------------------------------ */

struct hub_event event_of(uint64_t seq, uint32_t bytes);
void offer(uint64_t seq, uint32_t bytes);
void offer_effect(uint64_t seq, enum hub_effect effect, struct cs_uuid subject);

/* Answers fetch i with the rows from..to; none when from > to. */
void answer(size_t i, uint64_t from, uint64_t to);

/* The last of all fetches is number i, and for these rows. */
void assert_fetch(size_t i, uint64_t after, uint64_t upto);

/* --- subscribers -------------------------------------------------------------------------------- */

/* In R1 when `join` names no room, and whose log begins with 1 when it does not say. */
void join_with(struct hub_conn *conn, struct hub_join join);

/* A new connection of `user`; one of Ann's, who has heard all up to `after`. */
void join_at(struct hub_conn *conn, const struct cs_uuid *user, uint64_t last_seq);
void resume_at(struct hub_conn *conn, uint64_t after, uint64_t last_seq);

/* The last of all answers to joins is number i, and this one. */
void assert_joined(size_t i, bool recovered, uint64_t start);

/* Pulls one span and checks it; there is none. */
void assert_pull(struct hub_conn *conn, uint64_t from, uint64_t to);
void assert_nothing(struct hub_conn *conn);

#endif
