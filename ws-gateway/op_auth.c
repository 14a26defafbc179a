/* op_auth.c - who is at the other end: at the handshake, in a first frame, and again before a token
 * expires. The signature is checked here, the session by the database.
 *
 * `auth {token, userAfter?, epoch?}`: who comes back says how far he has heard his user's own log. The
 * answer (welcome; on a socket that is open the ack) says in userSeq how far it has got, and in
 * userRecovered whether all events between the two follow; else the client loads what it shows anew. */
#include "cs_clock.h"
#include "cs_token.h"
#include "dialect.h"
#include "fanout.h"
#include "op.h"
#include "presence.h"
#include "reader.h"
#include "seen.h"
#include "userlog.h"

/* A credential that is no good ends the socket: 1008 for a new one (003 documents it), 4401 for one
 * that had been good. One that is good but may hear nothing ends it with 4003, a database that is
 * away with 1013, to be tried again. */
static void refuse(struct conn *c, const char *ref, const struct cs_err *err)
{
    struct gw_counters *count = &c->gw->count;

    *(cs_err_row(err->rc)->retryable ? &count->auths_failed : &count->auths_refused) += 1;
    conn_error(c, ref, err);
    conn_flush(c);
    if (err->rc == CS_E_UNAVAILABLE || err->rc == CS_E_NO_MEMORY)
        conn_close(c, cs_err_row(err->rc)->close, "try again later");
    else if (err->rc == CS_E_FORBIDDEN)
        conn_close(c, cs_err_row(err->rc)->close, "this credential may not read");
    else if (c->state == CONN_READY)
        conn_close(c, cs_err_row(CS_E_UNAUTHORIZED)->close, "invalid or expired token");
    else
        conn_close(c, 1008, "invalid or expired token");
}

/* The database is asked, or nobody will be. */
static void await(struct conn *c, const char *ref, enum cs_rc rc, const struct cs_err *err)
{
    if (rc != CS_OK)
        refuse(c, ref, err);
    else if (c->state == CONN_NEW)
        c->state = CONN_AUTHENTICATING;
}

void op_authenticate(struct conn *c, const char *ref, struct cs_str token,
                     const struct user_place *place)
{
    struct store_cred cred;
    enum cs_token_kind kind;
    struct cs_err err;
    enum cs_rc rc = store_cred_read(token, &c->gw->keys, cs_clock_wall_s(), &cred, &err);

    c->by_session_token = cs_token_kind(token, &kind) && kind == CS_TOKEN_SESSION;
    if (rc == CS_OK)
        rc = reader_authenticate(c->gw->reader, c, ref, &cred, place, &err);
    await(c, ref, rc, &err);
}

void op_take_ticket(struct conn *c, struct cs_str ticket)
{
    uint8_t hash[CS_SHA256_BYTES];
    enum cs_token_kind kind;
    struct cs_err err;
    enum cs_rc rc;

    if (cs_token_kind(ticket, &kind) && kind == CS_TOKEN_TICKET) {
        cs_token_hash(ticket, hash);
        rc = reader_take_ticket(c->gw->reader, c, hash, &err);
    } else {
        rc = cs_fail(&err, CS_E_UNAUTHORIZED);
    }
    await(c, "", rc, &err);
}

void op_auth(struct conn *c, const struct op_in *in)
{
    struct user_place place = {.set = in->user_after.set, .after = (uint64_t)in->user_after.v};
    struct cs_err err;

    if (c->state == CONN_AUTHENTICATING) {
        (void)cs_fail_detail(&err, CS_E_BAD_REQUEST, "Another authentication is under way");
        conn_error(c, in->ref, &err);
        return;
    }
    (void)snprintf(place.epoch, sizeof place.epoch, CS_STR_FMT, CS_STR_ARG(in->epoch));
    op_authenticate(c, in->ref, in->token, &place);
}

static void remember(struct conn *c, const struct cs_who *who, int64_t expires_s)
{
    c->cred_id = who->cred_id;
    c->expires_s = expires_s;
    c->rights = who->rights;
    (void)snprintf(c->cred_kind, sizeof c->cred_kind, CS_STR_FMT, CS_STR_ARG(who->cred_kind));
    (void)snprintf(c->username, sizeof c->username, CS_STR_FMT, CS_STR_ARG(who->username));
}

