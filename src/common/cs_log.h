/* cs_log.h - structured log: one line an event, key=value, to stderr.
 *
 *   2026-11-20T12:00:00.000Z level=info event=request request=… method=GET path=/api/rooms status=200
 *
 * Values are quoted when they hold anything but plain characters, control characters are escaped,
 * and what looks like one of our tokens is masked on the way out whatever the caller passed (S5),
 * so a careless line cannot leak a credential.
 */
#ifndef CS_LOG_H
#define CS_LOG_H

#include "cs_err.h"
#include "cs_str.h"

struct cs_log_kv {
    const char *key; /* NULL ends the list */
    struct cs_str value;
};

/* Lines above this level are dropped. `program` is borrowed for the life of the process. */
void cs_log_init(const char *program, enum cs_log_level level);

/* For a program that talks to a person: from now on a line is a sentence, "program: " and the values
 * with ": " between them, an error's only what there is to say about it. Escaped and masked alike. */
void cs_log_plain(void);

void cs_log_set_level(enum cs_log_level level);
bool cs_log_enabled(enum cs_log_level level);

/* `id` goes into every line until it is set again (request= or conn=); "" for none. Copied, cut at
 * 63 characters. */
void cs_log_set_request(struct cs_str id);

/* One event with its pairs, the list ended by a NULL key. */
void cs_log_kv(enum cs_log_level level, const char *event, const struct cs_log_kv *pairs);

/* cs_log(CS_LOG_INFO, "start", "pid", "12", "socket", "api.sock"): C strings, an odd NULL ends. */
#define cs_log(level, event, ...) cs_log_strings(level, event, ##__VA_ARGS__, NULL)
void cs_log_strings(enum cs_log_level level, const char *event, ...);

/* A printf-formatted msg="…". */
void cs_log_msg(enum cs_log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* An error at the level of its row: code, field, detail and the part that only the log may hold. */
void cs_log_err(const char *event, const struct cs_err *err);

#endif
