/* cs_err.h - the one failure type, and the table of everything that can go wrong.
 *
 * A function that can fail returns enum cs_rc and takes a struct cs_err *, which it writes only on
 * failure. The rc is a row of the table below: HTTP status, close code, log level and the stable
 * `code` of the contract all follow from it, so no handler chooses a status.
 *
 * `detail` may be said to the client; `log` is for the operator only (SQL texts, paths).
 */
#ifndef CS_ERR_H
#define CS_ERR_H

#include <stdbool.h>
#include <stddef.h>

#define CS_MUST_CHECK __attribute__((warn_unused_result))

enum cs_log_level { CS_LOG_ERROR, CS_LOG_WARN, CS_LOG_INFO, CS_LOG_DEBUG };

/* X(name, stable code, HTTP status, close code (0: the socket stays), log level, retryable,
 *   what is said when nothing more precise is known) */
#define CS_ERRORS(X)                                                                               \
    X(BAD_REQUEST, "bad_request", 400, 0, DEBUG, false, "The request is malformed")                \
    X(BAD_JSON, "bad_json", 400, 0, DEBUG, false, "The body is not valid JSON")                    \
    X(BAD_ENCODING, "bad_encoding", 400, 0, DEBUG, false, "The text is not valid UTF-8")           \
    X(USERNAME_TAKEN, "username_taken", 400, 0, DEBUG, false, "Username already exists")           \
    X(EMAIL_TAKEN, "email_taken", 400, 0, DEBUG, false, "Email already registered")                \
    X(BAD_PASSWORD, "bad_password", 400, 0, INFO, false, "Current password is incorrect")          \
    X(ROLE_TAKEN, "role_taken", 400, 0, DEBUG, false, "Role already exists")                       \
    X(BUILT_IN, "built_in", 400, 0, DEBUG, false, "Built-in roles cannot be deleted")              \
    X(ONESELF, "oneself", 400, 0, DEBUG, false, "You cannot do this to yourself")                  \
    X(UNAUTHORIZED, "unauthorized", 401, 4401, DEBUG, false, "Invalid or expired token")           \
    X(BAD_LOGIN, "bad_login", 401, 1008, INFO, false, "Invalid username or password")              \
    X(BAD_REFRESH, "bad_refresh", 401, 1008, INFO, false, "Invalid refresh token")                 \
    X(FORBIDDEN, "forbidden", 403, 4003, DEBUG, false, "You may not do this")                      \
    X(DISABLED, "user_disabled", 403, 1008, INFO, false, "User is disabled")                       \
    X(REGISTRATION_CLOSED, "registration_closed", 403, 0, DEBUG, false, "Registration is closed")  \
    X(BAD_INVITE, "bad_invite", 403, 0, INFO, false, "Registration needs a valid invitation")      \
    X(NOT_MEMBER, "not_member", 403, 0, DEBUG, false, "You are not a member of this room")         \
    X(BANNED, "banned", 403, 0, DEBUG, false, "You are banned from this room")                     \
    X(MUTED, "muted", 403, 0, DEBUG, false, "You are muted in this room")                          \
    X(BLOCKED, "blocked", 403, 0, DEBUG, false, "This person does not take messages from you")     \
    X(ARCHIVED, "archived", 403, 0, DEBUG, false, "This room is archived")                         \
    X(ROOM_FIXED, "room_fixed", 403, 0, DEBUG, false,                                              \
      "The lobby stays public, and a conversation of two private")                                 \
    X(BAD_ORIGIN, "bad_origin", 403, 0, INFO, false, "This origin may not connect")                \
    X(NOT_FOUND, "not_found", 404, 0, DEBUG, false, "Not found")                                   \
    X(ROOM_NOT_FOUND, "room_not_found", 404, 0, DEBUG, false, "Room not found")                    \
    X(USER_NOT_FOUND, "user_not_found", 404, 0, DEBUG, false, "User not found")                    \
    X(SESSION_NOT_FOUND, "session_not_found", 404, 0, DEBUG, false, "Session not found")           \
    X(ROLE_NOT_FOUND, "role_not_found", 404, 0, DEBUG, false, "Role not found")                    \
    X(TOKEN_NOT_FOUND, "token_not_found", 404, 0, DEBUG, false, "Token not found")                 \
    X(INVITE_NOT_FOUND, "invite_not_found", 404, 0, DEBUG, false, "This invitation is not valid")  \
    X(REPORT_NOT_FOUND, "report_not_found", 404, 0, DEBUG, false, "Report not found")              \
    X(MESSAGE_NOT_FOUND, "message_not_found", 404, 0, DEBUG, false, "Message not found")           \
    X(PARENT_NOT_FOUND, "parent_not_found", 404, 0, DEBUG, false, "Parent message not found")      \
    X(METHOD, "method_not_allowed", 405, 0, DEBUG, false, "Method not allowed")                    \
    X(CONFLICT, "conflict", 409, 0, DEBUG, false, "This conflicts with what is there")             \
    X(NAME_TAKEN, "name_taken", 409, 0, DEBUG, false, "Username is already taken")                 \
    X(VOID_POSITION, "void_position", 410, 0, DEBUG, false,                                        \
      "What lies behind this position cannot be told without a gap; load the room again")         \
    X(TOO_LARGE, "too_large", 413, 1009, DEBUG, false, "The body is too large")                    \
    X(MEDIA_TYPE, "unsupported_media_type", 415, 0, DEBUG, false,                                  \
      "The body must be application/json")                                                        \
    X(BAD_FIELD, "bad_field", 422, 0, DEBUG, false, "A field is missing or has a bad value")       \
    X(UNKNOWN_TYPE, "unknown_type", 422, 0, DEBUG, false, "Unknown type of frame")                 \
    X(LIMIT, "limit_reached", 422, 0, DEBUG, false, "A limit is reached")                          \
    X(UPGRADE_REQUIRED, "upgrade_required", 426, 0, DEBUG, false,                                  \
      "This address takes WebSockets of version 13")                                              \
    X(SLOW_MODE, "slow_mode", 429, 0, DEBUG, true, "This room is in slow mode")                    \
    X(RATE, "rate_limited", 429, 0, INFO, true, "Too many requests")                               \
    X(INTERNAL, "internal", 500, 1011, ERROR, false, "Internal server error")                      \
    X(NO_MEMORY, "no_memory", 503, 1013, ERROR, true, "The server is short of memory")             \
    X(UNAVAILABLE, "unavailable", 503, 1013, WARN, true, "The service is not available now")       \
    X(ROOM_BUSY, "room_busy", 503, 0, WARN, true, "The room is busy")                              \
    X(READ_ONLY, "read_only", 503, 0, WARN, true, "The service takes no writes now")               \
    X(COMMIT_UNKNOWN, "commit_unknown", 503, 0, WARN, true,                                        \
      "It is not known whether this was stored; try again with the same client id")               \
    X(CONFIG, "bad_config", 500, 0, ERROR, false, "The configuration is not usable")

