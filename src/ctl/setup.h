/* setup.h - one run of `chatspherectl setup`: what was asked for, and what its parts know of each other.
 *
 * The order is that of cmd_setup.c. Every part looks first and changes only what is missing, so a run
 * that was interrupted is completed by the next one.
 */
#ifndef CTL_SETUP_H
#define CTL_SETUP_H

#include "cs_db_url.h"
#include "ctl.h"

struct setup {
    struct ctl *c;
    const char *config_dir, *database, *superuser_url, *admin, *service_user;
    bool no_admin, password_stdin, dry_run;
    struct cs_db_parts place; /* host and port of the server, as the addresses are to name them */
    int changes;
};

/* Says that something was done, or would be in a dry run: setup_tell(s, "made", "make", "role x"). Counts
 * it. */
void setup_tell(struct setup *s, const char *done, const char *would, const char *what);

/* --- setup_server.c: as a superuser -------------------------------------------------------------- */

/* Roles and database. CTL_OK, or the exit status after a sentence. */
int setup_server(struct setup *s);

enum { SETUP_HAS_PASSWORD = 3 };

/* Gives the role a password. SETUP_HAS_PASSWORD, and nothing changed: it has one. */
int setup_give_password(struct setup *s, const char *role, const char *password);

/* Takes it away again. */
int setup_take_password(struct setup *s, const char *role);

/* --- setup_access.c: the addresses of the two roles ----------------------------------------------- */

/* Each role gets in with the address of the configuration, or with a new one that is written there. */
int setup_access(struct setup *s);

/* --- setup_files.c: the configuration ------------------------------------------------------------- */

/* The directory and chatsphere.env, where they are missing. */
int setup_files(struct setup *s);

/* A value into secrets.env, or, when it is the owner's, into owner.env. */
int setup_secret(struct setup *s, bool owners, const char *key, const char *value);

/* A random text of 6 bits a character, NUL-terminated, that needs no quotes anywhere. */
void setup_random(char *out, size_t len);

#endif
