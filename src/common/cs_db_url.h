/* cs_db_url.h - the address of a database, taken apart and put together.
 *
 * What libpq takes as an address is its own business: this asks libpq. No connection is made.
 */
#ifndef CS_DB_URL_H
#define CS_DB_URL_H

#include "cs_arena.h"
#include "cs_err.h"
#include "cs_str.h"

/* What an address names itself; "" for what it leaves to the environment and to libpq. Several hosts
 * stand with commas between them, as libpq has them. */
struct cs_db_parts {
    const char *host, *port, *user, *password, *dbname;
};

/* The parts are in the arena. CS_E_CONFIG with a sentence that holds nothing of the address, which
 * may have a password in it. */
enum cs_rc cs_db_url_parse(struct cs_arena *arena, const char *url, struct cs_db_parts *out,
                           struct cs_err *err) CS_MUST_CHECK;

/* The address of these parts in the arena; NULL: no memory. A host that begins with / is the
 * directory of a socket, "" that of libpq. */
const char *cs_db_url_make(struct cs_arena *arena, const struct cs_db_parts *parts);

/* Whether the address leads to this machine: through a socket, or the loopback interface. */
bool cs_db_url_is_local(const struct cs_db_parts *parts);

#endif
