/* account.h - what handlers of accounts share: what a new one may be; and changing who somebody is and
 * reading him again, as one unit of work: one flush, one transaction, outside of the route's own unit. */
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

/* What a new account may be: its name, its address (absent: none) and its password, by the rules of names.h
 * and cs_pwcheck.h. CS_E_BAD_FIELD. */
enum cs_rc account_check(const struct req *r, struct cs_str username, struct cs_str email,
                         struct cs_str password, struct cs_err *err) CS_MUST_CHECK;

#endif