enum cs_rc {
    CS_OK = 0,
#define X(name, code, http, close, level, retry, text) CS_E_##name,
    CS_ERRORS(X)
#undef X
    CS_E_COUNT_
};

struct cs_err_row {
    const char *name, *code, *text;
    int http, close;
    enum cs_log_level level;
    bool retryable;
};

/* Texts are copied and cut at these sizes, so an error owns nothing and needs no release. */
struct cs_err {
    enum cs_rc rc;
    char field[40];    /* the offending field, "" when none */
    char detail[200];  /* for the client; "" means the row's text */
    char log[300];     /* for the log only */
    int retry_after_ms; /* 0: no advice */
};

/* The row of an rc other than CS_OK; aborts on anything else (a bug of ours). */
const struct cs_err_row *cs_err_row(enum cs_rc rc);

/* The phrase of an HTTP status that the table uses (RFC 9110 section 15): 404 gives "Not Found". */
const char *cs_err_reason(int status);

/* What the client is told: err->detail, or the row's text. */
const char *cs_err_detail(const struct cs_err *err);

/* Each fills *err (which may be NULL) and returns rc, so that a caller writes
 * `return cs_fail(err, CS_E_NOT_FOUND);` */
enum cs_rc cs_fail(struct cs_err *err, enum cs_rc rc);
enum cs_rc cs_fail_detail(struct cs_err *err, enum cs_rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
enum cs_rc cs_fail_log(struct cs_err *err, enum cs_rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* CS_E_BAD_FIELD with its field: "content: must not be empty". */
enum cs_rc cs_fail_field(struct cs_err *err, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
