/* loop.c - see loop.h. */
#include "loop.h"

#include <assert.h>
#include <ev.h>

enum { SIGNALS_MAX = 4 };

struct callback {
    loop_fn *fn;
    void *ctx;
};

struct loop_io {
    struct ev_io w;
    struct ev_loop *ev;
    struct callback cb;
};

struct loop_timer {
    struct ev_timer w;
    struct ev_loop *ev;
    struct callback cb;
};

struct loop {
    struct ev_loop *ev;
    struct ev_prepare prepare;
    struct ev_idle again; /* an active one keeps the loop from sleeping */
    struct callback before_sleep;
    struct ev_signal signals[SIGNALS_MAX];
    struct callback signal_cbs[SIGNALS_MAX];
    int nsignals;
};

static void on_again(struct ev_loop *ev, struct ev_idle *w, int events)
{
    (void)events;
    ev_idle_stop(ev, w);
}

struct loop *loop_new(void)
{
    struct loop *l = calloc(1, sizeof *l);

    if (!l)
        return NULL;
    /* the default loop, because signal watchers of libev belong to it */
    l->ev = ev_default_loop(EVFLAG_NOENV | ev_recommended_backends());
    if (!l->ev) {
        free(l);
        return NULL;
    }
    ev_idle_init(&l->again, on_again);
    return l;
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    for (int i = 0; i < l->nsignals; i++)
        ev_signal_stop(l->ev, &l->signals[i]);
    ev_prepare_stop(l->ev, &l->prepare);
    ev_idle_stop(l->ev, &l->again);
    ev_loop_destroy(l->ev);
    free(l);
}

void *loop_native(struct loop *l)
{
    return l->ev;
}

void loop_run(struct loop *l)
{
    (void)ev_run(l->ev, 0);
}

void loop_stop(struct loop *l)
{
    ev_break(l->ev, EVBREAK_ALL);
}

static void run_callback(const struct callback *cb)
{
    cb->fn(cb->ctx);
}

static void on_prepare(struct ev_loop *ev, struct ev_prepare *w, int events)
{
    (void)ev;
    (void)events;
    run_callback(w->data);
}

void loop_before_sleep(struct loop *l, loop_fn *fn, void *ctx)
{
    l->before_sleep = (struct callback){fn, ctx};
    ev_prepare_init(&l->prepare, on_prepare);
    l->prepare.data = &l->before_sleep;
    ev_prepare_start(l->ev, &l->prepare);
    ev_unref(l->ev);
}

void loop_again(struct loop *l)
{
    ev_idle_start(l->ev, &l->again);
}

static void on_signal(struct ev_loop *ev, struct ev_signal *w, int events)
{
    (void)ev;
    (void)events;
    run_callback(w->data);
}

void loop_on_signal(struct loop *l, int signo, loop_fn *fn, void *ctx)
{
    int i = l->nsignals++;

    assert(i < SIGNALS_MAX);
    l->signal_cbs[i] = (struct callback){fn, ctx};
    ev_signal_init(&l->signals[i], on_signal, signo);
    l->signals[i].data = &l->signal_cbs[i];
    ev_signal_start(l->ev, &l->signals[i]);
}

static void on_io(struct ev_loop *ev, struct ev_io *w, int events)
{
    (void)ev;
    (void)events;
    run_callback(&((struct loop_io *)w->data)->cb);
}

struct loop_io *loop_io_new(struct loop *l, loop_fn *fn, void *ctx)
{
    struct loop_io *io = calloc(1, sizeof *io);

    if (!io)
        return NULL;
    io->ev = l->ev;
    io->cb = (struct callback){fn, ctx};
    ev_io_init(&io->w, on_io, -1, 0);
    io->w.data = io;
    return io;
}

void loop_io_set(struct loop_io *io, int fd, bool read, bool write)
{
    int events = (read ? EV_READ : 0) | (write ? EV_WRITE : 0);

    if (ev_is_active(&io->w) && io->w.fd == fd && (io->w.events & (EV_READ | EV_WRITE)) == events)
        return;
    ev_io_stop(io->ev, &io->w);
    if (fd < 0 || !events)
        return;
    ev_io_set(&io->w, fd, events);
    ev_io_start(io->ev, &io->w);
}

void loop_io_before_others(struct loop_io *io)
{
    ev_set_priority(&io->w, EV_MAXPRI);
}

void loop_io_free(struct loop_io *io)
{
    if (!io)
        return;
    ev_io_stop(io->ev, &io->w);
    free(io);
}

static void on_timer(struct ev_loop *ev, struct ev_timer *w, int events)
{
    (void)ev;
    (void)events;
    run_callback(&((struct loop_timer *)w->data)->cb);
}

struct loop_timer *loop_timer_new(struct loop *l, loop_fn *fn, void *ctx)
{
    struct loop_timer *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->ev = l->ev;
    t->cb = (struct callback){fn, ctx};
    ev_init(&t->w, on_timer);
    t->w.data = t;
    return t;
}

static void arm(struct loop_timer *t, int first_ms, int every_ms)
{
    ev_timer_stop(t->ev, &t->w);
    ev_timer_set(&t->w, first_ms / 1000.0, every_ms / 1000.0);
    ev_timer_start(t->ev, &t->w);
}

void loop_timer_every(struct loop_timer *t, int ms)
{
    arm(t, ms, ms);
}

void loop_timer_once(struct loop_timer *t, int ms)
{
    arm(t, ms, 0);
}

void loop_timer_free(struct loop_timer *t)
{
    if (!t)
        return;
    ev_timer_stop(t->ev, &t->w);
    free(t);
}
