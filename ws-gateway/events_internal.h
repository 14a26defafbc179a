/* events_internal.h - what events.c and events_out.c share. */
#ifndef EVENTS_INTERNAL_H
#define EVENTS_INTERNAL_H

#include "events.h"

struct events {
    struct cursor at; /* of rooms that are not joined yet: where the client was */
    bool poll, all, begun;
    int pending;      /* joins without an answer; of all rooms, the list of them */
    int joined;
    uint64_t next_ms; /* the next sign of life, or when the poll is answered */
    struct cs_err refused; /* the last one */
    size_t nrooms;
    struct cs_uuid rooms[];
};

/* The answer is this problem, and ends with it. */
void events_end_with(struct conn *c, const struct cs_err *err);

#endif
