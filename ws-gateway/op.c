/* op.c - the operation table, and what every operation has to pass; see op.h. */
#include "op.h"

#include "cs_clock.h"
#include "dialect.h"
#include "history.h"

enum { PATIENCE_FRAMES = 60 }; /* refused frames in a row before the socket is closed (4008) */

static const struct cs_field auth_fields[] = {
    CS_FIELD_BYTES(struct op_in, token, "token", CS_F_REQUIRED, 1, WS_TOKEN_MAX),
    CS_FIELD_INT(struct op_in, user_after, "userAfter", 0, 0, INT64_MAX),
    CS_FIELD_TEXT(struct op_in, epoch, "epoch", 0, 0, GW_EPOCH_MAX),
};
static const struct cs_field join_fields[] = {
    CS_FIELD_UUID(struct op_in, room, "roomId", CS_F_REQUIRED),
    CS_FIELD_INT(struct op_in, after, "after", 0, 0, INT64_MAX),
    CS_FIELD_TEXT(struct op_in, epoch, "epoch", 0, 0, GW_EPOCH_MAX),
};
static const struct cs_field join_all_fields[] = {
    CS_FIELD_OBJECTS(struct op_in, places, "rooms", 0, 0, OP_PLACES_MAX),
    CS_FIELD_TEXT(struct op_in, epoch, "epoch", 0, 0, GW_EPOCH_MAX),
};
static const struct cs_field leave_fields[] = {
    CS_FIELD_UUID(struct op_in, room, "roomId", CS_F_REQUIRED),
};
static const struct cs_field message_fields[] = {
    CS_FIELD_UUID(struct op_in, room, "roomId", CS_F_REQUIRED),
    CS_FIELD_TEXT(struct op_in, content, "content", CS_F_REQUIRED, 1, OP_CONTENT_MAX),
    CS_FIELD_TEXT(struct op_in, client_id, "clientId", CS_F_REQUIRED, 1, OP_CLIENT_ID_MAX),
    CS_FIELD_UUID(struct op_in, parent, "parentId", 0),
};
static const struct cs_field edit_fields[] = {
    CS_FIELD_UUID(struct op_in, room, "roomId", CS_F_REQUIRED),
    CS_FIELD_UUID(struct op_in, message, "messageId", CS_F_REQUIRED),
    CS_FIELD_TEXT(struct op_in, content, "content", CS_F_REQUIRED, 1, OP_CONTENT_MAX),
};
static const struct cs_field delete_fields[] = {
    CS_FIELD_UUID(struct op_in, room, "roomId", CS_F_REQUIRED),
    CS_FIELD_UUID(struct op_in, message, "messageId", CS_F_REQUIRED),
};
static const struct cs_field reaction_fields[] = {
    CS_FIELD_UUID(struct op_in, room, "roomId", CS_F_REQUIRED),
    CS_FIELD_UUID(struct op_in, message, "messageId", CS_F_REQUIRED),
    CS_FIELD_BYTES(struct op_in, emoji, "emoji", CS_F_REQUIRED, 1, 64), /* as the route takes it */
};
static const struct cs_field history_fields[] = {
    CS_FIELD_UUID(struct op_in, room, "roomId", CS_F_REQUIRED),
    CS_FIELD_INT(struct op_in, before, "before", 0, 0, INT64_MAX),
    CS_FIELD_INT(struct op_in, limit, "limit", 0, 1, HISTORY_MAX),
};

static const struct cs_field presence_fields[] = {
    CS_FIELD_CHOICE(struct op_in, status, "status", CS_F_REQUIRED, "online|away|busy"),
};
static const struct cs_field read_fields[] = {
    CS_FIELD_UUID(struct op_in, room, "roomId", CS_F_REQUIRED),
    CS_FIELD_INT(struct op_in, seq, "seq", CS_F_REQUIRED, 0, INT64_MAX),
};
static const struct cs_field typing_fields[] = {
    CS_FIELD_UUID(struct op_in, room, "roomId", CS_F_REQUIRED),
};

#define FIELDS(f) f, sizeof f / sizeof *f

