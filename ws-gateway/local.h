/* local.h - who is at the other end of a socket. */
#ifndef LOCAL_H
#define LOCAL_H

#include <stdbool.h>

/* Connected over a socket in the file system, or from 127.0.0.1 or ::1. */
bool local_peer(int fd);

#endif