static bool is_person(const struct cs_who *who)
{
    return !cs_str_is(who->token_type, "CLIENT");
}

/* He is here by this credential now. */
static void admit(struct conn *c, const struct cs_who *who)
{
    conn_known(c);
    c->person = is_person(who);
    if (!c->person)
        return;
    if (c->presence == STORE_ABSENT)
        c->presence = STORE_ONLINE;
    seen_note(c->gw->seen, &who->user_id);
    presence_touch(c->gw->presence, &who->user_id);
}

/* What is heard unasked. An undecided socket is in what it may want from the position at which it
 * connected, and tells nothing of it. */
static bool hear(struct conn *c)
{
    const struct dialect *d = c->dialect ? c->dialect : dialect_suggested(c);
    bool lobby = !c->dialect || d->in_lobby;

    if (d->in_conversations)
        op_join_every(c, "", true);
    return !lobby || op_join_awaited(c, &CS_LOBBY_ID, AWAIT_LOBBY);
}

/* The welcome says where the socket begins in its user's log; the events behind it follow. */
static void greet(struct conn *c, const struct auth_answer *a)
{
    struct cs_buf *b = fanout_scratch(c->gw);

    if (a->place->set)
        (void)userlog_resume(c, a->place->after, a->place->epoch);
    if (c->dialect->welcome) {
        c->dialect->welcome(b, c);
        conn_queue(c, cs_buf_view(b));
    }
    if (c->dialect->user_event && !userlog_hear(c))
        conn_close(c, cs_err_row(CS_E_NO_MEMORY)->close, "out of memory");
}

/* The first credential of this socket is good. */
static void enter(struct conn *c, const struct auth_answer *a)
{
    const struct cs_who *who = &a->entered->who;

    if (conns_of_user(c->gw, &who->user_id) >= c->gw->cfg.sockets_per_user) {
        conn_close(c, 4008, "too many sockets of this user");
        return;
    }
    hub_conn_init(&c->hub, &who->user_id);
    c->state = CONN_READY;
    admit(c, who);
    userlog_enter(c, a->entered->last_useq);
    if (c->dialect && c->dialect->entered)
        c->dialect->entered(c);
    if (c->dialect)
        greet(c, a);
    conn_ack(c, a->ref);
    if (!hear(c))
        conn_close(c, cs_err_row(CS_E_NO_MEMORY)->close, "try again later");
}

/* A newer credential of the same user: whoever says how far he has heard his log goes on from there. */
static void go_on(struct conn *c, const struct auth_answer *a)
{
    struct cs_buf *b = fanout_scratch(c->gw);
    struct dialect_ack ack = {.ref = a->ref};

    admit(c, &a->entered->who);
    c->user_log.last = a->entered->last_useq;
    if (a->place->set && c->person) {
        (void)userlog_resume(c, a->place->after, a->place->epoch);
        ack.user_log = &c->user_log;
    }
    if (c->dialect && c->dialect->ack && a->ref[0]) {
        c->dialect->ack(b, &ack);
        conn_queue(c, cs_buf_view(b));
    }
}

/* A socket hears the rooms that it has joined as what it was then: an application's token renewed by
 * its owner's would leave the owner in rooms that are closed to him. */
static enum cs_rc may_enter(const struct conn *c, const struct cs_who *who, struct cs_err *err)
{
    bool known = c->state == CONN_READY;

    if (known && !cs_uuid_eq(&c->hub.user, &who->user_id))
        return cs_fail_detail(err, CS_E_UNAUTHORIZED, "The token is of another user");
    if (known && c->person != is_person(who))
        return cs_fail_detail(err, CS_E_UNAUTHORIZED, "The token is of another type");
    return cs_rights_allow(who->rights, CS_MAY_READ) ? CS_OK : cs_fail(err, CS_E_FORBIDDEN);
}

void op_authenticated(struct conn *c, const struct auth_answer *a)
{
    const struct cs_who *who = a->entered ? &a->entered->who : NULL;
    struct cs_err no;

    if (!who || may_enter(c, who, &no) != CS_OK) {
        refuse(c, a->ref, who ? &no : a->err);
        return;
    }
    c->gw->count.auths++;
    remember(c, who, a->expires_s);
    if (c->state == CONN_READY)
        go_on(c, a);
    else
        enter(c, a);
    conn_release_held(c);
}
