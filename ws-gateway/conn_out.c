/* conn_out.c - what waits for a connection leaves: private frames first, then its rooms' events.
 *
 * A span of events is encoded once per dialect and room position and kept for the rest of the turn:
 * all subscribers at the same position send the same bytes.
 */
#include "conn.h"
#include "cs_clock.h"
#include "cs_hook.h"
#include "dialect.h"
#include "fanout.h"
#include "frame.h"
#include "op.h"

#include <assert.h>

enum {
    RECORD_HEAD = sizeof(uint32_t),
    PRIVATE_FRAME_BYTES = 60 * 1024, /* elements of one private frame, about */
    SPAN_EVENTS = 128,
    SPAN_BYTES = 48 * 1024, /* below lws's 64 KiB a write */
    FRAME_MAX_BYTES = 1024 * 1024,
    CLOCK_EVERY = 32, /* deliveries, 50 us about: looking each time would be 2 % of the time they take */
    CACHE_SLOTS = 64,
    FIRST_PLACES = 64,
    CACHE_KEEP_BYTES = 64 * 1024, /* a slot that grew larger gives its memory back */
};

struct cached {
    const struct dialect *dialect;
    uint64_t room_key, from, to;
    struct cs_buf frame;
};

/* An event that was delivered so many times at one reading of the clock. */
struct noted {
    uint64_t room_key, seq, now_us, took_us, times;
};

struct fanout {
    struct conn **marked; /* NULL: unmarked again */
    size_t nmarked, cap;
    uint64_t now_us; /* about */
    unsigned clock_in;
    struct noted noted;
    struct cs_buf private; /* the private frame that is being sent */
    struct cs_buf scratch; /* one payload */
    struct cached cache[CACHE_SLOTS];
};

struct fanout *fanout_new(void)
{
    struct fanout *f = calloc(1, sizeof *f);

    if (!f)
        return NULL;
    cs_buf_init(&f->private, FRAME_MAX_BYTES);
    cs_buf_init(&f->scratch, FRAME_MAX_BYTES);
    for (size_t i = 0; i < CACHE_SLOTS; i++)
        cs_buf_init(&f->cache[i].frame, FRAME_MAX_BYTES);
    return f;
}

void fanout_free(struct fanout *f)
{
    if (!f)
        return;
    free(f->marked);
    cs_buf_release(&f->private);
    cs_buf_release(&f->scratch);
    for (size_t i = 0; i < CACHE_SLOTS; i++)
        cs_buf_release(&f->cache[i].frame);
    free(f);
}

/* Those who are marked keep their places until all have been served, also when they go meanwhile; beside
 * that, each may be marked once before it is served, and once more while others are. */
bool fanout_reserve(struct fanout *f, size_t conns)
{
    size_t cap = f->cap ? f->cap : FIRST_PLACES;

    while (cap < f->nmarked + 2 * conns)
        cap *= 2;
    if (cap == f->cap)
        return true;
    struct conn **marked = realloc(f->marked, cap * sizeof(struct conn *));
    if (!marked)
        return false;
    f->marked = marked;
    f->cap = cap;
    return true;
}

void conn_mark(struct conn *c)
{
    struct fanout *f = c->gw->fanout;

    if (c->marked)
        return;
    f->marked[f->nmarked++] = c;
    c->marked = (uint32_t)f->nmarked;
}

void fanout_unmark(struct conn *c)
{
    if (c->marked)
        c->gw->fanout->marked[c->marked - 1] = NULL;
    c->marked = 0;
}

static void flush(struct conn *c);
static void count_noted(struct gw *gw);

static const struct conn *ahead(const struct fanout *f, size_t i)
{
    return i < f->nmarked ? f->marked[i] : NULL;
}

/* While one connection is served, the memory of the next ones is on its way, each a step further:
 * with hundreds of connections none of it is in the cache, and waiting for it was a tenth of each
 * delivery. */
static void look_ahead(const struct fanout *f, size_t i)
{
    const struct conn *c;

    if ((c = ahead(f, i + 1)))
        ws_soon(c->sock);
    if ((c = ahead(f, i + 2))) {
        ws_sooner(c->sock);
        hub_soon(&c->hub);
    }
    if ((c = ahead(f, i + 4))) {
        __builtin_prefetch(&c->hub);
        __builtin_prefetch(&c->sock);
    }
}

