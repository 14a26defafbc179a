/* conn_in.c - frames come in: which dialect they are of, and when they may be looked at.
 *
 * Clients send without waiting for an answer. What comes while the first credential is being
 * checked, or before a dialect that hears rooms unasked has its place in them (else a sender could
 * miss his own words), is held and looked at afterwards, in order.
 */
#include "conn.h"
#include "dialect.h"
#include "op.h"

enum { RECORD_HEAD = sizeof(uint32_t) };

static bool must_wait(const struct conn *c)
{
    return c->state == CONN_AUTHENTICATING || c->awaits;
}

void conn_hold(struct conn *c, struct cs_str text)
{
    uint32_t len = (uint32_t)text.len;

    if (cs_buf_reserve(&c->held, RECORD_HEAD + text.len)) {
        cs_buf_add(&c->held, &len, RECORD_HEAD);
        cs_buf_str(&c->held, text);
    } else {
        conn_close(c, 4008, "too much before the answer");
    }
}

/* The first frame of an undecided socket decides. */
static void decide(struct conn *c, struct cs_str text)
{
    if (!c->dialect)
        conn_decide(c, dialect_by_frame(c, text));
}

void conn_receive(struct conn *c, struct cs_str text)
{
    if (c->state == CONN_CLOSING)
        return;
    c->gw->count.bytes_in += text.len;
    if (must_wait(c)) {
        conn_hold(c, text);
        return;
    }
    decide(c, text);
    if (must_wait(c)) {
        conn_hold(c, text);
        return;
    }
    conn_mark(c);
    c->dialect->frame(c, text);
    cs_arena_reset(&c->gw->arena);
}

void conn_release_held(struct conn *c)
{
    struct cs_buf held = c->held;
    uint32_t len;

    if (must_wait(c) || !held.len)
        return;
    cs_buf_init(&c->held, CONN_HELD_MAX);
    for (size_t at = 0; at < held.len; at += RECORD_HEAD + len) {
        memcpy(&len, held.p + at, RECORD_HEAD);
        conn_receive(c, cs_str_n(held.p + at + RECORD_HEAD, len));
    }
    cs_buf_release(&held);
}

void conn_awaited(struct conn *c, unsigned awaits)
{
    c->awaits &= ~awaits;
    conn_release_held(c);
}

static void leave_what_is_not_of(struct conn *c, const struct dialect *d)
{
    struct conn_room *next;

    for (struct conn_room *r = c->rooms; r; r = next) {
        struct cs_uuid id = r->id;
        next = r->next;
        if (cs_uuid_eq(&id, &CS_LOBBY_ID) ? d->in_lobby : d->in_conversations)
            continue;
        (void)hub_leave(c->gw->hub, &c->hub, &id);
        conn_room_remove(c, &id);
    }
    if (!d->in_conversations)
        c->every = EVERY_NO;
}

void conn_decide(struct conn *c, const struct dialect *dialect)
{
    bool was_undecided = !c->dialect && dialect;

    c->gw->undecided -= was_undecided;
    c->dialect = dialect;
    if (!was_undecided || c->state != CONN_READY)
        return;
    leave_what_is_not_of(c, dialect);
    if (dialect->in_conversations && c->every == EVERY_NO)
        op_join_every(c, "", true);
}
