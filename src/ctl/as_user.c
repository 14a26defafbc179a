/* as_user.c - see as_user.h. */
#include "as_user.h"

#include "ctl.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

/* For good, and with nothing left of root's: its groups, and a home whose files libpq would read. */
static bool become(const struct passwd *pw)
{
    return initgroups(pw->pw_name, pw->pw_gid) == 0 &&
           setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == 0 &&
           setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == 0 && setenv("HOME", pw->pw_dir, 1) == 0;
}

static int child(const struct passwd *pw, int (*work)(void *arg), void *arg)
{
    if (pw && !become(pw))
        return ctl_fail("cannot become the user %s: %s", pw->pw_name, strerror(errno));
    int status = work(arg);
    return fflush(stdout) == 0 ? status : CTL_FAILED;
}

int ctl_as_user(const char *user, int (*work)(void *arg), void *arg)
{
    const struct passwd *pw = NULL;
    int status = 0;

    if (user && geteuid() == 0 && !(pw = getpwnam(user)))
        return ctl_fail("there is no user %s on this machine", user);
    (void)fflush(stdout); /* or the child would print it too */
    pid_t pid = fork();
    if (pid == 0)
        _exit(child(pw, work, arg));
    if (pid < 0)
        return ctl_fail("no further process: %s", strerror(errno));
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return ctl_fail("waiting for a process: %s", strerror(errno));
    return WIFEXITED(status) ? WEXITSTATUS(status) : ctl_fail("a process of our own was killed");
}
