/* hub_counters.h - what the hub counts: numbers only, for metrics.c, the simulation and the tests. */
#ifndef HUB_COUNTERS_H
#define HUB_COUNTERS_H

#include <stdint.h>

struct hub_counters {
    uint64_t deliveries;     /* events × subscribers, counted by hub_advance */
    uint64_t events, offers_taken; /* taken into rings as new; of these, without a fetch */
    uint64_t fetches, backfills, renewals, fetch_failures;
    uint64_t gaps;           /* holes and lost futures: rooms that were resynchronised */
    uint64_t slow_closes, resync_closes;
    uint64_t polls_found;    /* rooms that the poll found further than anybody had said */
    uint64_t joins;
    /* of those that resume: recovered at once, after rows were read, and not recovered */
    uint64_t joins_from_ring, joins_from_table, joins_not_recovered;
    uint64_t ring_bytes, ring_events, rooms, subs; /* now */
};

#endif