/* Those that were marked while the first n were served are the next to be. */
static void keep_marked(struct fanout *f, size_t n)
{
    if (!n)
        return;
    f->nmarked -= n;
    memmove(f->marked, f->marked + n, f->nmarked * sizeof *f->marked);
    for (size_t i = 0; i < f->nmarked; i++) {
        if (f->marked[i])
            f->marked[i]->marked = (uint32_t)i + 1;
    }
}

void conns_flush_marked(struct gw *gw)
{
    struct fanout *f = gw->fanout;
    size_t n = f->nmarked;

    f->clock_in = 0;
    for (size_t i = 0; i < n; i++) {
        struct conn *c = f->marked[i];
        look_ahead(f, i);
        if (!c)
            continue;
        c->marked = 0;
        flush(c);
    }
    keep_marked(f, n);
    count_noted(gw);
}

/* --- private frames --------------------------------------------------------------------------- */

void conn_queue(struct conn *c, struct cs_str payload)
{
    uint32_t len = (uint32_t)payload.len;

    if (!payload.len || c->state == CONN_CLOSING)
        return;
    if (cs_buf_reserve(&c->out, RECORD_HEAD + payload.len)) {
        cs_buf_add(&c->out, &len, RECORD_HEAD);
        cs_buf_str(&c->out, payload);
        conn_mark(c);
    } else {
        conn_close(c, HUB_CLOSE_SLOW, "slow consumer");
    }
}

static struct cs_str record_at(const struct conn *c, size_t at)
{
    uint32_t len;

    memcpy(&len, c->out.p + at, RECORD_HEAD);
    return cs_str_n(c->out.p + at + RECORD_HEAD, len);
}

static void count_sent(struct gw *gw, const struct cs_buf *b)
{
    fanout_count(gw, frame_len(b));
}

/* Builds the next frame from the records at out_sent; returns where the records behind it begin. */
static size_t next_private(const struct conn *c, struct cs_buf *b)
{
    size_t at = c->out_sent;

    frame_begin(b);
    if (c->dialect->array)
        cs_buf_putc(b, '[');
    do {
        struct cs_str record = record_at(c, at);
        if (at > c->out_sent)
            cs_buf_putc(b, ',');
        cs_buf_str(b, record);
        at += RECORD_HEAD + record.len;
    } while (c->dialect->array && at < c->out.len && b->len < PRIVATE_FRAME_BYTES);
    if (c->dialect->array)
        cs_buf_putc(b, ']');
    return at;
}

bool conn_flush_private(struct conn *c)
{
    struct cs_buf *b = &c->gw->fanout->private;

    while (c->out_sent < c->out.len) {
        size_t next = next_private(c, b);
        if (b->failed) {
            conn_close(c, cs_err_row(CS_E_NO_MEMORY)->close, "out of memory");
            return false;
        }
        if (!ws_send(c->sock, frame_payload(b), frame_len(b)))
            return false;
        c->out_sent = next;
        count_sent(c->gw, b);
    }
    cs_buf_shrink(&c->out, 4096);
    c->out_sent = 0;
    return true;
}

void conn_take_private(struct conn *c, struct cs_buf *b,
                       void (*put)(struct cs_buf *b, struct cs_str element))
{
    while (c->out_sent < c->out.len) {
        struct cs_str record = record_at(c, c->out_sent);
        put(b, record);
        c->out_sent += RECORD_HEAD + record.len;
    }
    cs_buf_shrink(&c->out, 4096);
    c->out_sent = 0;
}

/* --- events ----------------------------------------------------------------------------------- */

static void encode_span(struct cs_buf *b, const struct dialect *d, const struct hub_span *span)
{
    frame_begin(b);
    if (d->array)
        cs_buf_putc(b, '[');
    for (uint64_t i = 0; i <= span->to - span->from; i++) {
        if (i)
            cs_buf_putc(b, ',');
        d->event(b, gw_event_of(hub_span_event(span, i)));
    }
    if (d->array)
        cs_buf_putc(b, ']');
}

static struct cs_buf *span_frame(struct fanout *f, const struct dialect *d,
                                 const struct hub_span *span)
{
    uint64_t which = (uintptr_t)d / sizeof *d; /* a room's dialects do not push each other out */
    uint64_t hash = (span->room_key * 31 + which) * 31 + span->from;
    struct cached *slot = &f->cache[hash % CACHE_SLOTS];

    if (slot->dialect == d && slot->room_key == span->room_key && slot->from == span->from &&
        slot->to == span->to && !slot->frame.failed)
        return &slot->frame;
    cs_buf_shrink(&slot->frame, CACHE_KEEP_BYTES);
    encode_span(&slot->frame, d, span);
    slot->dialect = d;
    slot->room_key = span->room_key;
    slot->from = span->from;
    slot->to = span->to;
    return &slot->frame;
}

