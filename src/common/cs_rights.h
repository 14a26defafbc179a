/* cs_rights.h - what somebody may, as bits; the numbers of schema/functions/rights.sql.
 *
 * The database computes them from the base role, the user's other roles and the token's own
 * permissions, in the guard's statement. The first five are the vocabulary of permissions, which
 * clients see as an object of booleans (contract, "/api/tokens"); the others say what kind of
 * credential it is.
 */
#ifndef CS_RIGHTS_H
#define CS_RIGHTS_H

#include "cs_err.h"
#include "cs_json.h"
#include "cs_jsonw.h"

enum cs_rights {
    CS_MAY_READ = 1,      /* what its holder may see */
    CS_MAY_WRITE = 2,     /* act as its holder: post, join, own rooms, own profile */
    CS_MAY_ROOMS = 4,     /* rooms of others: manage them, keep order in public channels */
    CS_MAY_USERS = 8,     /* accounts of others: make them, issue their tokens */
    CS_MAY_ADMIN = 16,    /* everything that needs an ADMIN */
    CS_PERMISSIONS = 31,  /* all of the above */
    CS_SIGNED_IN = 32,    /* any good credential */
    CS_BY_PASSWORD = 64,  /* a session: no program with a token */
};

/* All of `needs`; needs of 0 are nobody's. */
static inline bool cs_rights_allow(unsigned rights, unsigned needs)
{
    return needs && (rights & needs) == needs;
}

/* {"read":true,"write":true,"rooms":false,"users":false,"admin":false} */
void cs_rights_put(struct cs_jw *w, unsigned permissions);

/* The opposite; what is not named is not given. CS_E_BAD_FIELD: one that is no boolean. */
enum cs_rc cs_rights_read(const struct cs_json *object, unsigned *permissions,
                          struct cs_err *err) CS_MUST_CHECK;

/* "read,write" of the command line; false for an unknown or an empty name. */
bool cs_rights_parse(struct cs_str list, unsigned *permissions) CS_MUST_CHECK;

/* "read,write" of a set; "" of none, and the kinds of credential as "any" and "session". For the
 * lists of the tables and of the command line. */
void cs_rights_list(struct cs_buf *b, unsigned rights);

#endif
