/* cs_db_url.c - see cs_db_url.h. */
#include "cs_db_url.h"

#include <libpq-fe.h>

static const struct {
    const char *keyword;
    size_t offset;
} members[] = {
    {"host", offsetof(struct cs_db_parts, host)},
    {"port", offsetof(struct cs_db_parts, port)},
    {"user", offsetof(struct cs_db_parts, user)},
    {"password", offsetof(struct cs_db_parts, password)},
    {"dbname", offsetof(struct cs_db_parts, dbname)},
};

static bool take(struct cs_arena *arena, const PQconninfoOption *o, struct cs_db_parts *out)
{
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (strcmp(members[i].keyword, o->keyword) != 0 || !o->val)
            continue;
        const char *copy = cs_str_cstr(arena, cs_str_c(o->val));
        if (!copy)
            return false;
        *(const char **)(void *)((char *)out + members[i].offset) = copy;
    }
    return true;
}

enum cs_rc cs_db_url_parse(struct cs_arena *arena, const char *url, struct cs_db_parts *out,
                           struct cs_err *err)
{
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    bool ok = true;

    *out = (struct cs_db_parts){"", "", "", "", ""};
    if (!options)
        return cs_fail_log(err, CS_E_CONFIG,
                           "is no address of a database; such a one is "
                           "postgresql://user:password@host:5432/chatsphere");
    for (const PQconninfoOption *o = options; ok && o->keyword; o++)
        ok = take(arena, o, out);
    PQconninfoFree(options);
    return ok ? CS_OK : cs_fail(err, CS_E_NO_MEMORY);
}

/* Percent-encoded but for what RFC 3986 calls unreserved, and the slashes of a directory. */
static void put_part(struct cs_buf *b, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     strchr("-._~/", c);
        cs_buf_printf(b, plain ? "%c" : "%%%02X", c);
    }
}

static void put_query(struct cs_buf *b, const char **separator, const char *name, const char *value)
{
    if (!value[0])
        return;
    cs_buf_printf(b, "%s%s=", *separator, name);
    put_part(b, value);
    *separator = "&";
}

/* Names of hosts stand where everybody looks for them; a directory or an IPv6 address in the query,
 * where they need no brackets, and without a password the user as well. */
const char *cs_db_url_make(struct cs_arena *arena, const struct cs_db_parts *parts)
{
    bool named = parts->host[0] && !strpbrk(parts->host, "/:,");
    bool front = named || parts->password[0];
    const char *separator = "?";
    struct cs_buf b;

    cs_buf_init(&b, 8192);
    cs_buf_cstr(&b, "postgresql://");
    if (front) {
        put_part(&b, parts->user);
        cs_buf_cstr(&b, parts->password[0] ? ":" : "");
        put_part(&b, parts->password);
        cs_buf_putc(&b, '@');
    }
    put_part(&b, named ? parts->host : "");
    if (named && parts->port[0])
        cs_buf_printf(&b, ":%s", parts->port);
    cs_buf_putc(&b, '/');
    put_part(&b, parts->dbname);
    if (!named) {
        put_query(&b, &separator, "host", parts->host);
        put_query(&b, &separator, "port", parts->port);
    }
    put_query(&b, &separator, "user", front ? "" : parts->user);
    const char *url = b.failed ? NULL : cs_str_cstr(arena, cs_buf_view(&b));
    cs_buf_release(&b);
    return url;
}

bool cs_db_url_is_local(const struct cs_db_parts *parts)
{
    static const char *const loopback[] = {"localhost", "127.0.0.1", "::1"};

    for (size_t i = 0; i < sizeof loopback / sizeof *loopback; i++)
        if (strcmp(parts->host, loopback[i]) == 0)
            return true;
    return !parts->host[0] || parts->host[0] == '/';
}
