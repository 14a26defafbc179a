/* sqlfile.h - the SQL files that are installed with the program, in SCHEMA_DIR.
 *
 *   migrations/NNNN_name.sql   in order of their numbers, each once
 *   functions/name.sql         all together, whenever one of them changed
 *   grants.sql seed.sql …      single files
 */
#ifndef CTL_SQLFILE_H
#define CTL_SQLFILE_H

#include "ctl.h"

struct ctl_file {
    int64_t version;      /* of a migration; else 0 */
    const char *name;     /* "0001_initial", "messages.sql" */
    const char *path;     /* to be shown to people */
    const char *text;     /* NUL-terminated */
    const char *checksum; /* SHA-256 of the text, 64 hexadecimal digits */
};

struct ctl_files {
    struct ctl_file *v; /* sorted by name in byte order: for migrations that is by version */
    size_t n;
};

/* Reads SCHEMA_DIR/`name`. CS_E_NOT_FOUND when there is no such file; CS_E_CONFIG when it cannot be
 * read, is larger than 4 MiB, or holds a NUL. */
enum cs_rc ctl_file_read(struct ctl *c, const char *name, struct ctl_file *out,
                         struct cs_err *err) CS_MUST_CHECK;

/* All *.sql of SCHEMA_DIR/functions; a directory that is not there is empty. */
enum cs_rc ctl_files_functions(struct ctl *c, struct ctl_files *out,
                               struct cs_err *err) CS_MUST_CHECK;

/* All *.sql of SCHEMA_DIR/migrations. CS_E_CONFIG also for a name that is not NNNN_name.sql and for
 * two files with one number. */
enum cs_rc ctl_files_migrations(struct ctl *c, struct ctl_files *out,
                                struct cs_err *err) CS_MUST_CHECK;

/* Writes the next migration's skeleton and gives its path. CS_E_CONFIG when the name is not made of
 * lower-case letters, digits and _, or the file cannot be written. */
enum cs_rc ctl_file_new(struct ctl *c, const char *name, const char **path,
                        struct cs_err *err) CS_MUST_CHECK;

#endif
