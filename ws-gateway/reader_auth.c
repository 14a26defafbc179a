/* reader_auth.c - whose a credential is, or a ticket for one; see reader.h. */
#include "cs_clock.h"
#include "reader_internal.h"
#include "store_ticket.h"

enum { AUTHS_IN_FLIGHT = 256 };

struct auth_wait {
    struct auth_wait *next;
    struct reader *r;
    struct conn_ref from;
    struct store_cred cred;
    bool ticket; /* cred.hash is of a ticket for a credential, which the answer names */
    struct user_place place;
    uint64_t born_ms;
    char ref[];
};

static struct auth_wait *auth_push(struct reader *r, const struct conn *c, const char *ref,
                                   const struct store_cred *cred)
{
    size_t len = strlen(ref) + 1;
    struct auth_wait *w = calloc(1, sizeof *w + len);

    if (!w)
        return NULL;
    w->r = r;
    w->from = c->ref;
    w->cred = *cred;
    w->born_ms = cs_clock_mono_ms();
    memcpy(w->ref, ref, len);
    *r->auths_end = w;
    r->auths_end = &w->next;
    return w;
}

enum cs_rc reader_authenticate(struct reader *r, const struct conn *c, const char *ref,
                               const struct store_cred *cred, const struct user_place *place,
                               struct cs_err *err)
{
    struct auth_wait *w = auth_push(r, c, ref, cred);

    if (!w)
        return cs_fail(err, CS_E_NO_MEMORY);
    if (place)
        w->place = *place;
    return CS_OK;
}

enum cs_rc reader_take_ticket(struct reader *r, const struct conn *c,
                              const uint8_t hash[CS_SHA256_BYTES], struct cs_err *err)
{
    struct store_cred cred = {.expires_s = 0};

    memcpy(cred.hash, hash, sizeof cred.hash);
    struct auth_wait *w = auth_push(r, c, "", &cred);
    if (!w)
        return cs_fail(err, CS_E_NO_MEMORY);
    w->ticket = true;
    return CS_OK;
}

static void auth_answer(struct auth_wait *w, const struct store_entered *entered,
                        const struct cs_err *err)
{
    struct auth_answer a = {.ref = w->ref, .entered = entered, .expires_s = w->cred.expires_s,
                            .place = &w->place, .err = err};

    if (entered)
        op_note_epoch(w->r->gw, entered->epoch);
    struct conn *c = conn_find(w->r->gw, w->from); /* after the epoch: it may close connections */
    if (c)
        op_authenticated(c, &a);
    free(w);
}

static bool auth_read(struct auth_wait *w, const struct cs_rows *rows, struct store_entered *out)
{
    return w->ticket ? store_ticket_take_read(rows, out, &w->cred.expires_s)
                     : store_enter_read(rows, out);
}

static void auth_done(void *arg, enum cs_rc rc, const struct cs_rows *rows,
                      const struct cs_err *err)
{
    struct auth_wait *w = arg;
    struct store_entered entered;
    struct cs_err no;

    w->r->auths_in_flight--;
    if (rc != CS_OK) {
        (void)cs_fail_log(&no, CS_E_UNAVAILABLE, "%s", err->log);
        auth_answer(w, NULL, &no);
    } else if (!auth_read(w, &rows[0], &entered)) {
        (void)cs_fail(&no, CS_E_UNAUTHORIZED);
        auth_answer(w, NULL, &no);
    } else {
        auth_answer(w, &entered, NULL);
    }
}

static struct auth_wait *auths_pop(struct reader *r)
{
    struct auth_wait *w = r->auths;

    r->auths = w->next;
    if (!r->auths)
        r->auths_end = &r->auths;
    return w;
}

void reader_ask_auths(struct reader *r)
{
    struct cs_call call;
    struct cs_err err;

    while (r->auths && r->auths_in_flight < AUTHS_IN_FLIGHT) {
        struct auth_wait *w = auths_pop(r);
        if (w->ticket)
            store_ticket_take_call(&call, &r->gw->arena, w->cred.hash);
        else
            store_enter_call(&call, &r->gw->arena, &w->cred);
        r->auths_in_flight++;
        if (cs_dbc_submit(r->db.c, &call, 1, auth_done, w, &err) != CS_OK) {
            r->auths_in_flight--;
            auth_answer(w, NULL, &err);
        }
        cs_arena_reset(&r->gw->arena);
    }
}

void reader_expire_auths(struct reader *r, uint64_t now_ms, const struct cs_err *err)
{
    while (r->auths && reader_gives_up(r, r->auths->born_ms, now_ms))
        auth_answer(auths_pop(r), NULL, err);
}

void reader_free_auths(struct reader *r)
{
    while (r->auths)
        free(auths_pop(r));
}
