/* account.h - changing who somebody is and reading him again, as one unit of work: one flush, one
 * transaction. For the handlers of logging in and registering, outside of their routes' own unit. */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include "req.h"
#include "store_user.h"

/* What a store's reader makes of the rows of its call. */
typedef enum cs_rc account_outcome(const struct cs_rows *rows, struct cs_err *err);

/* Runs `call`; when `outcome` says CS_OK, *out is the account `id` as it is after it, borrowed until
 * the request ends. CS_E_DISABLED: it is gone. Else as cs_db_finish and `outcome`. */
enum cs_rc account_run(struct req *r, const struct cs_call *call, account_outcome *outcome,
                       const struct cs_uuid *id, struct store_user *out,
                       struct cs_err *err) CS_MUST_CHECK;

#endif
