/* rates.c - see rates.h. A bucket is made when somebody writes and forgotten when it is full again,
 * some seconds later: so there are as many as there are people who are writing. */
#include "rates.h"

#include "idx.h"

#include <stdlib.h>

enum {
    BUCKETS_MAX = 65536,
    SWEEP_MS = 1000,
};

struct pace {
    int64_t per_min, burst;
};

struct allowance {
    struct idx_node by_user;
    struct allowance *next;
    struct cs_uuid room; /* nil: of changes */
    struct bucket bucket;
};

struct rates {
    const struct cs_cfg *cfg;
    struct idx users;
    struct allowance *all;
    size_t n;
    uint64_t swept_ms;
};

static double refilled(const struct bucket *b, struct pace pace, uint64_t now_ms)
{
    double tokens = b->tokens + (double)(now_ms - b->at_ms) * (double)pace.per_min / 60000.0;

    return !b->at_ms || tokens > (double)pace.burst ? (double)pace.burst : tokens;
}

int bucket_take(struct bucket *b, int64_t per_min, int64_t burst, uint64_t now_ms)
{
    b->tokens = refilled(b, (struct pace){per_min, burst}, now_ms);
    b->at_ms = now_ms;
    if (b->tokens < 1.0)
        return (int)((1.0 - b->tokens) * 60000.0 / (double)per_min) + 1;
    b->tokens -= 1.0;
    return 0;
}

struct rates *rates_new(const struct cs_cfg *cfg)
{
    struct rates *l = calloc(1, sizeof *l);

    if (!l)
        return NULL;
    l->cfg = cfg;
    if (!idx_init(&l->users)) {
        free(l);
        return NULL;
    }
    return l;
}

void rates_free(struct rates *l)
{
    if (!l)
        return;
    while (l->all) {
        struct allowance *next = l->all->next;
        free(l->all);
        l->all = next;
    }
    idx_release(&l->users);
    free(l);
}

static struct allowance *find(const struct rates *l, const struct cs_uuid *user,
                              const struct cs_uuid *room)
{
    for (struct idx_node *at = idx_first(&l->users, user); at; at = idx_next(at)) {
        struct allowance *a = (struct allowance *)(void *)at; /* its first member */
        if (cs_uuid_eq(&a->room, room))
            return a;
    }
    return NULL;
}

static struct allowance *add(struct rates *l, const struct cs_uuid *user,
                             const struct cs_uuid *room)
{
    struct allowance *a = l->n < BUCKETS_MAX ? calloc(1, sizeof *a) : NULL;

    if (!a)
        return NULL;
    a->room = *room;
    a->next = l->all;
    l->all = a;
    l->n++;
    idx_put(&l->users, &a->by_user, user);
    return a;
}

static struct pace pace_of(const struct rates *l, const struct cs_uuid *room)
{
    const struct cs_cfg *cfg = l->cfg;

    if (cs_uuid_is_nil(room)) /* as over HTTP: a minute's at once */
        return (struct pace){cfg->writes_per_min, cfg->writes_per_min};
    return (struct pace){cfg->messages_per_min, cfg->messages_burst};
}

static int take(struct rates *l, const struct cs_uuid *user, const struct cs_uuid *room,
                uint64_t now_ms)
{
    struct pace pace = pace_of(l, room);
    struct allowance *a = find(l, user, room);

    if (!pace.per_min) /* nobody is limited */
        return 0;
    if (!a)
        a = add(l, user, room);
    return a ? bucket_take(&a->bucket, pace.per_min, pace.burst, now_ms) : 0;
}

int rates_message(struct rates *l, const struct cs_uuid *user, const struct cs_uuid *room,
                   uint64_t now_ms)
{
    return take(l, user, room, now_ms);
}

int rates_change(struct rates *l, const struct cs_uuid *user, uint64_t now_ms)
{
    static const struct cs_uuid all_rooms;

    return take(l, user, &all_rooms, now_ms);
}

void rates_tick(struct rates *l, uint64_t now_ms)
{
    if (now_ms < l->swept_ms + SWEEP_MS)
        return;
    l->swept_ms = now_ms;
    for (struct allowance **at = &l->all; *at;) {
        struct allowance *a = *at;
        struct pace pace = pace_of(l, &a->room);
        if (pace.per_min && refilled(&a->bucket, pace, now_ms) < (double)pace.burst) {
            at = &a->next;
            continue;
        }
        *at = a->next;
        idx_take(&l->users, &a->by_user);
        free(a);
        l->n--;
    }
}
