/* local.h - who is at the other end of a socket. */
#ifndef LOCAL_H
#define LOCAL_H

#include <stdbool.h>

/* Connected over a socket in the file system, or from 127.0.0.1 or ::1. */
bool local_peer(int fd);

/* Over a socket in the file system: only who may open it, the web server, is there (S13). */
bool local_is_unix(int fd);

#endif
