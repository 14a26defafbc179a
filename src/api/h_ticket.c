/* h_ticket.c - a ticket opens one socket as whoever asked for it: browsers cannot put a credential
 * into the head of a WebSocket's handshake, and an address is written into too many logs to hold
 * one that lasts. */
#include "handlers.h"
#include "req.h"
#include "store_ticket.h"

enum { TICKET_S = 30 };

enum cs_rc ticket_ask(struct req *r, struct cs_err *err)
{
    uint8_t hash[CS_SHA256_BYTES];
    struct cs_call call;
    struct store_new_ticket ticket = {.hash = hash, .who = &r->who, .ttl_s = TICKET_S,
                                      .cred_expires_s = r->cred.expires_s};

    cs_token_make(CS_TOKEN_TICKET, &r->secret);
    cs_token_hash(cs_token_str(&r->secret), hash);
    store_ticket_make_call(&call, &r->arena, &ticket);
    return req_send(r, &call, err);
}

enum cs_rc ticket_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = req_recv(r, &rows, err);

    if (rc != CS_OK)
        return rc;
    struct cs_jw w = resp_json(&r->resp, 201);
    cs_jw_obj_begin(&w);
    cs_jw_kv_str(&w, "ticket", cs_token_str(&r->secret));
    cs_jw_kv_i64(&w, "expiresIn", TICKET_S);
    cs_jw_obj_end(&w);
    return CS_OK;
}
