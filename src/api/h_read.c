/* h_read.c - how far people have read in a room. */
#include "access.h"
#include "handlers.h"
#include "req.h"
#include "store_read.h"

/* --- the sender's own position ---------------------------------------------------------------- */

struct read_in {
    struct cs_opt_int seq;
};

static const struct cs_field read_fields[] = {
    CS_FIELD_INT(struct read_in, seq, "seq", CS_F_REQUIRED, 0, INT64_MAX),
};
const struct form read_form = FORM(struct read_in, read_fields);

enum cs_rc read_ask(struct req *r, struct cs_err *err)
{
    const struct read_in *in = r->body;
    struct cs_call call;

    store_read_call(&call, &r->arena, &r->ids[0], &r->who.user_id, in->seq.v);
    return req_send(r, &call, err);
}

/* Where he has read to is known only now, so it is rung behind the answer. */
enum cs_rc read_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    struct store_read read;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = store_read_outcome(&rows, &read, err);
    if (rc != CS_OK)
        return rc;
    if (read.moved) {
        req_ring_user(r, &r->who.user_id);
        req_ring_read(r, &r->ids[0], &r->who.user_id, (uint64_t)read.read_seq);
    }
    struct cs_jw w = resp_json(&r->resp, 200);
    cs_jw_obj_begin(&w);
    cs_jw_kv_cstr(&w, "message", read.moved ? "Marked as read" : "Already read");
    cs_jw_kv_i64(&w, "readSeq", read.read_seq);
    cs_jw_kv_i64(&w, "unread", read.unread);
    cs_jw_kv_i64(&w, "mentions", read.mentions);
    cs_jw_obj_end(&w);
    return CS_OK;
}

/* --- everybody's ------------------------------------------------------------------------------ */

struct readers_in {
    struct cs_opt_int limit;
    struct cs_opt_uuid after;
};

static const struct cs_field readers_fields[] = {
    CS_FIELD_INT(struct readers_in, limit, "limit", 0, 1, STORE_READERS_MAX),
    CS_FIELD_UUID(struct readers_in, after, "after", 0),
};
const struct form readers_query = FORM(struct readers_in, readers_fields);

static int64_t readers_limit(const struct readers_in *in)
{
    return in->limit.set ? in->limit.v : STORE_READERS_MAX;
}

enum cs_rc readers_ask(struct req *r, struct cs_err *err)
{
    const struct readers_in *in = r->query;
    struct cs_call call;
    struct store_readers wanted = {
        .room = r->ids[0],
        .user = *req_member(r),
        .limit = readers_limit(in),
    };

    if (in->after.set)
        wanted.after = in->after.id;
    store_readers_call(&call, &r->arena, &wanted);
    return req_send(r, &call, err);
}

static void link_next(struct req *r, int64_t limit, const struct cs_uuid *last)
{
    struct cs_buf b;

    cs_buf_init(&b, 1024);
    cs_buf_printf(&b, "<" CS_STR_FMT "?limit=%lld&after=", CS_STR_ARG(r->uri.raw_path),
                  (long long)limit);
    cs_buf_uuid(&b, last);
    cs_buf_cstr(&b, ">; rel=\"next\"");
    resp_header(&r->resp, "Link", cs_buf_view(&b));
    cs_buf_release(&b);
}

static void put_readers(struct req *r, const struct cs_rows *rows)
{
    int64_t limit = readers_limit(r->query);
    struct store_reader reader;
    bool more;
    int n = store_readers_count(rows, limit, &more);
    struct cs_jw w = resp_json(&r->resp, 200);

    cs_jw_arr_begin(&w);
    for (int i = 0; i < n; i++) {
        store_reader_read(rows, i, &reader);
        cs_jw_obj_begin(&w);
        cs_jw_kv_uuid(&w, "userId", &reader.id);
        cs_jw_kv_str(&w, "username", reader.username);
        cs_jw_kv_i64(&w, "readSeq", reader.read_seq);
        cs_jw_obj_end(&w);
    }
    cs_jw_arr_end(&w);
    if (more)
        link_next(r, limit, &reader.id);
}

enum cs_rc readers_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    struct store_access room;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK && !store_readers_head(&rows, &room))
        rc = cs_fail(err, CS_E_ROOM_NOT_FOUND);
    if (rc == CS_OK)
        rc = access_read(r, &room, err);
    if (rc == CS_OK)
        put_readers(r, &rows);
    return rc;
}
