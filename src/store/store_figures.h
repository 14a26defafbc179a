/* store_figures.h - how the whole is doing, as the database knows it: who is there, which gateways are
 * alive and what they said of themselves, how many connections there are. For administrators. */
#ifndef STORE_FIGURES_H
#define STORE_FIGURES_H

#include "cs_db.h"

/* One row. People at gateways that are alive, each counted once. */
void store_people_count_call(struct cs_call *call, struct cs_arena *arena);

struct store_people_count {
    int64_t online, away, busy;
};

struct store_people_count store_people_count_read(const struct cs_rows *rows);

/* A row for each gateway that has not been forgotten, in the order of their ids. */
void store_gateways_call(struct cs_call *call, struct cs_arena *arena);

struct store_gateway {
    struct cs_uuid id;
    bool silent;           /* for too long: it will be forgotten */
    struct cs_str beat_at; /* PostgreSQL's text */
    struct cs_str figures; /* JSON; .p NULL: it has told none */
};

void store_gateway_read(const struct cs_rows *rows, int row, struct store_gateway *out);

/* A row for each program of ours, by its name; at least the one that asks. */
void store_connections_call(struct cs_call *call, struct cs_arena *arena);

struct store_connections {
    struct cs_str program;
    int64_t count, active; /* active: in a statement or a transaction */
    int64_t used, max;     /* of the database, by whomever; of the server */
};

void store_connections_read(const struct cs_rows *rows, int row, struct store_connections *out);

extern const struct cs_stmt store_people_count_stmt, store_gateways_stmt, store_connections_stmt;

#endif
