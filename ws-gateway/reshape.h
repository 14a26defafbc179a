/* reshape.h - the one encoding of a message (cs_wire.h) under the names that another document gave
 * its fields. Values are taken over as the JSON text that they are: nothing is decoded or escaped
 * again, and no dialect can tell another story than the native one.
 */
#ifndef RESHAPE_H
#define RESHAPE_H

#include "cs_jsonw.h"

#include <stddef.h>

/* One field of the target. `of`: the object in which `from` stands, NULL for the message itself. */
struct reshape_row {
    const char *to, *from, *of;
};

/* The value of a member of a valid JSON object, as text; .p NULL: there is none. */
struct cs_str reshape_find(struct cs_str object, const char *key);

/* Appends the rows' fields to the object that `w` is in; what the message does not have is left
 * out. */
void reshape_fields(struct cs_jw *w, struct cs_str message, const struct reshape_row *rows, size_t n);

/* It has been deleted: what there is to show is that, which older protocols cannot say. */
bool reshape_is_deleted(struct cs_str message);

#endif
