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
    CACHE_KEEP_BYTES = 64 * 1024, /* a slot that grew larger gives its memory back */
};

struct cached {
    const struct dialect *dialect;
    uint64_t room_key, from, to;
    struct cs_buf frame;
};

struct fanout {
    struct conn *marked;
    uint64_t now_us; /* about */
    unsigned clock_in;
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
    cs_buf_release(&f->private);
    cs_buf_release(&f->scratch);
    for (size_t i = 0; i < CACHE_SLOTS; i++)
        cs_buf_release(&f->cache[i].frame);
    free(f);
}

void conn_mark(struct conn *c)
{
    if (c->dirty)
        return;
    c->dirty = true;
    c->next_dirty = c->gw->fanout->marked;
    c->gw->fanout->marked = c;
}

static void flush(struct conn *c);

/* While one connection is served, the memory of the next three is on its way, each a step further:
 * with hundreds of connections none of it is in the cache, and waiting for it was a tenth of each
 * delivery. */
static void look_ahead(const struct conn *c)
{
    const struct conn *next = c->next_dirty;

    if (!next)
        return;
    ws_soon(next->sock);
    next = next->next_dirty;
    if (!next)
        return;
    __builtin_prefetch(next->sock);
    hub_soon(&next->hub);
    next = next->next_dirty;
    if (!next)
        return;
    __builtin_prefetch(&next->hub);
    __builtin_prefetch(&next->next_dirty);
}

void conns_flush_marked(struct gw *gw)
{
    struct conn *c = gw->fanout->marked;

    gw->fanout->clock_in = 0;
    gw->fanout->marked = NULL;
    while (c) {
        struct conn *next = c->next_dirty;
        look_ahead(c);
        c->dirty = false;
        flush(c);
        c = next;
    }
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

void fanout_note_delivery(struct gw *gw, const struct hub_span *span)
{
    uint64_t now = rough_now(gw->fanout);

    for (uint64_t seq = span->from > span->since ? span->from : span->since + 1; seq <= span->to; seq++) {
        uint64_t known = gw_event_of(hub_span_event(span, seq - span->from))->known_us;
        cs_times_add(&gw->count.delivery_time, now > known ? now - known : 0);
    }
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
    if (!conn_flush_private(c))
        return;
    flush_events(c);
    op_paged_next(c);
}

void conn_flush(struct conn *c)
{
    c->gw->fanout->clock_in = 0;
    flush(c);
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
