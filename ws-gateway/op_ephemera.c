/* op_ephemera.c - what a client says to those who are there: it is in no room's log. */
#include "cs_rights.h"
#include "op.h"
#include "presence.h"
#include "reads.h"
#include "typing.h"

/* An application joins rooms as nobody, and nobody does not type. */
static enum cs_rc may_type(struct conn *c, const struct cs_uuid *room, struct cs_err *err)
{
    if (!c->person || !cs_rights_allow(c->rights, CS_MAY_WRITE))
        return cs_fail(err, CS_E_FORBIDDEN);
    if (!conn_room_find(c, room))
        return cs_fail_detail(err, CS_E_CONFLICT, "Join the room on this socket first");
    return CS_OK;
}

/* The ack says that it was heard, also when it is too soon to be told again. */
void op_typing(struct conn *c, const struct op_in *in)
{
    struct cs_err err;

    if (may_type(c, &in->room.id, &err) != CS_OK) {
        conn_error(c, in->ref, &err);
        return;
    }
    typing_here(c, &in->room.id);
    conn_ack(c, in->ref);
}

/* Whether he may is asked where it is written. */
void op_read(struct conn *c, const struct op_in *in)
{
    struct cs_err err;

    if (reads_note(c->gw->reads, c, in->ref, &in->room.id, (uint64_t)in->seq.v, &err) != CS_OK)
        conn_error(c, in->ref, &err);
}

static enum store_status status_named(struct cs_str name)
{
    enum store_status status = STORE_BUSY;

    while (status != STORE_ABSENT && !cs_str_is(name, presence_name(status)))
        status--;
    return status;
}

/* Of this socket: what he is, is decided by all of them. */
void op_presence(struct conn *c, const struct op_in *in)
{
    struct cs_err err;

    if (!c->person) {
        (void)cs_fail(&err, CS_E_FORBIDDEN);
        conn_error(c, in->ref, &err);
        return;
    }
    c->presence = status_named(in->status);
    presence_touch(c->gw->presence, &c->hub.user);
    conn_ack(c, in->ref);
}