static uint64_t rough_now(struct fanout *f)
{
    if (!f->clock_in--) {
        f->now_us = cs_clock_mono_us();
        f->clock_in = CLOCK_EVERY - 1;
    }
    return f->now_us;
}

static void count_noted(struct gw *gw)
{
    struct noted *noted = &gw->fanout->noted;

    if (noted->times)
        cs_times_add_n(&gw->count.delivery_time, noted->took_us, noted->times);
    noted->times = 0;
}

static void note_event(struct gw *gw, const struct hub_span *span, uint64_t seq, uint64_t now_us)
{
    struct noted *noted = &gw->fanout->noted;

    if (noted->seq != seq || noted->room_key != span->room_key || noted->now_us != now_us) {
        uint64_t known_us = gw_event_of(hub_span_event(span, seq - span->from))->known_us;
        count_noted(gw);
        *noted = (struct noted){.room_key = span->room_key, .seq = seq, .now_us = now_us,
                                .took_us = now_us > known_us ? now_us - known_us : 0};
    }
    noted->times++;
}

void fanout_note_delivery(struct gw *gw, const struct hub_span *span)
{
    uint64_t now_us = rough_now(gw->fanout);

    for (uint64_t seq = span->from > span->since ? span->from : span->since + 1; seq <= span->to; seq++)
        note_event(gw, span, seq, now_us);
}

static void flush_events(struct conn *c)
{
    struct gw *gw = c->gw;
    size_t max_events = c->dialect->array ? SPAN_EVENTS : 1;
    struct hub_span span;

    while (c->state != CONN_CLOSING && hub_pull(gw->hub, &c->hub, max_events, SPAN_BYTES, &span)) {
        CS_HOOK("gateway_before_deliver");
        struct cs_buf *b = span_frame(gw->fanout, c->dialect, &span);
        if (b->failed) {
            conn_close(c, cs_err_row(CS_E_NO_MEMORY)->close, "out of memory");
            return;
        }
        if (frame_len(b) && !ws_send(c->sock, frame_payload(b), frame_len(b)))
            return; /* not advanced: pulled again when the socket is writable */
        if (frame_len(b))
            count_sent(gw, b);
        fanout_note_delivery(gw, &span);
        hub_advance(gw->hub, &span);
    }
}

static void flush(struct conn *c)
{
    if (!c->dialect || c->state == CONN_CLOSING)
        return;
    if (c->dialect->flush) {
        c->dialect->flush(c);
        return;
    }
    if (c->out.len && !conn_flush_private(c))
        return;
    flush_events(c);
    if (c->pages)
        op_paged_next(c);
}

void conn_flush(struct conn *c)
{
    struct gw *gw = c->gw;

    gw->fanout->clock_in = 0;
    flush(c);
    count_noted(gw);
}

/* --- over the dialect ------------------------------------------------------------------------- */

struct cs_buf *fanout_scratch(struct gw *gw)
{
    cs_buf_clear(&gw->fanout->scratch);
    return &gw->fanout->scratch;
}

void conn_ack_with(struct conn *c, const struct dialect_ack *ack)
{
    struct cs_buf *b = fanout_scratch(c->gw);

    if (!c->dialect || !c->dialect->ack)
        return;
    c->dialect->ack(b, ack);
    conn_queue(c, cs_buf_view(b));
}

void conn_ack(struct conn *c, const char *ref)
{
    if (ref[0])
        conn_ack_with(c, &(struct dialect_ack){.ref = ref});
}

void conn_error(struct conn *c, const char *ref, const struct cs_err *err)
{
    struct cs_buf *b = fanout_scratch(c->gw);

    c->gw->count.errors[err->rc]++;
    if (!c->dialect || !c->dialect->error)
        return;
    c->dialect->error(b, ref, err);
    conn_queue(c, cs_buf_view(b));
}

void conn_revoke(struct conn *c)
{
    struct cs_buf *b = fanout_scratch(c->gw);

    if (c->dialect && c->dialect->revoked) {
        c->dialect->revoked(b, c);
        conn_queue(c, cs_buf_view(b));
        (void)conn_flush_private(c); /* and no event any more */
    }
    conn_close(c, cs_err_row(CS_E_UNAUTHORIZED)->close, "token revoked");
}
