/* actor.h - the sender of a request as the one who changes what is somebody else's. */
#ifndef ACTOR_H
#define ACTOR_H

#include "req.h"
#include "store_account.h"

static inline struct store_actor actor_of(const struct req *r)
{
    return (struct store_actor){.id = r->who.user_id, .ip = r->head.remote_addr};
}

#endif
