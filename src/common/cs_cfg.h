/* cs_cfg.h - configuration: one table of options for all programs.
 *
 * A value comes from the environment, else from the credentials of the service (secrets.env and
 * owner.env in $CREDENTIALS_DIRECTORY), else from the file, else from the default in the table. Files
 * are in .env syntax: KEY=value, quotes, # comments, an optional `export`. The file is the one named
 * by --config, or by CHATSPHERE_CONFIG, or chatsphere.env in the directory that configure's sysconfdir
 * says (/etc/chatsphere) when it is there.
 *
 * The table is the only place that knows a key, its unit, its range and whether it is secret: parsing,
 * --dump-config and the example file come from it.
 */
#ifndef CS_CFG_H
#define CS_CFG_H

#include "cs_arena.h"
#include "cs_err.h"
#include "cs_str.h"

#include <stdint.h>
#include <stdio.h>

enum cs_registration { CS_REG_OPEN, CS_REG_TOKEN, CS_REG_CLOSED };

/* Texts are NUL-terminated and live as long as the configuration; "" when not set. Durations are in
 * seconds unless the name says otherwise. */
struct cs_cfg {
    struct cs_arena arena;
    const char *file; /* as it was named, NULL for the usual places; borrowed */
    const char *database_url, *database_owner_url;
    const char *jwt_secret, *jwt_secret_previous, *jwt_api_secret, *secret_key, *algorithm;
    int64_t api_token_s, access_token_min, refresh_token_days, session_days;
    const char *cors_allow_origins;
    int64_t port;
    const char *public_url;
    int64_t registration; /* enum cs_registration */
    int64_t password_min;
    int64_t argon2_kib, argon2_passes;
    int64_t hashes_at_once, hash_queue;
    int64_t login_free_pair, login_free_account, login_free_address;
    const char *run_dir;
    int64_t log_level; /* enum cs_log_level */
    int64_t search_language; /* cs_cfg_word gives its name */
    int64_t db_deadline_ms;
    bool allow_weak_durability;
    const char *schema_dir;
    const char *gateway_listen;
    int64_t gateway_writers;
    int64_t max_sockets, rooms_per_socket, sockets_per_user;
    int64_t frames_per_min, frames_burst;
    int64_t messages_per_min, messages_burst;
    int64_t writes_per_min;
    int64_t ping_ms, pong_ms, drain_ms, cut_off_ms;
};

/* Reads everything and checks it. CS_E_CONFIG with a sentence that names the key and never its
 * value when that is secret. `file` NULL: the usual places. Unknown keys of a file are not an error
 * (it may be shared with other programs). */
enum cs_rc cs_cfg_load(struct cs_cfg *cfg, const char *file, struct cs_err *err) CS_MUST_CHECK;
void cs_cfg_release(struct cs_cfg *cfg);

/* The file that is read: `file`, else the one in the environment, else that of the usual place. */
const char *cs_cfg_path(const char *file);

/* The word that an option with choices has now; the key is one of the table. */
struct cs_str cs_cfg_word(const struct cs_cfg *cfg, const char *key);

/* SIGHUP: reads everything again, logs the outcome, and takes over what the table calls reloadable.
 * A configuration that is not usable leaves everything as it was (R11). */
void cs_cfg_reload(struct cs_cfg *cfg);

/* One line an option: KEY=value  # unit, source; secrets are masked, passwords in URLs too. */
void cs_cfg_dump(const struct cs_cfg *cfg, FILE *out);

/* The commented example file that deploy/chatsphere.env.example is a copy of. */
void cs_cfg_example(FILE *out);

/* The options as a list in mdoc(7), which stands in chatsphere.env(5). */
void cs_cfg_manual(FILE *out);

/* The options that every program takes: --config FILE, --dump-config, --example-config, --version,
 * --help. Loads the configuration and starts the log. Returns the index of the first argument left,
 * or -1 when the program has nothing more to do; then *status is its exit status. */
int cs_cfg_main(int argc, char **argv, const char *program, const char *usage, struct cs_cfg *cfg,
                int *status);

/* Its two halves, for a program that has something to say about a configuration which is not usable.
 * The first reads the command line and returns as above; the second loads and returns whether there
 * is more to do. The log is started by the second. */
struct cs_cfg_args {
    const char *file; /* of --config; NULL: the usual places */
    bool dump;        /* --dump-config: print it, and that is all */
};

int cs_cfg_args(int argc, char **argv, const char *program, const char *usage,
                struct cs_cfg_args *args, int *status);
bool cs_cfg_start(struct cs_cfg *cfg, const char *program, const struct cs_cfg_args *args,
                  int *status);

#endif
