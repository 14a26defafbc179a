/* route.c - finding a route, and printing the table; see route.h. The rows are in routes.c. */
#include "route.h"

static const char *const method_names[METHODS_] = {
    [METHOD_GET] = "GET",       [METHOD_POST] = "POST",     [METHOD_PUT] = "PUT",
    [METHOD_PATCH] = "PATCH",   [METHOD_DELETE] = "DELETE", [METHOD_OPTIONS] = "OPTIONS",
    [METHOD_OTHER] = "?",
};

enum method method_parse(struct cs_str text)
{
    if (cs_str_is(text, "HEAD"))
        return METHOD_GET;
    for (enum method m = 0; m < METHOD_OTHER; m++)
        if (cs_str_is(text, method_names[m]))
            return m;
    return METHOD_OTHER;
}

const char *method_name(enum method m)
{
    return method_names[m];
}

void method_list(struct cs_buf *b, unsigned methods)
{
    for (enum method m = 0; m < METHOD_OPTIONS; m++) {
        if (!(methods & 1u << m))
            continue;
        cs_buf_cstr(b, method_names[m]);
        cs_buf_cstr(b, m == METHOD_GET ? ", HEAD, " : ", ");
    }
    cs_buf_cstr(b, "OPTIONS");
}

/* What a path says where its pattern has braces. */
struct blanks {
    struct cs_uuid ids[ROUTE_IDS_MAX];
    struct cs_str text;
    size_t n;
};

static bool fits(struct cs_str want, struct cs_str have, struct blanks *out)
{
    if (cs_str_is(want, "{id}"))
        return cs_uuid_parse(have, &out->ids[out->n++]);
    if (!cs_str_is(want, "{text}"))
        return cs_str_eq(want, have);
    out->text = have;
    return have.len > 0;
}

/* Segment by segment; ids are taken as they come. */
static bool matches(const char *pattern, struct cs_str path, struct blanks *out)
{
    struct cs_str want = cs_str_c(pattern), have = path;
    bool fit = true;

    *out = (struct blanks){.n = 0};
    while (fit && want.p && have.p) {
        struct cs_str w = cs_str_split(&want, '/'), h = cs_str_split(&have, '/');
        fit = fits(w, h, out);
    }
    return fit && !want.p && !have.p;
}

void route_find(const struct route *table, size_t n, enum method method, struct cs_str path,
                struct route_match *out)
{
    struct blanks blanks;

    *out = (struct route_match){.route = NULL};
    for (const struct route *r = table; r < table + n; r++) {
        if (!matches(r->pattern, path, &blanks))
            continue;
        out->allowed |= 1u << r->method;
        if (r->method != method)
            continue;
        out->route = r;
        out->text = blanks.text;
        memcpy(out->ids, blanks.ids, sizeof out->ids);
    }
}

/* --- printing --------------------------------------------------------------------------------- */

/* "user:write client:rooms", "anyone" */
static void print_who(const struct route *r, FILE *out)
{
    struct cs_buf b;

    cs_buf_init(&b, 128);
    if (!route_is_guarded(r))
        cs_buf_cstr(&b, "anyone");
    if (r->user) {
        cs_buf_cstr(&b, "user:");
        cs_rights_list(&b, r->user);
    }
    if (r->client) {
        cs_buf_cstr(&b, r->user ? " client:" : "client:");
        cs_rights_list(&b, r->client);
    }
    fputs(cs_buf_cview(&b), out);
    cs_buf_release(&b);
}

void route_print_all(FILE *out)
{
    for (const struct route *r = routes; r < routes + routes_n; r++) {
        fprintf(out, "%s\t%s\t", method_names[r->method], r->pattern);
        print_who(r, out);
        fprintf(out, "\t%s\n", r->pool == POOL_AUTH ? "auth" : "api");
    }
}

void route_print_errors(FILE *out)
{
    for (enum cs_rc rc = CS_OK + 1; rc < CS_E_COUNT_; rc++) {
        const struct cs_err_row *row = cs_err_row(rc);
        fprintf(out, "%s\t%d\t%d\t%s\t%s\n", row->code, row->http, row->close,
                row->retryable ? "retryable" : "-", row->text);
    }
}
