/* finduser.c - see finduser.h. */
#include "finduser.h"

bool ctl_is_role(const char *word)
{
    return strcmp(word, "ADMIN") == 0 || strcmp(word, "MODERATOR") == 0 ||
           strcmp(word, "MEMBER") == 0;
}

int ctl_find_user(struct ctl *c, const char *command, const char *name, struct store_ctl_user *out)
{
    struct cs_err err;
    enum cs_rc rc = ctl_open(c, store_ctl_user_stmts, &err);

    if (rc == CS_OK)
        rc = store_ctl_user_find(c->db, &c->arena, cs_str_c(name), out, &err);
    if (rc == CS_E_USER_NOT_FOUND)
        return ctl_fail("%s: there is no user \"%s\"", command, name);
    return rc == CS_OK ? CTL_OK : ctl_fail_err(command, &err);
}
