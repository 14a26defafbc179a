/* supervised.h - what the service manager is told of a gateway (cs_notify.h).
 *
 * Ready means that it hears the database's bells and can ask it who a client is, so that it takes sockets:
 * who restarts several gateways goes on to the next one then. Later the bells may be away; that
 * is in the status, and no reason to restart a gateway, whose sockets stay.
 */
#ifndef SUPERVISED_H
#define SUPERVISED_H

struct gw;

/* At each tick of the loop. */
void supervised_tick(struct gw *gw);

/* The gateway was told to stop, and drains. */
void supervised_stopping(const struct gw *gw);

#endif
