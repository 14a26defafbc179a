/* become.c - see become.h. */
#include "become.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

/* Root's own; there is but one process, and one change at a time. */
static gid_t own_groups[256];
static int own_groups_n = -1;

bool ctl_become(const char *user)
{
    const struct passwd *pw;

    if (!user || geteuid() != 0)
        return true;
    pw = getpwnam(user);
    own_groups_n = getgroups(sizeof own_groups / sizeof *own_groups, own_groups);
    if (!pw || own_groups_n < 0)
        return false;
    if (initgroups(user, pw->pw_gid) == 0 && setegid(pw->pw_gid) == 0 && seteuid(pw->pw_uid) == 0)
        return true;
    ctl_become_self();
    return false;
}

void ctl_become_self(void)
{
    if (own_groups_n < 0)
        return;
    if (seteuid(getuid()) != 0 || setegid(getgid()) != 0 ||
        setgroups((size_t)own_groups_n, own_groups) != 0)
        abort(); /* going on as somebody else would be worse */
    own_groups_n = -1;
}
