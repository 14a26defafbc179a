/* dialect_events.c - what the connections of events.h are told: the native events, each as a Server-Sent
 * Event (WHATWG HTML, 9.2.5) or as an element of a poll's answer. An `id` stands where the position
 * moves, so that a client that comes back with the last one misses and repeats nothing. */
#include "cs_jsonw.h"
#include "cs_rand.h"
#include "dialect.h"
#include "events.h"

enum { RETRY_LEAST_MS = 1000, RETRY_SPREAD_MS = 2000 };

/* --- refusals, as both say them; what concerns the request as a whole is the answer's status --- */

static void put_refused(struct cs_buf *b, const struct cs_uuid *room, const struct cs_err *err)
{
    const struct cs_err_row *row = cs_err_row(err->rc);
    struct cs_jw w = cs_jw_on(b);

    cs_jw_obj_begin(&w);
    cs_jw_kv_cstr(&w, "type", "error");
    cs_jw_kv_uuid(&w, "roomId", room);
    cs_jw_kv_cstr(&w, "code", row->code);
    cs_jw_kv_cstr(&w, "detail", cs_err_detail(err));
    if (row->retryable)
        cs_jw_kv_bool(&w, "retryable", true);
    cs_jw_obj_end(&w);
}

/* --- Server-Sent Events ----------------------------------------------------------------------- */

static void put_id(struct cs_buf *b, const struct cursor *at)
{
    cs_buf_cstr(b, "id: ");
    cursor_write(at, b);
    cs_buf_putc(b, '\n');
}

static void begin_data(struct cs_buf *b)
{
    cs_buf_cstr(b, "data: ");
}

static void end_data(struct cs_buf *b)
{
    cs_buf_cstr(b, "\n\n");
}

void dialect_sse_event(struct cs_buf *b, const struct cursor *at, const struct gw_event *e)
{
    put_id(b, at);
    begin_data(b);
    cs_buf_str(b, e->json);
    end_data(b);
}

/* Those that a restart has cut off come back spread over a while. */
static void sse_welcome(struct cs_buf *b, const struct conn *c)
{
    cs_buf_printf(b, "retry: %u\n", RETRY_LEAST_MS + cs_rand_below(RETRY_SPREAD_MS));
    put_id(b, events_at(c));
    begin_data(b);
    dialect_native.welcome(b, c);
    end_data(b);
}

static void sse_user_event(struct cs_buf *b, const struct conn *c, const struct store_user_event *e)
{
    put_id(b, events_at(c));
    begin_data(b);
    dialect_native.user_event(b, c, e);
    end_data(b);
}

static void sse_joined(struct cs_buf *b, const struct dialect_joined *j)
{
    put_id(b, events_at(j->conn));
    begin_data(b);
    dialect_native.joined(b, j);
    end_data(b);
}

static void sse_left(struct cs_buf *b, const struct cs_uuid *room)
{
    begin_data(b);
    dialect_native.left(b, room);
    end_data(b);
}

static void sse_refused(struct cs_buf *b, const struct cs_uuid *room, const struct cs_err *err)
{
    begin_data(b);
    put_refused(b, room, err);
    end_data(b);
}

static void sse_drain(struct cs_buf *b, int retry_ms)
{
    begin_data(b);
    dialect_native.drain(b, retry_ms);
    end_data(b);
}

static void sse_activity(struct cs_buf *b, const struct cs_uuid *room, uint64_t last_seq)
{
    begin_data(b);
    dialect_native.activity(b, room, last_seq);
    end_data(b);
}

static void sse_read(struct cs_buf *b, const struct cs_bus_read *read)
{
    begin_data(b);
    dialect_native.read(b, read);
    end_data(b);
}

static void sse_typing(struct cs_buf *b, const struct cs_bus_typing *typing, struct cs_str username)
{
    begin_data(b);
    dialect_native.typing(b, typing, username);
    end_data(b);
}

static void sse_presence(struct cs_buf *b, const struct cs_uuid *user, const char *status)
{
    begin_data(b);
    dialect_native.presence(b, user, status);
    end_data(b);
}

const struct dialect dialect_sse = {
    .name = "sse",
    .entered = events_enter,
    .flush = events_flush_stream,
    .welcome = sse_welcome,
    .user_event = sse_user_event,
    .joined = sse_joined,
    .left = sse_left,
    .refused = sse_refused,
    .drain = sse_drain,
    .activity = sse_activity,
    .read = sse_read,
    .typing = sse_typing,
    .presence = sse_presence,
};

/* --- long polls ------------------------------------------------------------------------------- */

/* What goes on where the client was is nothing new. */
static void poll_welcome(struct cs_buf *b, const struct conn *c)
{
    if (!c->user_log.recovered && c->person)
        dialect_native.welcome(b, c);
}

static void poll_user_event(struct cs_buf *b, const struct conn *c, const struct store_user_event *e)
{
    dialect_native.user_event(b, c, e);
}

static void poll_joined(struct cs_buf *b, const struct dialect_joined *j)
{
    if (!j->recovered)
        dialect_native.joined(b, j);
}

static void poll_left(struct cs_buf *b, const struct cs_uuid *room)
{
    dialect_native.left(b, room);
}

/* (Of rooms that are only listed it does not hear: it would be answered at once, again and again.) */
const struct dialect dialect_poll = {
    .name = "poll",
    .entered = events_enter,
    .flush = events_flush_poll,
    .welcome = poll_welcome,
    .user_event = poll_user_event,
    .joined = poll_joined,
    .left = poll_left,
    .refused = put_refused,
};
