/* cfgcheck.h - all that is wrong with a configuration, each thing with its place.
 *
 * cs_cfg_load stops at the first value that is not usable, as a program that starts should. This goes
 * on: it reads the same sources with the same parser, line by line, and then holds the values against
 * each other. Used by `config check` and by `doctor`.
 */
#ifndef CTL_CFGCHECK_H
#define CTL_CFGCHECK_H

#include "cs_cfg_table.h"
#include "ctl.h"

enum { CFG_FINDINGS_MAX = 200, CFG_OPTIONS_MAX = 64 };

enum cfg_weight {
    CFG_PROBLEM, /* a program does not start with it, or does not do what is written there */
    CFG_NOTE,    /* it works, and may not be what was meant */
};

struct cfg_place {
    const char *source; /* a path, or "environment"; NULL: nowhere, the default is in force */
    int line;           /* from 1; 0: it has none */
};

struct cfg_finding {
    enum cfg_weight weight;
    struct cfg_place at;
    const char *text; /* begins with the key, and holds no secret */
};

struct cfgcheck {
    struct ctl *c;
    struct cs_cfg cfg; /* what is in force, the default where a value is not usable */
    struct cfg_place at[CFG_OPTIONS_MAX]; /* where each option has it from, by row of the table */
    struct cfg_finding v[CFG_FINDINGS_MAX];
    size_t n;
    int problems;
};

/* Reads and judges. To be released in any case. */
void cfgcheck_run(struct ctl *c, struct cfgcheck *k);
void cfgcheck_release(struct cfgcheck *k);

/* "FILE:LINE: KEY: what is wrong", for each finding. */
void cfgcheck_put(const struct cfg_finding *f, struct cs_buf *b);

/* How many workers the auth pool needs with these values: one for each hash that runs, one for each
 * place in the queue, and two to say that it is full. */
int64_t cfg_auth_workers(const struct cs_cfg *cfg);

/* How many instances of a template unit are enabled: those of "chatsphere-api" are chatsphere-api@1 and
 * so on, in the first directory of SYSTEMD_UNIT_PATH, or else /etc/systemd/system. */
int64_t cfg_units_enabled(const char *name);

/* --- for cfgrules.c ----------------------------------------------------------------------------- */

/* Adds a finding about an option of the table, at its place. */
void cfgcheck_add(struct cfgcheck *k, enum cfg_weight weight, const char *key, const char *text);

/* Holds the values against each other and against this machine. */
void cfgrules_run(struct cfgcheck *k);

#endif
