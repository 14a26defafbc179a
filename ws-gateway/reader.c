/* reader.c - see reader.h, and reader_internal.h for which file does what. */
#include "reader_internal.h"
#include "store_name.h"
#include "store_page.h"
#include "store_search.h"
#include "store_seen.h"
#include "store_ticket.h"
#include "store_user_events.h"

static const struct cs_stmt *const reader_stmts[] = {
    &store_enter_jwt_stmt, &store_enter_session_stmt, &store_enter_token_stmt,
    &store_user_log_stmt,  &store_user_positions_stmt,
    &store_guard_held_stmt,
    &store_join_stmt,      &store_log_stmt,           &store_positions_stmt,
    &store_log_epoch_stmt, &store_ended_stmt,         &store_ticket_take_stmt,
    &store_seen_stmt,      &store_index_stmt,         &store_page_before_stmt,
    &store_join_every_stmt,
    &store_names_stmt,
    NULL,
};

static void epoch_done(void *arg, enum cs_rc rc, const struct cs_rows *rows,
                       const struct cs_err *err)
{
    struct reader *r = arg;

    (void)err; /* then the next join says it */
    if (rc == CS_OK && cs_rows_count(&rows[0]) == 1)
        op_note_epoch(r->gw, cs_rows_str(&rows[0], 0, 0));
}

/* A new connection may be to a server that was failed over to: its epoch comes before anything
 * else. */
static void reader_up(void *owner)
{
    struct reader *r = owner;
    struct cs_call call;
    struct cs_err err;

    store_epoch_call(&call, &r->gw->arena);
    if (cs_dbc_submit(r->db.c, &call, 1, epoch_done, r, &err) == CS_OK)
        reader_pump(r);
}

struct reader *reader_new(struct gw *gw)
{
    struct reader *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->gw = gw;
    r->auths_end = &r->auths;
    r->joins_end = &r->joins;
    store_log_bufs_init(&r->bufs);
    r->db = (struct gwdb){.up = reader_up, .owner = r};
    if (!gwdb_init(&r->db, gw, "reader", reader_stmts)) {
        reader_free(r);
        return NULL;
    }
    return r;
}

void reader_free(struct reader *r)
{
    if (!r)
        return;
    gwdb_release(&r->db);
    store_log_bufs_release(&r->bufs);
    reader_free_auths(r);
    reader_free_joins(r);
    free(r->fetches);
    free(r);
}

enum cs_rc reader_submit_all(struct reader *r, const struct cs_call *calls, int n,
                             cs_dbc_done *done, void *arg, struct cs_err *err)
{
    return cs_dbc_submit(r->db.c, calls, n, done, arg, err);
}

enum cs_rc reader_submit(struct reader *r, const struct cs_call *call, cs_dbc_done *done, void *arg,
                         struct cs_err *err)
{
    return reader_submit_all(r, call, 1, done, arg, err);
}

bool reader_is_up(const struct reader *r)
{
    return cs_dbc_up(r->db.c);
}

const char *reader_epoch_base(const struct reader *r)
{
    return cs_dbc_facts(r->db.c)->epoch_base;
}

/* --- time ------------------------------------------------------------------------------------- */

void reader_pump(struct reader *r)
{
    if (!cs_dbc_up(r->db.c))
        return;
    reader_ask_auths(r);
    reader_ask_joins(r);
    reader_ask_log(r);
}

void reader_tick(struct reader *r, uint64_t now_ms)
{
    struct cs_err err;

    cs_dbc_tick(r->db.c, now_ms);
    if (cs_dbc_up(r->db.c)) {
        reader_ask_positions(r);
        return;
    }
    (void)cs_fail(&err, CS_E_UNAVAILABLE);
    reader_expire_auths(r, now_ms, &err);
    reader_expire_joins(r, now_ms, &err);
    reader_fail_fetches(r);
}
