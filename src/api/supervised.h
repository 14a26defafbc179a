/* supervised.h - what the service manager is told of a worker (cs_notify.h).
 *
 * Ready means that the database has answered: until then the worker takes requests and says 503, and
 * asks the database again each second whether a request comes or not. Later the database may be away;
 * that is in the status, and no reason to restart a worker.
 */
#ifndef SUPERVISED_H
#define SUPERVISED_H

struct app;

/* To be called at each turn of the loop that accepts. Blocks as cs_db_begin, until the database has
 * answered once. */
void supervised_turn(struct app *app);

#endif
