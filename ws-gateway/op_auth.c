/* op_auth.c - who is at the other end: at the handshake, in a first frame, and again before a token
 * expires. The signature is checked here, the session by the database. */
#include "cs_clock.h"
#include "dialect.h"
#include "fanout.h"
#include "op.h"
#include "reader.h"

/* A credential that is no good ends the socket: 1008 for a new one (003 documents it), 4401 for one
 * that had been good. A database that is away ends it with 1013, to be tried again. */
static void refuse(struct conn *c, const char *ref, const struct cs_err *err)
{
    conn_error(c, ref, err);
    conn_flush(c);
    if (err->rc == CS_E_UNAVAILABLE || err->rc == CS_E_NO_MEMORY)
        conn_close(c, cs_err_row(err->rc)->close, "try again later");
    else if (c->state == CONN_READY)
        conn_close(c, cs_err_row(CS_E_UNAUTHORIZED)->close, "invalid or expired token");
    else
        conn_close(c, 1008, "invalid or expired token");
}

void op_authenticate(struct conn *c, const char *ref, struct cs_str token)
{
    struct store_cred cred;
    struct cs_err err;
    enum cs_rc rc = store_cred_read(token, &c->gw->keys, cs_clock_wall_s(), &cred, &err);

    if (rc == CS_OK)
        rc = reader_authenticate(c->gw->reader, c, ref, &cred, &err);
    if (rc != CS_OK) {
        refuse(c, ref, &err);
        return;
    }
    if (c->state == CONN_NEW)
        c->state = CONN_AUTHENTICATING;
}

void op_auth(struct conn *c, const struct op_in *in)
{
    struct cs_err err;

    if (c->state == CONN_AUTHENTICATING) {
        (void)cs_fail_detail(&err, CS_E_BAD_REQUEST, "Another authentication is under way");
        conn_error(c, in->ref, &err);
        return;
    }
    op_authenticate(c, in->ref, in->token);
}

static void remember(struct conn *c, const struct cs_who *who, int64_t expires_s)
{
    c->cred_id = who->cred_id;
    c->expires_s = expires_s;
    (void)snprintf(c->cred_kind, sizeof c->cred_kind, CS_STR_FMT, CS_STR_ARG(who->cred_kind));
    (void)snprintf(c->username, sizeof c->username, CS_STR_FMT, CS_STR_ARG(who->username));
}

/* The first credential of this socket is good. */
static void enter(struct conn *c, const struct cs_who *who)
{
    struct cs_buf *b = fanout_scratch(c->gw);

    if (conns_of_user(c->gw, &who->user_id) >= c->gw->cfg.sockets_per_user) {
        conn_close(c, 4008, "too many sockets of this user");
        return;
    }
    hub_conn_init(&c->hub, &who->user_id);
    c->state = CONN_READY;
    if (c->dialect) {
        c->dialect->welcome(b, c);
        conn_queue(c, cs_buf_view(b));
    }
    /* An undecided socket hears the lobby from the position at which it connected. */
    c->lobby_pending = !c->dialect || c->dialect->in_lobby;
    if (c->lobby_pending)
        op_join_room(c, "", &CS_LOBBY_ID, -1, (struct cs_str){NULL, 0});
}

void op_authenticated(struct conn *c, const char *ref, const struct cs_who *who, int64_t expires_s,
                      const struct cs_err *err)
{
    struct cs_err other;

    if (!who) {
        refuse(c, ref, err);
        return;
    }
    if (c->state == CONN_READY && !cs_uuid_eq(&c->hub.user, &who->user_id)) {
        (void)cs_fail_detail(&other, CS_E_UNAUTHORIZED, "The token is of another user");
        refuse(c, ref, &other);
        return;
    }
    remember(c, who, expires_s);
    if (c->state != CONN_READY)
        enter(c, who);
    conn_ack(c, ref);
    conn_release_held(c);
}
