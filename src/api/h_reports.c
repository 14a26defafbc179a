/* h_reports.c - members tell those who keep order about a message; these see it and close it. */
#include "handlers.h"
#include "inroom.h"
#include "store_report.h"

static void put_report(struct cs_jw *w, const struct store_report *report)
{
    cs_jw_obj_begin(w);
    cs_jw_kv_uuid(w, "id", &report->id);
    cs_jw_kv_uuid(w, "messageId", &report->message);
    cs_jw_kv_uuid(w, "reporterId", &report->reporter);
    cs_jw_kv_str_opt(w, "reason", report->reason);
    cs_jw_kv_pg_time(w, "createdAt", report->created_at);
    cs_jw_kv_pg_time(w, "resolvedAt", report->resolved_at);
    cs_jw_obj_end(w);
}

/* --- reporting -------------------------------------------------------------------------------- */

struct report_in {
    struct cs_str reason;
};

static const struct cs_field report_fields[] = {
    CS_FIELD_TEXT(struct report_in, reason, "reason", 0, 1, 1000),
};
const struct form report_form = {
    .fields = report_fields,
    .n = sizeof report_fields / sizeof *report_fields,
    .size = sizeof(struct report_in),
    .may_be_empty = true,
};

enum cs_rc report_make_ask(struct req *r, struct cs_err *err)
{
    const struct report_in *in = r->body;
    struct store_acting who = inroom_acting(r);
    struct cs_call call;

    store_report_make_call(&call, &r->arena, &r->new_id, &who, &r->ids[1], in->reason);
    enum cs_rc rc = req_send(r, &call, err);
    if (rc != CS_OK)
        return rc;
    store_report_call(&call, &r->arena, &r->ids[1], &who.actor); /* as it is answered */
    return req_send(r, &call, err);
}

/* 201 the first time, 200 with that one afterwards. */
enum cs_rc report_make_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows outcome, rows;
    struct store_report report;
    enum cs_rc rc = req_recv(r, &outcome, err);

    if (rc == CS_OK)
        rc = store_member_outcome(&outcome, err);
    if (rc == CS_OK)
        rc = req_recv(r, &rows, err);
    if (rc != CS_OK)
        return rc;
    store_report_read(&rows, 0, &report);
    struct cs_jw w = resp_json(&r->resp, store_report_is_new(&outcome) ? 201 : 200);
    put_report(&w, &report);
    return CS_OK;
}

/* --- the open ones ---------------------------------------------------------------------------- */

enum cs_rc reports_ask(struct req *r, struct cs_err *err)
{
    return inroom_ask_list(r, store_reports_call, err);
}

static void put_open(struct req *r, struct cs_jw *w, const struct cs_rows *rows, int row)
{
    struct store_report report;

    (void)r;
    store_report_read(rows, row, &report);
    put_report(w, &report);
}

enum cs_rc reports_answer(struct req *r, struct cs_err *err)
{
    struct cs_rows rows;
    enum cs_rc rc = inroom_take_kept(r, &rows, err);

    if (rc == CS_OK)
        req_put_rows(r, &rows, 0, put_open);
    return rc;
}

enum cs_rc report_resolve_ask(struct req *r, struct cs_err *err)
{
    struct store_acting who = inroom_acting(r);
    struct cs_call call;

    store_report_resolve_call(&call, &r->arena, &r->ids[0], &who);
    return req_send(r, &call, err);
}

enum cs_rc report_resolve_answer(struct req *r, struct cs_err *err)
{
    enum cs_rc rc = inroom_outcome(r, err);

    if (rc == CS_OK)
        resp_message(&r->resp, 200, "Report resolved");
    return rc;
}
