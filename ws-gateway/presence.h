/* presence.h - which people have sockets at this gateway, and how the database hears of it (contract,
 * `presence`).
 *
 * A person's sockets have one status together: busy before online before away. It is written with the
 * gateway's beat, a statement every BEAT_MS, or sooner when somebody has changed, but never one a message
 * or a socket. Who closes his last socket stays for GRACE_MS, so that a page that is loaded again goes
 * unnoticed; the users of a gateway that ends are left to time, for they are connecting elsewhere.
 *
 * The database answers whose status at all gateways together has changed by it; watch.h tells of them.
 */
#ifndef PRESENCE_H
#define PRESENCE_H

#include "conn.h"
#include "store_presence.h"

struct presence;

/* NULL: no memory. */
struct presence *presence_new(struct gw *gw);
void presence_free(struct presence *p);
void presence_tick(struct presence *p, uint64_t now_ms);

/* This user has one socket more or less, or one of another status. */
void presence_touch(struct presence *p, const struct cs_uuid *user);

/* "away", "online", "busy", "offline". */
const char *presence_name(enum store_status status);

/* One reading statement on its connection. CS_E_UNAVAILABLE: the database is away. */
enum cs_rc presence_submit(struct presence *p, const struct cs_call *call, cs_dbc_done *done,
                           void *arg, struct cs_err *err) CS_MUST_CHECK;

#endif
