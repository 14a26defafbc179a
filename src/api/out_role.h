/* out_role.h - how a role looks (contract, "Identity"). */
#ifndef OUT_ROLE_H
#define OUT_ROLE_H

#include "cs_jsonw.h"
#include "store_role.h"

void out_role(struct cs_jw *w, const struct store_role *role);

/* The rows of a list, as an array. */
void out_roles(struct cs_jw *w, const struct cs_rows *rows);

#endif
