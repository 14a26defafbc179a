/* h_feed.c - messages over many rooms, newest first: all of them, and what somebody said.
 *
 * Messages of two are shown to who reads their rooms anyway (access.h): applications with permission
 * `admin`, and people their own.
 */
#include "cs_wire.h"
#include "handlers.h"
#include "page.h"
#include "store_feed.h"
#include "store_people.h"

struct feed_in {
    struct cs_opt_int limit;
    struct cs_opt_uuid before, room;
};

static const struct cs_field feed_fields[] = {
    CS_FIELD_INT(struct feed_in, limit, "limit", 0, 1, STORE_FEED_MAX),
    CS_FIELD_UUID(struct feed_in, before, "before", 0),
    CS_FIELD_UUID(struct feed_in, room, "room", 0),
};
const struct form feed_query = FORM(struct feed_in, feed_fields);

/* What is asked for, of a user where it is of one. The same for both handlers of a request. */
static struct store_feed wanted(const struct req *r, const struct cs_uuid *user)
{
    const struct feed_in *in = r->query;
    struct store_feed feed = {
        .user = *user,
        .as_self = !req_is_client(r) && cs_uuid_eq(user, &r->who.user_id),
        .pairs = req_is_client(r) && r->who.rights & CS_MAY_ADMIN,
        .limit = in->limit.set ? in->limit.v : PAGE_DEFAULT,
    };

    if (in->before.set)
        feed.before = in->before.id;
    if (in->room.set)
        feed.room = in->room.id;
    return feed;
}

/* A page from the row `first` on; what was asked for beyond the limit says that there is more. */
static void put_feed(struct req *r, const struct cs_rows *rows, int first,
                     const struct store_feed *feed)
{
    struct cs_message m;
    struct cs_jw w = resp_json(&r->resp, 200);
    int end = cs_rows_count(rows);
    bool more = end - first > feed->limit;

    cs_jw_arr_begin(&w);
    for (int i = first; i < end - more; i++) {
        if (first)
            store_page_message(rows, i, &feed->room, &m);
        else
            store_feed_read(rows, i, &m);
        cs_wire_message(&w, &m);
    }
    cs_jw_arr_end(&w);
    if (more)
        page_link_before(r, &m.id, &feed->room, feed->limit);
}

/* --- all -------------------------------------------------------------------------------------- */

enum cs_rc feed_all_ask(struct req *r, struct cs_err *err)
{
    struct store_feed feed = wanted(r, req_member(r));
    struct cs_call call;

    if (cs_uuid_is_nil(&feed.room))
        store_feed_all_call(&call, &r->arena, &feed);
    else
        store_feed_room_call(&call, &r->arena, &feed);
    return req_send(r, &call, err);
}

enum cs_rc feed_all_answer(struct req *r, struct cs_err *err)
{
    struct store_feed feed = wanted(r, req_member(r));
    struct store_page_head head;
    struct cs_rows rows;
    bool of_room = !cs_uuid_is_nil(&feed.room);
    enum cs_rc rc = of_room ? page_take(r, &rows, &head, err) : req_recv(r, &rows, err);

    if (rc == CS_OK)
        put_feed(r, &rows, of_room, &feed);
    return rc;
}

/* --- somebody's ------------------------------------------------------------------------------- */

static enum cs_rc answer_of(struct req *r, const struct cs_uuid *user, struct cs_rows *rows,
                            struct cs_err *err)
{
    struct store_feed feed = wanted(r, user);
    enum cs_rc rc = req_recv(r, rows, err);

    if (rc == CS_OK)
        put_feed(r, rows, 0, &feed);
    return rc;
}

static enum cs_rc ask_of(struct req *r, const struct cs_uuid *user, struct cs_err *err)
{
    struct store_feed feed = wanted(r, user);
    struct cs_call call;

    store_feed_of_call(&call, &r->arena, &feed);
    return req_send(r, &call, err);
}

enum cs_rc feed_own_ask(struct req *r, struct cs_err *err)
{
    return ask_of(r, &r->who.user_id, err);
}

enum cs_rc feed_own_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;

    return answer_of(r, &r->who.user_id, &rows, err);
}

enum cs_rc feed_of_ask(struct req *r, struct cs_err *err)
{
    struct cs_call call;
    enum cs_rc rc = ask_of(r, &r->ids[0], err);

    if (rc != CS_OK)
        return rc;
    store_person_call(&call, &r->arena, &r->ids[0]);
    return req_send(r, &call, err);
}

/* What others said is for applications and ADMINs, also of who is gone by now. */
enum cs_rc feed_of_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows said, person;
    bool own = cs_uuid_eq(&r->ids[0], &r->who.user_id);

    if (!own && !req_is_client(r) && !(r->who.rights & CS_MAY_ADMIN))
        return cs_fail(err, CS_E_FORBIDDEN);
    enum cs_rc rc = answer_of(r, &r->ids[0], &said, err);
    if (rc == CS_OK)
        rc = req_recv(r, &person, err);
    if (rc == CS_OK && cs_rows_count(&said) + cs_rows_count(&person) == 0)
        rc = cs_fail(err, CS_E_USER_NOT_FOUND);
    return rc;
}