static const struct op_row rows[] = {
    {"auth", OP_NEEDS_NOTHING, FIELDS(auth_fields), op_auth, "present a credential, or a newer one"},
    {"join", OP_NEEDS_USER, FIELDS(join_fields), op_join, "hear a room, from (epoch, after) on"},
    {"join_all", OP_NEEDS_USER, FIELDS(join_all_fields), op_join_all, "hear all one's rooms"},
    {"leave", OP_NEEDS_USER, FIELDS(leave_fields), op_leave, "hear a room no more"},
    {"message", OP_NEEDS_USER, FIELDS(message_fields), op_message, "send, once per clientId"},
    {"presence", OP_NEEDS_USER, FIELDS(presence_fields), op_presence, "is online, away or busy at this socket"},
    {"read", OP_NEEDS_USER, FIELDS(read_fields), op_read, "has read a room up to seq"},
    {"typing", OP_NEEDS_USER, FIELDS(typing_fields), op_typing, "is writing in a room that it has joined"},
    {"edit", OP_NEEDS_USER, FIELDS(edit_fields), op_edit, "say it in other words"},
    {"delete", OP_NEEDS_USER, FIELDS(delete_fields), op_delete, "take a message back"},
    {"react", OP_NEEDS_USER, FIELDS(reaction_fields), op_react, "give a message an emoji"},
    {"unreact", OP_NEEDS_USER, FIELDS(reaction_fields), op_unreact, "take it back"},
    {"history", OP_NEEDS_USER, FIELDS(history_fields), op_history, "a page of what was said, with the ack"},
    {"ping", OP_NEEDS_NOTHING, NULL, 0, op_ping, "an ack, to see that the line is alive"},
};

const struct op_row *op_find(struct cs_str type)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (cs_str_is(type, rows[i].type))
            return &rows[i];
    return NULL;
}

_Static_assert(sizeof rows / sizeof *rows < GW_OPS, "metrics.h has no room for them");

const char *op_name(size_t i)
{
    return i < sizeof rows / sizeof *rows ? rows[i].type : NULL;
}

void op_list(FILE *out)
{
    static const char *const needs[] = {[OP_NEEDS_NOTHING] = "anyone", [OP_NEEDS_USER] = "user"};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fprintf(out, "%-10s %-8s %-50s", rows[i].type, needs[rows[i].need], rows[i].about);
        for (size_t f = 0; f < rows[i].nfields; f++)
            fprintf(out, " %s%s", rows[i].fields[f].name,
                    rows[i].fields[f].flags & CS_F_REQUIRED ? "" : "?");
        fputc('\n', out);
    }
}

/* Joins are counted apart: who comes back joins all his rooms at once. So are reads: who is busy reading
 * may still answer. */
static int take_frame(struct conn *c, const struct op_row *row)
{
    const struct cs_cfg *cfg = &c->gw->cfg;
    uint64_t now_ms = cs_clock_mono_ms();

    if (row && (row->run == op_join || row->run == op_join_all || row->run == op_join_paged))
        return bucket_take(&c->joins, cfg->frames_per_min, cfg->rooms_per_socket, now_ms);
    if (row && row->run == op_read)
        return bucket_take(&c->reads, cfg->frames_per_min, cfg->frames_burst, now_ms);
    return bucket_take(&c->frames, cfg->frames_per_min, cfg->frames_burst, now_ms);
}

/* Where it is counted: a row of a dialect's own as the one of the table whose type it has. */
static size_t index_of(const struct op_row *row)
{
    const struct op_row *at = row ? op_find(cs_str_c(row->type)) : NULL;

    return at ? (size_t)(at - rows) : GW_OPS - 1;
}

/* True when the frame may pass; else it has been answered. */
static bool within_rate(struct conn *c, const struct op_row *row, const char *ref)
{
    struct cs_err err;
    int wait_ms = take_frame(c, row);

    c->gw->count.frames_in[index_of(row)]++;
    if (!wait_ms) {
        c->refused = 0;
        return true;
    }
    if (++c->refused > PATIENCE_FRAMES) {
        conn_close(c, 4008, "rate");
        return false;
    }
    (void)cs_fail(&err, CS_E_RATE);
    err.retry_after_ms = wait_ms;
    conn_error(c, ref, &err);
    return false;
}

static bool has_what_it_needs(struct conn *c, const struct op_row *row, const char *ref)
{
    struct cs_err err;

    if (row->need == OP_NEEDS_NOTHING || c->state == CONN_READY)
        return true;
    (void)cs_fail_detail(&err, CS_E_UNAUTHORIZED, "Authenticate first");
    conn_error(c, ref, &err);
    return false;
}

void op_run(struct conn *c, const struct op_row *row, const struct op_in *in)
{
    if (within_rate(c, row, in->ref) && has_what_it_needs(c, row, in->ref))
        row->run(c, in);
}

void op_refuse(struct conn *c, const struct op_row *row, const char *ref, const struct cs_err *err)
{
    if (within_rate(c, row, ref))
        conn_error(c, ref, err);
}

void op_ping(struct conn *c, const struct op_in *in)
{
    conn_ack(c, in->ref);
}
