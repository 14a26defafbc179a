/* as_user.h - a piece of work as another user of this machine: a server knows by the operating system
 * who comes through its socket (PostgreSQL manual, 21.9), so a question must be asked by the one whom
 * it concerns. */
#ifndef CTL_AS_USER_H
#define CTL_AS_USER_H

/* Runs work(arg) in a child process, which is that user when this one is root; NULL, or when this is
 * not root: as who we are. Returns what work returned, or CTL_FAILED after a sentence. Nothing that the
 * child changes in memory comes back. */
int ctl_as_user(const char *user, int (*work)(void *arg), void *arg);

#endif
