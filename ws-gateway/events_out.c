/* events_out.c - what waits for a connection of events.h leaves: as a stream that goes on, or as the one
 * answer of a poll. The cursor moves with what was taken, and back when the socket did not take it. */
#include "events_internal.h"

#include "cs_clock.h"
#include "dialect.h"
#include "fanout.h"
#include "frame.h"

enum {
    JOINS_GRACE_MS = 5000, /* a poll waits so much longer for rooms that are still being joined */
    SPAN_EVENTS = 16,      /* of one write; each has a cursor of up to 2.5 KiB */
    SPAN_BYTES = 24 * 1024,
    BODY_BYTES = 512 * 1024, /* of a poll's answer, about; the rest is the next one's */
    BODY_MAX = 4 * 1024 * 1024,
};

/* Whether there is something to answer with. When no room is left to be heard, it ends here. */
static bool may_begin(struct conn *c)
{
    struct events *e = c->events;

    if (c->state != CONN_READY || e->begun)
        return c->state == CONN_READY;
    e->begun = e->joined > 0 || (e->all && !e->pending);
    if (!e->begun && !e->pending)
        events_end_with(c, &e->refused);
    return e->begun;
}

/* --- Server-Sent Events ----------------------------------------------------------------------- */

static struct cs_buf *out_buffer(void)
{
    static struct cs_buf out; /* grows to the largest and stays */

    out.max = BODY_MAX;
    return &out;
}

/* False: the socket takes nothing more. */
static bool send_span(struct conn *c, const struct hub_span *span)
{
    struct cs_buf *b = out_buffer();
    struct cursor *at = &c->events->at;

    frame_begin(b);
    for (uint64_t seq = span->from; seq <= span->to; seq++) {
        (void)cursor_set(at, &span->room_id, seq);
        dialect_sse_event(b, at, gw_event_of(hub_span_event(span, seq - span->from)));
    }
    if (b->failed) {
        conn_close(c, cs_err_row(CS_E_NO_MEMORY)->close, "out of memory");
        return false;
    }
    if (!ws_send(c->sock, frame_payload(b), frame_len(b))) {
        (void)cursor_set(at, &span->room_id, span->from - 1);
        return false;
    }
    fanout_count(c->gw, frame_len(b));
    fanout_note_delivery(c->gw, span);
    hub_advance(c->gw->hub, span);
    return true;
}

void events_flush_stream(struct conn *c)
{
    struct events *e = c->events;
    struct hub_span span;

    if (!may_begin(c))
        return;
    ws_stream_begin(c->sock);
    if (!conn_flush_private(c))
        return;
    while (hub_pull(c->gw->hub, &c->hub, SPAN_EVENTS, SPAN_BYTES, &span))
        if (!send_span(c, &span))
            return;
    if (!e->all && !e->joined && !e->pending && !c->out.len)
        conn_close(c, cs_err_row(CS_E_FORBIDDEN)->close, "no room is left");
}

/* --- long polls ------------------------------------------------------------------------------- */

static void put_element(struct cs_buf *b, struct cs_str element)
{
    if (b->p[b->len - 1] != '[')
        cs_buf_putc(b, ',');
    cs_buf_str(b, element);
}

static void put_spans(struct conn *c, struct cs_buf *b)
{
    struct hub_span span;

    while (b->len < BODY_BYTES && hub_pull(c->gw->hub, &c->hub, SPAN_EVENTS, SPAN_BYTES, &span)) {
        for (uint64_t seq = span.from; seq <= span.to; seq++)
            put_element(b, gw_event_of(hub_span_event(&span, seq - span.from))->json);
        (void)cursor_set(&c->events->at, &span.room_id, span.to);
        fanout_note_delivery(c->gw, &span);
        hub_advance(c->gw->hub, &span);
    }
}

static void answer(struct conn *c, struct cs_buf *b)
{
    cs_buf_cstr(b, "],\"lastEventId\":\"");
    cursor_write(&c->events->at, b);
    cs_buf_cstr(b, "\"}");
    if (b->failed) {
        conn_close(c, cs_err_row(CS_E_NO_MEMORY)->close, "out of memory");
        return;
    }
    fanout_count(c->gw, b->len);
    ws_stream_answer(c->sock, b);
    conn_close(c, 1000, "answered");
}

/* Rooms are being joined, or what was missed of the user's own log is on its way. */
static bool is_waiting(const struct conn *c)
{
    return c->events->pending || c->user_log.pos < c->user_log.last;
}

void events_flush_poll(struct conn *c)
{
    struct events *e = c->events;
    struct cs_buf *b = out_buffer();
    uint64_t now_ms = cs_clock_mono_ms();

    if ((is_waiting(c) && now_ms < e->next_ms + JOINS_GRACE_MS) || !may_begin(c))
        return;
    cs_buf_clear(b);
    cs_buf_cstr(b, "{\"events\":[");
    size_t empty = b->len;
    conn_take_private(c, b, put_element);
    put_spans(c, b);
    conn_take_private(c, b, put_element); /* `left`, behind the event that ended it */
    if (b->len > empty || now_ms >= e->next_ms || c->gw->drain.on)
        answer(c, b);
}
