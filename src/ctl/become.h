/* become.h - for the time of a connection, another user of this machine: a socket asks who connects. What
 * has to be another user for good runs in a process of its own (as_user.h).
 */
#ifndef CTL_BECOME_H
#define CTL_BECOME_H

#include <stdbool.h>

/* Takes over the user's effective ids and groups when this is root; nothing happens when it is not, or
 * when `user` is NULL. False: there is no such user. */
bool ctl_become(const char *user);

/* Back to who we are. */
void ctl_become_self(void);

#endif
