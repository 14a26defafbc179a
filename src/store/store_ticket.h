/* store_ticket.h - tickets that open one socket (contract, POST /api/ws-ticket).
 *
 * The worker makes them, the gateway takes them. They come here as SHA-256 only.
 */
#ifndef STORE_TICKET_H
#define STORE_TICKET_H

#include "store_guard.h"

struct store_new_ticket {
    const uint8_t *hash;       /* CS_SHA256_BYTES; borrowed until the call is sent */
    const struct cs_who *who;  /* who asks, by which credential */
    int64_t cred_expires_s;    /* of an access token, since 1970; 0: the database knows */
    int64_t ttl_s;
};

/* One row without meaning. */
void store_ticket_make_call(struct cs_call *call, struct cs_arena *arena,
                            const struct store_new_ticket *t);

/* Uses the ticket up: a writing call. The hash is borrowed until the call is sent. */
void store_ticket_take_call(struct cs_call *call, struct cs_arena *arena, const uint8_t *hash);

/* Who comes with it, as the reading guard says it, and when his access token ends (since 1970; 0:
 * the database knows). False: the ticket, or the credential behind it, is not good. */
bool store_ticket_take_read(const struct cs_rows *rows, struct store_entered *out,
                            int64_t *cred_expires_s);

extern const struct cs_stmt store_ticket_make_stmt, store_ticket_take_stmt;

#endif
