/* loop.h - the event loop, and the only place that knows libev.
 *
 * One loop per gateway. libwebsockets shares it (loop_native); the database connections, the timers
 * and the signals are watchers of it. Nothing here blocks but loop_run.
 */
#ifndef LOOP_H
#define LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_io;
struct loop_timer;

typedef void loop_fn(void *ctx);

/* NULL: no memory, or no usable back end. */
struct loop *loop_new(void);
void loop_free(struct loop *l);

/* The struct ev_loop, for libwebsockets. */
void *loop_native(struct loop *l);

/* Runs until loop_stop. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);

/* Called once in every turn, when all events of it are handled and before the loop sleeps. */
void loop_before_sleep(struct loop *l, loop_fn *fn, void *ctx);

/* The next turn begins at once: what the descriptors have by then is handled first. */
void loop_again(struct loop *l);

/* Called when the signal has arrived, inside the loop: anything may be done. At most 4 signals. */
void loop_on_signal(struct loop *l, int signo, loop_fn *fn, void *ctx);

/* A watcher for one descriptor at a time; level-triggered. Watches nothing until loop_io_set. */
struct loop_io *loop_io_new(struct loop *l, loop_fn *fn, void *ctx);
void loop_io_set(struct loop_io *io, int fd, bool read, bool write); /* fd -1: nothing */
void loop_io_free(struct loop_io *io); /* also within its own call */

/* Of several watchers of one descriptor this one is served first, in the same turn. Before loop_io_set. */
void loop_io_before_others(struct loop_io *io);

/* Fires every `ms`; or, with loop_timer_once, once after `ms` (arming again moves it). */
struct loop_timer *loop_timer_new(struct loop *l, loop_fn *fn, void *ctx);
void loop_timer_every(struct loop_timer *t, int ms);
void loop_timer_once(struct loop_timer *t, int ms);
void loop_timer_free(struct loop_timer *t);

#endif
