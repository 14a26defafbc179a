/* store_outcome.c - see store_outcome.h. */
#include "store_outcome.h"

struct cs_str store_status(const struct cs_rows *rows)
{
    return cs_rows_count(rows) ? cs_rows_str(rows, 0, 0) : cs_str_n(NULL, 0);
}

static enum cs_rc fail_as(const struct store_outcome *o, struct cs_err *err)
{
    if (o->detail)
        return cs_fail_detail(err, o->rc, "%s", o->detail);
    return o->rc ? cs_fail(err, o->rc) : CS_OK;
}

enum cs_rc store_outcome_of(struct cs_str status, const struct store_outcome *table, size_t n,
                            struct cs_err *err)
{
    for (size_t i = 0; i < n; i++)
        if (cs_str_is(status, table[i].status))
            return fail_as(&table[i], err);
    return cs_fail_log(err, CS_E_INTERNAL, "a function says what is not known: " CS_STR_FMT,
                       CS_STR_ARG(status));
}
