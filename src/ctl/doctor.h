/* doctor.h - one examination of a ChatSphere: its table of checks, and what they know of each other.
 *
 * A check looks at one thing and says ok, or in a clause what is wrong; what mends it stands in the
 * table beside it, for whoever reads the finding. What a check needs to look at (a connection of the
 * application, of the owner, a web server that answers) is asked for once, by the check that is about
 * it; where that failed, those that need it are not looked at.
 */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include "cfgcheck.h"
#include "store_ctl_doctor.h"

enum doctor_state { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL, DOCTOR_SKIPPED };

enum doctor_need { NEEDS_NOTHING = 0, NEEDS_APP = 1, NEEDS_OWNER = 2, NEEDS_WEB = 4 };

struct doctor {
    struct ctl *c;
    struct cfgcheck *cfg;
    const char *url;          /* of the web server, without a slash at the end */
    const char *run_dir;      /* where the sockets are */
    const char *service_user; /* who the programs are; NULL: there is no such user */
    const char *web_user;     /* who has to reach the sockets; likewise */
    unsigned have;            /* enum doctor_need: what was found to be there */
    struct store_doctor_session app;
    struct store_doctor_owner owner;
    int64_t skew_ms;  /* of the database's clock against this one */
    bool app_is_near; /* on this machine */
    const char *data_dir;     /* of the database, when this machine has it and root looks; else NULL */
    int app_backend;  /* whom libpq believes to talk to */
    struct cs_buf why; /* of the check that is running */
    const char *mend;  /* set by the check: instead of the table's */
};

typedef enum doctor_state doctor_fn(struct doctor *d);

struct doctor_check {
    const char *name;
    unsigned needs;
    doctor_fn *look;
    const char *mend; /* a command, or what to do */
};

/* Each file's part of the table, ended by a row without a name, in the order in which they run. */
extern const struct doctor_check doctor_database_checks[], doctor_schema_checks[],
    doctor_local_checks[], doctor_web_checks[];

/* Says what is wrong and returns the state, so that a check writes `return doctor_warn(d, "…");` */
enum doctor_state doctor_warn(struct doctor *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
enum doctor_state doctor_fail(struct doctor *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* It could not be looked at here, and why. */
enum doctor_state doctor_skip(struct doctor *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* How many connections the workers and gateways take that are enabled on this machine. */
int64_t doctor_connections(struct doctor *d);

/* Sets data_dir, while the application's connection is open. */
void doctor_find_data(struct doctor *d);

/* The mending of this finding, in the arena. */
void doctor_mend(struct doctor *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
