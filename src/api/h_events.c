/* h_events.c - the durable log of a room over HTTP, for clients without a socket, or behind one that
 * was away for long. The events are written by the socket's own encoder.
 */
#include "access.h"
#include "cs_wire.h"
#include "handlers.h"
#include "position.h"
#include "req.h"
#include "store_events.h"

enum { EVENTS_DEFAULT = 50, EVENTS_MAX = 100 };

struct events_in {
    struct cs_opt_int limit, after;
    struct cs_str epoch;
};

static const struct cs_field events_fields[] = {
    CS_FIELD_INT(struct events_in, limit, "limit", 0, 1, EVENTS_MAX),
    CS_FIELD_INT(struct events_in, after, "after", 0, 0, INT64_MAX),
    CS_FIELD_TEXT(struct events_in, epoch, "epoch", 0, 1, 100),
};
const struct form events_query = FORM(struct events_in, events_fields);

static int64_t events_limit(const struct events_in *in)
{
    return in->limit.set ? in->limit.v : EVENTS_DEFAULT;
}

enum cs_rc events_ask(struct req *r, struct cs_err *err)
{
    const struct events_in *in = r->query;
    struct cs_call call;
    struct store_events wanted = {
        .room = r->ids[0],
        .user = *req_member(r),
        .has_after = in->after.set,
        .after = in->after.v,
        .limit = events_limit(in),
        .epoch = position_epoch(r, in->epoch),
        .known = position_known(r),
    };

    store_events_call(&call, &r->arena, &wanted);
    return req_send(r, &call, err);
}

static void link_next(struct req *r, uint64_t last)
{
    const struct events_in *in = r->query;
    const char *link = cs_arena_printf(
        &r->arena, "<" CS_STR_FMT "?limit=%lld&after=%llu%s" CS_STR_FMT ">; rel=\"next\"",
        CS_STR_ARG(r->uri.raw_path), (long long)events_limit(in), (unsigned long long)last,
        in->epoch.p ? "&epoch=" : "", CS_STR_ARG(in->epoch));

    resp_header(&r->resp, "Link", cs_str_c(link));
}

static void put_events(struct req *r, const struct cs_rows *rows)
{
    struct cs_event event = {.seq = 0};
    bool more;
    int n = store_events_count(rows, events_limit(r->query), &more);
    struct cs_jw w = resp_json(&r->resp, 200);

    cs_jw_arr_begin(&w);
    for (int i = 0; i < n; i++) {
        store_event_read(rows, 1 + i, &event);
        cs_wire_event(&w, &event);
    }
    cs_jw_arr_end(&w);
    if (more)
        link_next(r, event.seq);
}

/* What may be read is decided first, and what is void before what is known. */
enum cs_rc events_answer(struct req *r, struct cs_err *err)
{
    struct store_events_head head;
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK && !store_events_head(&rows, &head))
        rc = cs_fail(err, CS_E_ROOM_NOT_FOUND);
    if (rc == CS_OK)
        rc = access_read(r, &head.access, err);
    if (rc != CS_OK)
        return rc;
    position_headers(r, head.epoch, head.last_seq);
    if (head.is_void)
        return cs_fail(err, CS_E_VOID_POSITION);
    if (!position_tag(r, head.tag, head.is_known))
        put_events(r, &rows);
    return CS_OK;
}
