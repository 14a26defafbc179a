/* store_name.h - what people are called, for a gateway that heard of them by id alone. */
#ifndef STORE_NAME_H
#define STORE_NAME_H

#include "cs_db.h"

struct store_name {
    struct cs_uuid user;
    struct cs_str name;
};

/* `users`: an array under construction, each once. A row for each who is there, in no order. */
void store_names_call(struct cs_call *call, struct cs_arena *arena, struct cs_buf *users);
void store_name_read(const struct cs_rows *rows, int row, struct store_name *out);

extern const struct cs_stmt store_names_stmt;

#endif
