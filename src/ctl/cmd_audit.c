/* cmd_audit.c - chatspherectl audit: who did what, as lines for people and for cut and awk.
 *
 * Seven fields between tabs. No field holds a tab or the end of a line, whatever was put into the
 * database (S19); an absent one is empty, for any mark could be somebody's name.
 */
#include "command.h"
#include "cs_clock.h"
#include "cs_parse.h"
#include "store_ctl_audit.h"
#include "text.h"

enum { OPT_USER, OPT_ACTION, OPT_SINCE, OPT_LIMIT };

enum { LIMIT_DEFAULT = 1000, LIMIT_MAX = 50000, LINE_MAX_BYTES = 64 * 1024 };

/* Since an instant, or for so long: milliseconds since 1970. */
static bool parse_since(const char *text, int64_t *ms)
{
    int64_t life_s;

    if (cs_parse_rfc3339(cs_str_c(text), ms))
        return true;
    if (!cs_parse_duration(cs_str_c(text), 1, INT32_MAX, &life_s))
        return false;
    *ms = (int64_t)cs_clock_wall_ms() - life_s * 1000;
    return true;
}

static void print_row(struct ctl *c, struct cs_buf *line, const struct store_ctl_audit *a)
{
    const struct cs_str fields[] = {a->actor, a->action, a->target, a->room, a->ip, a->data};

    cs_buf_clear(line);
    cs_buf_cstr(line, ctl_time(c, a->at));
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        cs_buf_putc(line, '\t');
        ctl_put_text(line, fields[i]);
    }
    puts(cs_buf_cview(line));
}

static void print(struct ctl *c, const struct cs_rows *rows, int64_t limit)
{
    struct cs_buf line;
    int n = cs_rows_count(rows);

    cs_buf_init(&line, LINE_MAX_BYTES);
    /* one more than the limit was asked for: there are older ones when it is there */
    for (int i = n > limit; i < n; i++) {
        struct store_ctl_audit a = store_ctl_audit_at(rows, i);
        print_row(c, &line, &a);
    }
    cs_buf_release(&line);
    if (n > limit)
        fprintf(stderr, "chatspherectl: the newest %lld; there are older ones, see --limit\n",
                (long long)limit);
}

static int audit(struct ctl *c, const struct store_ctl_audit_filter *f)
{
    struct store_ctl_audit_filter more = *f;
    struct cs_rows rows;
    struct cs_err err;
    enum cs_rc rc = ctl_open(c, store_ctl_audit_stmts, &err);

    more.limit++;
    if (rc == CS_OK && f->user.p)
        rc = store_ctl_audit_user(c->db, &c->arena, f->user, &err);
    if (rc == CS_OK)
        rc = store_ctl_audit(c->db, &c->arena, &more, &rows, &err);
    if (rc == CS_E_USER_NOT_FOUND)
        return ctl_fail("audit: there is no user \"%s\"", f->user.p);
    if (rc != CS_OK)
        return ctl_fail_err("audit", &err);
    print(c, &rows, f->limit);
    return CTL_OK;
}

static int run(struct ctl *c, const struct ctl_args *args)
{
    const char *since = args->opt[OPT_SINCE], *limit = args->opt[OPT_LIMIT];
    struct store_ctl_audit_filter f = {
        .user = cs_str_c(args->opt[OPT_USER]),
        .action = cs_str_c(args->opt[OPT_ACTION]),
        .limit = LIMIT_DEFAULT,
    };

    if (since && !parse_since(since, &f.since_ms))
        return ctl_usage("audit --since: a time such as 2026-11-20T12:00:00Z, or 12h, 7d");
    if (limit && !cs_parse_i64(cs_str_c(limit), 1, LIMIT_MAX, &f.limit))
        return ctl_usage("audit --limit: a number from 1 to %d", LIMIT_MAX);
    return audit(c, &f);
}

const struct ctl_command ctl_audit = {
    .name = "audit",
    .help =
        "print the audit log, oldest first\n\n"
        "A line holds seven fields with a tab between them: time, who (empty: the command line,\n"
        "or nobody who was logged in), action, target, room, address, data as JSON. Names stand\n"
        "for ids where there are names. To choose fields: cut -f1-4, or awk -F'\\t'.",
    .options =
        {
            [OPT_USER] = {"--user", "NAME", CTL_OPTIONAL,
                          "by him, to him, or about a token of his"},
            [OPT_ACTION] = {"--action", "ACTION", CTL_OPTIONAL, "such as login_failed"},
            [OPT_SINCE] = {"--since", "WHEN", CTL_OPTIONAL,
                           "a time such as 2026-11-20T12:00:00Z, or the last 12h, 7d"},
            [OPT_LIMIT] = {"--limit", "N", CTL_OPTIONAL, "the newest N of them, else 1000"},
        },
    .run = run,
};
