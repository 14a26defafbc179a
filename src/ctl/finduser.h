/* finduser.h - the user that a command names, and the words for what he is. */
#ifndef CTL_FINDUSER_H
#define CTL_FINDUSER_H

#include "ctl.h"
#include "store_ctl_user.h"

#define CTL_ROLES "ADMIN, MODERATOR, MEMBER"

bool ctl_is_role(const char *word);

/* Connects with the statements of users. CTL_OK, or the exit status after a sentence that begins
 * with `command`. */
int ctl_find_user(struct ctl *c, const char *command, const char *name, struct store_ctl_user *out);

#endif
