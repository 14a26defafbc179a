/* local.c - see local.h. */
#include "local.h"

#include <netinet/in.h>
#include <sys/socket.h>

static bool is_loopback(struct in_addr a)
{
    return a.s_addr == htonl(INADDR_LOOPBACK);
}

static bool is_loopback6(const struct in6_addr *a)
{
    struct in_addr v4;

    if (!IN6_IS_ADDR_V4MAPPED(a))
        return IN6_IS_ADDR_LOOPBACK(a);
    v4.s_addr = a->s6_addr32[3];
    return is_loopback(v4);
}

bool local_is_unix(int fd)
{
    int family = AF_UNSPEC;
    socklen_t len = sizeof family;

    return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len) && family == AF_UNIX;
}

bool local_peer(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage room;
    } peer = {.room = {.ss_family = AF_UNSPEC}};
    socklen_t len = sizeof peer;

    if (getpeername(fd, &peer.any, &len))
        return false;
    switch (peer.any.sa_family) {
    case AF_UNIX:
        return true;
    case AF_INET:
        return is_loopback(peer.v4.sin_addr);
    case AF_INET6:
        return is_loopback6(&peer.v6.sin6_addr);
    default:
        return false;
    }
}
