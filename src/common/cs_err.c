/* cs_err.c - the rows of the error table and the fillers of struct cs_err; see cs_err.h. */
#include "cs_err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const struct cs_err_row rows[CS_E_COUNT_] = {
#define X(name, code, http, close, level, retry, text)                                             \
    [CS_E_##name] = {#name, code, text, http, close, CS_LOG_##level, retry},
    CS_ERRORS(X)
#undef X
};

const struct cs_err_row *cs_err_row(enum cs_rc rc)
{
    if (rc <= CS_OK || rc >= CS_E_COUNT_)
        abort();
    return &rows[rc];
}

const char *cs_err_reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } reasons[] = {
        {200, "OK"},          {201, "Created"},          {204, "No Content"},
        {400, "Bad Request"}, {401, "Unauthorized"},     {403, "Forbidden"},
        {404, "Not Found"},   {405, "Method Not Allowed"}, {409, "Conflict"},
        {304, "Not Modified"}, {410, "Gone"},
        {413, "Content Too Large"}, {415, "Unsupported Media Type"}, {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"}, {500, "Internal Server Error"}, {503, "Service Unavailable"},
    };

    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].text;
    return "Unknown";
}

const char *cs_err_detail(const struct cs_err *err)
{
    return err->detail[0] ? err->detail : cs_err_row(err->rc)->text;
}

enum cs_rc cs_fail(struct cs_err *err, enum cs_rc rc)
{
    if (err)
        *err = (struct cs_err){.rc = rc};
    return rc;
}

enum cs_rc cs_fail_detail(struct cs_err *err, enum cs_rc rc, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return rc;
    *err = (struct cs_err){.rc = rc};
    va_start(ap, fmt);
    (void)vsnprintf(err->detail, sizeof err->detail, fmt, ap);
    va_end(ap);
    return rc;
}

enum cs_rc cs_fail_log(struct cs_err *err, enum cs_rc rc, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return rc;
    *err = (struct cs_err){.rc = rc};
    va_start(ap, fmt);
    (void)vsnprintf(err->log, sizeof err->log, fmt, ap);
    va_end(ap);
    return rc;
}

enum cs_rc cs_fail_field(struct cs_err *err, const char *field, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return CS_E_BAD_FIELD;
    *err = (struct cs_err){.rc = CS_E_BAD_FIELD};
    (void)snprintf(err->field, sizeof err->field, "%s", field);
    int n = snprintf(err->detail, sizeof err->detail, "%s: ", field);
    size_t at = n > 0 && (size_t)n < sizeof err->detail ? (size_t)n : 0;
    va_start(ap, fmt);
    (void)vsnprintf(err->detail + at, sizeof err->detail - at, fmt, ap);
    va_end(ap);
    return CS_E_BAD_FIELD;
}
