/* ws_internal.h - what the files of ws.h share, and the only one that includes libwebsockets.h.
 *
 * ws.c        the context, sockets that come and go, frames in
 * ws_out.c    frames out, closing
 * ws_check.c  the handshake: what lws does not check, and who says he is who
 * ws_mask.c   that clients mask their frames
 * ws_http.c   plain HTTP
 * ws_stream.c GET /events
 */
#ifndef WS_INTERNAL_H
#define WS_INTERNAL_H

#include "ws.h"

#include <libwebsockets.h>

_Static_assert(WS_HEADROOM >= LWS_PRE, "lws writes its header into the headroom");

enum {
    WS_REASON_MAX = 124,
    /* Longer lists of subprotocols, and longer names in them, lws answers by hanging up. */
    WS_PROTOCOLS_MAX = 126,
    WS_PROTOCOL_MAX = 63,
    WS_QUERY_MAX = 8 * 1024, /* as long as web servers let a request's line be */
};

struct ws {
    struct lws_context *context;
    struct ws_handlers handlers;
    void *ctx;
    struct loop *loop;
    lws_retry_bo_t idle;
    const char *origins;
    const char *path; /* of the socket it listens on; NULL: a TCP port */
    int64_t nsocks, max_socks;
    uint64_t ticked_ms;
};

struct ws_sock {
    struct lws *wsi;
    struct ws *ws;
    void *conn;
    struct ws_stream *stream; /* NULL: a WebSocket */
    struct loop_io *first;    /* until its first frame has come */
    int fd;
    int close_code;   /* 0: not closing */
    bool close_said;  /* the close frame is sent, the client's is waited for */
    struct cs_buf in; /* fragments of a frame that is not whole yet */
    char reason[WS_REASON_MAX];
};

/* The first is taken when the client names none; ends with a NULL name. */
extern const struct lws_protocols ws_protocols[];

/* --- ws.c ------------------------------------------------------------------------------------- */

/* Whether there is room for one more socket, and it is welcome. */
bool ws_takes_more(const struct ws *ws);

/* Counts, and bounded by what the kernel may hold for it; `closed` undoes it. */
void ws_opened(struct ws_sock *sock);

/* --- ws_out.c --------------------------------------------------------------------------------- */

/* The socket takes bytes: what lws's callback returns. */
int ws_writeable(struct ws_sock *sock);

/* --- ws_check.c ------------------------------------------------------------------------------- */

/* A header, borrowed from `buf`; NULL when it is not there, or too long. */
struct cs_str ws_header(struct lws *wsi, enum lws_token_indexes token, char *buf, size_t size);

/* A header that lws has no number for; the name in lower case, with its colon. "" when it is not there;
 * what is too long for the buffer is as good as any other wrong value. */
struct cs_str ws_other_header(struct lws *wsi, struct cs_str name, char *buf, size_t size);

/* It comes from a page of ours, or from no page. */
bool ws_origin_ok(const struct ws *ws, struct lws *wsi);

/* One argument of the query, decoded; `name` with its sign of equality. NULL: not there. What is too
 * long for the buffer is as good as any other wrong value. Each may be given once: of two, a front end
 * and we might take different ones. */
enum cs_rc ws_argument(struct lws *wsi, struct cs_str name, char *buf, size_t size,
                       struct cs_str *out, struct cs_err *err) CS_MUST_CHECK;

/* CS_OK: the upgrade may go on. */
enum cs_rc ws_check_upgrade(const struct ws *ws, struct lws *wsi, struct cs_err *err) CS_MUST_CHECK;

/* A header that came twice, as some web servers join it (S13). */
bool ws_has_comma(struct cs_str s);

/* The credential of the handshake, "" for none; the text is in `buf`. A cookie never says who
 * somebody is, for a browser sends it along for any page (S6). CS_E_BAD_REQUEST: there are two. */
enum cs_rc ws_credential(struct lws *wsi, char *buf, size_t size, struct ws_request *req,
                         struct cs_err *err) CS_MUST_CHECK;

/* --- ws_mask.c -------------------------------------------------------------------------------- */

/* Closes it with 1002 when its first frame comes and is not masked. Without memory for that it is not
 * looked at. */
void ws_mask_watch(struct ws_sock *sock);

/* Nothing is looked at any more. Idempotent; needed before the socket goes. */
void ws_mask_done(struct ws_sock *sock);

/* --- ws_http.c -------------------------------------------------------------------------------- */

/* What an answer repeats of its request: needed when the request's head is no longer there. */
struct ws_echo {
    char request_id[65]; /* the web server's */
    char origin[300];    /* one that may read it; else "" */
    bool last;           /* the connection ends with this answer */
};

void ws_echo_read(const struct ws *ws, struct lws *wsi, struct ws_echo *echo);

/* A head under construction; a failure sticks. */
struct ws_head {
    struct lws *wsi;
    unsigned char *p;
    bool failed;
    unsigned char bytes[LWS_PRE + 2048];
};

#define WS_NO_LENGTH ((uint64_t)LWS_ILLEGAL_HTTP_CONTENT_LEN) /* then the end of the connection tells */

void ws_head_begin(struct ws_head *h, struct lws *wsi, const struct ws_echo *echo, int status,
                   const char *type, uint64_t length);
void ws_head_put(struct ws_head *h, const char *name_and_colon, const char *value);
bool ws_head_end(struct ws_head *h); /* writes it */

/* Whole answers. False: the connection has to go. */
bool ws_answer(struct lws *wsi, const struct ws_echo *echo, int status, const char *type,
               const struct cs_buf *body);
bool ws_answer_problem(const struct ws *ws, struct lws *wsi, const struct cs_err *err);
bool ws_answer_problem_on(struct lws *wsi, const struct ws_echo *echo, const struct cs_err *err);

/* A request that is no upgrade; what a callback of lws returns for it. */
int ws_http(struct lws *wsi, struct ws *ws, struct ws_sock *sock, struct cs_str path);

/* --- ws_stream.c ------------------------------------------------------------------------------ */

/* Likewise for GET /events. */
int ws_stream_open(struct lws *wsi, struct ws *ws, struct ws_sock *sock);

/* It is about to be closed: who has not been answered is told why. */
void ws_stream_ending(struct ws_sock *sock, int close_code);

/* It has written, or is about to close. */
void ws_stream_turn(struct ws_sock *sock);

void ws_stream_closed(struct ws_sock *sock);

#endif
