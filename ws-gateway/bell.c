/* bell.c - see bell.h. */
#include "bell.h"

#include "cs_bus.h"
#include "cs_clock.h"
#include "gwdb.h"
#include "store_post.h"

enum {
    SPACING_MS = 2,
    PENDING_MAX = 512, /* rooms that wait to be rung; further ones are left to the poll */
    TELLING_MAX = 2048, /* ephemera that wait, twice what reads.c tells at once; further ones are lost */
};

struct telling {
    size_t len;
    char body[CS_BUS_BODY_MAX];
};

struct bell {
    struct gw *gw;
    struct gwdb db;
    struct loop_timer *timer;
    struct cs_bus_entry pending[PENDING_MAX];
    size_t npending;
    struct telling telling[TELLING_MAX];
    size_t ntelling;
    bool in_flight;
    uint64_t last_ms;
};

static const struct cs_stmt *const bell_stmts[] = {&store_bell_stmt, NULL};

static void on_timer(void *ctx)
{
    bell_pump(ctx);
}

static void bell_up(void *owner)
{
    bell_pump(owner);
}

struct bell *bell_new(struct gw *gw)
{
    struct bell *b = calloc(1, sizeof *b);

    if (!b)
        return NULL;
    b->gw = gw;
    b->db = (struct gwdb){.up = bell_up, .owner = b};
    b->timer = loop_timer_new(gw->loop, on_timer, b);
    if (!b->timer || !gwdb_init(&b->db, gw, "bell", bell_stmts)) {
        bell_free(b);
        return NULL;
    }
    return b;
}

void bell_free(struct bell *b)
{
    if (!b)
        return;
    gwdb_release(&b->db);
    loop_timer_free(b->timer);
    free(b);
}

void bell_tick(struct bell *b, uint64_t now_ms)
{
    cs_dbc_tick(b->db.c, now_ms);
}

static void done(void *arg, enum cs_rc rc, const struct cs_rows *rows, const struct cs_err *err)
{
    struct bell *b = arg;

    (void)rc;
    (void)rows;
    (void)err; /* a failed bell fails nothing: the poll finds what it would have told */
    b->in_flight = false;
}

/* Moves as many rooms as fit into one payload. */
static void fill_rooms(struct bell *b, struct cs_buf *payload)
{
    size_t n = 0;

    while (n < b->npending && cs_bus_add(payload, &b->pending[n]))
        n++;
    b->npending -= n;
    memmove(b->pending, b->pending + n, b->npending * sizeof *b->pending);
}

/* Likewise ephemera, behind the name of this gateway, which does not hear them again. */
static void fill_telling(struct bell *b, struct cs_buf *payload)
{
    struct cs_bus_entry own = {.kind = CS_BUS_SELF, .id = b->gw->id};
    size_t n = 0;

    if (!b->ntelling || !cs_bus_add(payload, &own))
        return;
    for (; n < b->ntelling; n++) {
        struct cs_bus_entry e = {.kind = CS_BUS_EPHEMERA};
        e.body = cs_str_n(b->telling[n].body, b->telling[n].len);
        if (!cs_bus_add(payload, &e))
            break;
    }
    b->ntelling -= n;
    memmove(b->telling, b->telling + n, b->ntelling * sizeof *b->telling);
}

void bell_pump(struct bell *b)
{
    uint64_t now = cs_clock_mono_ms();
    struct cs_buf payload;
    struct cs_call call;
    struct cs_err err;

    if (b->in_flight || (!b->npending && !b->ntelling) || !cs_dbc_up(b->db.c))
        return;
    if (now < b->last_ms + SPACING_MS) {
        loop_timer_once(b->timer, SPACING_MS);
        return;
    }
    cs_buf_init(&payload, CS_BUS_PAYLOAD_MAX);
    fill_rooms(b, &payload);
    fill_telling(b, &payload);
    store_bell_call(&call, &b->gw->arena, cs_buf_view(&payload));
    b->last_ms = now;
    b->in_flight = cs_dbc_submit(b->db.c, &call, 1, done, b, &err) == CS_OK;
    b->gw->count.bells_sent += b->in_flight;
    cs_buf_release(&payload);
}

static void ring(struct bell *b, const struct cs_bus_entry *e)
{
    struct gw_counters *count = &b->gw->count;

    count->rings++;
    for (size_t i = 0; i < b->npending; i++) {
        struct cs_bus_entry *p = &b->pending[i];
        if (p->kind != e->kind || !cs_uuid_eq(&p->id, &e->id))
            continue;
        if (e->seq > p->seq)
            p->seq = e->seq;
        count->rings_merged++;
        return;
    }
    if (b->npending < PENDING_MAX)
        b->pending[b->npending++] = *e;
    else
        count->rings_dropped++;
}

void bell_ring_room(struct bell *b, const struct cs_uuid *room, uint64_t seq)
{
    ring(b, &(struct cs_bus_entry){.kind = CS_BUS_ROOM, .id = *room, .seq = seq});
}

void bell_ring_user(struct bell *b, const struct cs_uuid *user)
{
    ring(b, &(struct cs_bus_entry){.kind = CS_BUS_USER, .id = *user});
}

static struct telling *waiting(struct bell *b, struct cs_str key)
{
    for (size_t i = 0; i < b->ntelling; i++)
        if (b->telling[i].len >= key.len && memcmp(b->telling[i].body, key.p, key.len) == 0)
            return &b->telling[i];
    return NULL;
}

void bell_tell(struct bell *b, struct cs_str body, size_t key)
{
    struct telling *t = waiting(b, cs_str_n(body.p, key));

    if (!body.len || body.len > CS_BUS_BODY_MAX || !cs_dbc_up(b->db.c))
        return;
    if (!t && b->ntelling == TELLING_MAX)
        return;
    if (!t)
        t = &b->telling[b->ntelling++];
    t->len = body.len;
    memcpy(t->body, body.p, body.len);
}

void bell_ring_self(struct bell *b, uint64_t n)
{
    ring(b, &(struct cs_bus_entry){.kind = CS_BUS_SELF, .id = b->gw->id, .seq = n});
}
