/* fcgiask.c - see fcgiask.h. As much of the FastCGI specification 1.0 (sections 3 and 5) as one request
 * without a body needs. */
#include "fcgiask.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { TYPE_BEGIN = 1, TYPE_END = 3, TYPE_PARAMS = 4, TYPE_STDIN = 5, TYPE_STDOUT = 6 };
enum { HEADER_BYTES = 8, REQUEST_MAX_BYTES = 4096, WAIT_S = 5 };

/* --- writing ------------------------------------------------------------------------------------ */

static void put_record(struct cs_buf *b, int type, struct cs_str content)
{
    const char header[HEADER_BYTES] = {
        1, (char)type, 0, 1, (char)(content.len >> 8), (char)(content.len & 255), 0, 0};

    cs_buf_add(b, header, sizeof header);
    cs_buf_str(b, content);
}

/* Both are shorter than 128 bytes: a length is one byte then. */
static void put_pair(struct cs_buf *b, const char *name, const char *value)
{
    cs_buf_putc(b, (char)strlen(name));
    cs_buf_putc(b, (char)strlen(value));
    cs_buf_cstr(b, name);
    cs_buf_cstr(b, value);
}

static void put_request(struct cs_buf *b, const char *uri)
{
    static const char responder[HEADER_BYTES] = {0, 1}; /* the role; the connection is not kept */
    struct cs_buf params;

    cs_buf_init(&params, REQUEST_MAX_BYTES);
    put_pair(&params, "REQUEST_METHOD", "GET");
    put_pair(&params, "REQUEST_URI", uri);
    put_pair(&params, "QUERY_STRING", "");
    put_pair(&params, "SERVER_PROTOCOL", "HTTP/1.1");
    put_pair(&params, "REMOTE_ADDR", "127.0.0.1");
    put_record(b, TYPE_BEGIN, cs_str_n(responder, sizeof responder));
    put_record(b, TYPE_PARAMS, cs_buf_view(&params));
    put_record(b, TYPE_PARAMS, cs_str_n("", 0));
    put_record(b, TYPE_STDIN, cs_str_n("", 0));
    cs_buf_release(&params);
}

/* --- reading ------------------------------------------------------------------------------------ */

static bool read_exactly(int fd, char *out, size_t len)
{
    while (len) {
        ssize_t n = recv(fd, out, len, 0);
        if (n == 0)
            errno = ECONNRESET;
        if (n == 0 || (n < 0 && errno != EINTR))
            return false;
        if (n > 0) {
            out += n;
            len -= (size_t)n;
        }
    }
    return true;
}

/* One record; what of it is output goes to `out`. */
static bool read_record(int fd, struct cs_buf *out, int *type)
{
    unsigned char header[HEADER_BYTES];
    static char content[65535 + 255];

    if (!read_exactly(fd, (char *)header, sizeof header))
        return false;
    size_t len = (size_t)header[4] << 8 | header[5];
    *type = header[1];
    if (!read_exactly(fd, content, len + header[6]))
        return false;
    if (*type == TYPE_STDOUT)
        cs_buf_add(out, content, len);
    return true;
}

static bool converse(int fd, const char *uri, struct cs_buf *out)
{
    struct cs_buf request;
    int type = 0;

    cs_buf_init(&request, REQUEST_MAX_BYTES);
    put_request(&request, uri);
    bool ok = send(fd, request.p, request.len, MSG_NOSIGNAL) == (ssize_t)request.len;
    cs_buf_release(&request);
    while (ok && type != TYPE_END)
        ok = read_record(fd, out, &type);
    return ok;
}

static int open_socket(const char *path)
{
    const struct timeval limit = {.tv_sec = WAIT_S};
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = -1;

    if ((size_t)snprintf(at.sun_path, sizeof at.sun_path, "%s", path) >= sizeof at.sun_path)
        errno = ENAMETOOLONG;
    else
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd, (const struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    int why = errno;
    (void)close(fd);
    errno = why;
    return -1;
}

enum cs_rc fcgi_ask(const char *socket_path, const char *uri, struct cs_buf *out, struct cs_err *err)
{
    int fd = open_socket(socket_path);

    if (fd < 0)
        return cs_fail_log(err, CS_E_UNAVAILABLE, "%s", strerror(errno));
    bool ok = converse(fd, uri, out);
    int why = errno;
    (void)close(fd);
    if (ok)
        return CS_OK;
    return cs_fail_log(err, CS_E_UNAVAILABLE, "%s",
                       why == EAGAIN ? "no answer within 5 s" : strerror(why));
}
