/* cs_model.h - the nouns as the programs pass them around: plain structs, texts borrowed.
 *
 * The store fills them from rows, the wire and the handlers read them. Times are PostgreSQL's text
 * of a timestamptz in UTC (cs_jw_pg_time prints them); a text with .p NULL is absent.
 */
#ifndef CS_MODEL_H
#define CS_MODEL_H

#include "cs_id.h"
#include "cs_str.h"

struct cs_message {
    struct cs_uuid id, room_id, sender_id;
    struct cs_uuid parent_id; /* nil: no reply */
    uint64_t seq, rev;
    int64_t reply_count;
    struct cs_str sender_name, client_id, kind, content;
    struct cs_str meta, reactions; /* JSON */
    struct cs_str created_at, edited_at, deleted_at;
};

/* A row of the durable log of a room: a message when kind is new_message, else an event. */
struct cs_event {
    struct cs_uuid room_id, actor_id, subject_id; /* nil where there is none */
    uint64_t seq, target_seq;                     /* target_seq 0: no message concerned */
    struct cs_str kind, data, subject_name, created_at;
    struct cs_message msg; /* of new_message, or the target's present state; with seq 0 only its id is
                              known, because not everybody who hears of the change may see it */
};

/* Who a request or a socket is, by the guard's statement. */
struct cs_who {
    struct cs_uuid user_id, cred_id;
    struct cs_str username, role;  /* ADMIN, MODERATOR, MEMBER */
    struct cs_str cred_kind;       /* session or api_token */
    struct cs_str token_type;      /* USER, CLIENT; absent for sessions */
    unsigned rights;               /* enum cs_rights */
};

#endif
