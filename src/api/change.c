/* change.c - see change.h. */
#include "change.h"

#include "store_post.h"

struct store_change change_of(const struct req *r)
{
    return (struct store_change){
        .room = r->ids[0],
        .message = r->ids[1],
        .actor = r->who.user_id,
        .as_client = req_is_client(r),
        .ip = r->head.remote_addr,
    };
}

enum cs_rc change_send(struct req *r, const struct cs_call *call, struct cs_err *err)
{
    enum cs_rc rc = req_send(r, call, err);

    if (rc == CS_OK)
        req_ring_room(r, &r->ids[0]);
    return rc;
}

enum cs_rc change_answer(struct req *r, const char *text, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc == CS_OK)
        rc = store_change_read(&rows, NULL, err);
    if (rc == CS_OK)
        resp_message(&r->resp, 200, text);
    return rc;
}

void change_ring_mentioned(struct req *r, struct cs_str mentioned)
{
    struct cs_uuid user;

    while (store_posted_mentioned(&mentioned, &user))
        req_ring_user(r, &user);
}
