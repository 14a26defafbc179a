/* ws.h - WebSockets for the web server in front, and the only place that knows libwebsockets.
 *
 * It owns sockets, the handshake's checks, fragments, pings and closing; it knows no dialect, no
 * room and no database. Everything about a connection reaches it through the handlers, and a
 * connection is an opaque pointer that `open` returns. Single-threaded: handlers run inside
 * loop_run.
 */
#ifndef WS_H
#define WS_H

#include "cs_cfg.h"
#include "cs_str.h"
#include "loop.h"

#include <stdbool.h>
#include <stdint.h>

struct ws;
struct ws_sock;

enum {
    WS_HEADROOM = 16,             /* bytes in front of every payload that is sent (LWS_PRE) */
    WS_FRAME_MAX = 64 * 1024,     /* of a frame that comes in, fragments together */
    WS_TOKEN_MAX = 4096,
};

/* What the handshake said. Texts are borrowed for the call. */
struct ws_request {
    struct cs_str token;       /* from Authorization: Bearer, or ?token= ; "" for none */
    struct cs_str ticket;      /* from ?ticket= ; "" for none, then there may be a token */
    struct cs_str subprotocol; /* the chosen one; "" for none */
    struct cs_str address;     /* of the client, as the front end says */
};

/* A page that is asked for by plain HTTP. */
struct ws_page {
    struct cs_str path;
    bool local; /* by a program on this machine: no front end passed it on */
    struct cs_buf *body;
    const char *type; /* application/json, unless the handler says otherwise */
};

/* GET /events. Texts are borrowed for the call; NULL: not said. */
struct ws_events {
    struct ws_request who;
    struct cs_str rooms, wait;
    struct cs_str last_id; /* Last-Event-ID, or ?lastEventId= */
    bool json;             /* by Accept */
};

struct ws_handlers {
    /* A socket is open; returns the connection, or NULL: no memory (1013). */
    void *(*open)(void *ctx, struct ws_sock *sock, const struct ws_request *req);
    /* Likewise for GET /events (see "Streams"); nothing is received from it. */
    void *(*events)(void *ctx, struct ws_sock *sock, const struct ws_events *req);
    /* One whole text frame, valid UTF-8, at most WS_FRAME_MAX bytes; may be changed in place. */
    void (*frame)(void *conn, struct cs_str text);
    /* The socket takes bytes again after ws_send had said no. */
    void (*writable)(void *conn);
    /* The socket is gone; the connection is freed here. Not before, whatever was closed. `code`: of
     * ws_close, 0 when that was not called. */
    void (*closed)(void *conn, int code);
    /* A handshake was refused; the client has been told why. */
    void (*refused)(void *ctx, enum cs_rc why);
    /* Whether further sockets are taken just now; else handshakes are refused (503) before anything
     * of them is used up. NULL: always. */
    bool (*welcome)(void *ctx);
    /* Plain HTTP: GET /health, /metrics … writes the body; the status, or 404 for what is
     * unknown. */
    int (*http)(void *ctx, struct ws_page *page);
};

/* Listens as cfg->gateway_listen says, and takes the pages of cfg->cors_allow_origins besides those
 * of the own host (origin.h). CS_E_CONFIG when the address cannot be used. */
enum cs_rc ws_new(const struct cs_cfg *cfg, struct loop *loop, const struct ws_handlers *handlers,
                  void *ctx, struct ws **out, struct cs_err *err) CS_MUST_CHECK;

/* Closes what is left without a close frame. */
void ws_free(struct ws *ws);

/* Call it often: lets lws see which of its times have passed, at most a second late. */
void ws_tick(struct ws *ws, uint64_t now_ms);

/* A unix socket is found no more, for good: a web server that cannot connect goes to another gateway, any
 * web server. One that says 503 only nginx leaves for another. */
void ws_vanish(struct ws *ws);

/* Sends one text frame at once: payload points behind WS_HEADROOM bytes that may be overwritten.
 * The same buffer may be sent to any number of sockets in a row. False: the socket takes nothing
 * now, nothing was sent, and `writable` will be called. */
bool ws_send(struct ws_sock *sock, unsigned char *payload, size_t len);

/* It will be sent to in a moment: fetches what that needs into the cache, in two steps. */
void ws_sooner(const struct ws_sock *sock);
void ws_soon(const struct ws_sock *sock);

/* Closes with a code and a reason of at most 123 bytes, later in this turn; bounded in time also
 * when the client reads nothing. `closed` follows. Nothing is received any more. Idempotent. */
void ws_close(struct ws_sock *sock, int code, const char *reason);

/* --- streams: GET /events ---------------------------------------------------------------------
 * The answer begins in one of three ways, and only the first time: as a stream, into which ws_send
 * writes the payloads as they are; as a whole; or as a problem. Afterwards it is closed like a socket
 * (the code is for those who have not been answered yet: 401, 403, 429 or 503). */
void ws_stream_begin(struct ws_sock *sock);
void ws_stream_answer(struct ws_sock *sock, const struct cs_buf *json);
void ws_stream_refuse(struct ws_sock *sock, const struct cs_err *err);

#endif
