/* ws_internal.h - what the files of ws.h share, and the only one that includes libwebsockets.h.
 *
 * ws.c        the context, frames in and out, closing
 * ws_check.c  the handshake: what lws does not check, and who says he is who
 * ws_http.c   plain HTTP
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
};

struct ws {
    struct lws_context *context;
    struct ws_handlers handlers;
    void *ctx;
    lws_retry_bo_t idle;
    const char *origins;
    int64_t nsocks, max_socks;
    bool refusing;
};

struct ws_sock {
    struct lws *wsi;
    struct ws *ws;
    void *conn;
    struct cs_buf in; /* fragments of a frame that is not whole yet */
    int close_code;   /* 0: not closing */
    char reason[WS_REASON_MAX];
};

/* The first is taken when the client names none; ends with a NULL name. */
extern const struct lws_protocols ws_protocols[];

/* --- ws_check.c ------------------------------------------------------------------------------- */

/* A header, borrowed from `buf`; NULL when it is not there, or too long. */
struct cs_str ws_header(struct lws *wsi, enum lws_token_indexes token, char *buf, size_t size);

/* CS_OK: the upgrade may go on. */
enum cs_rc ws_check_upgrade(const struct ws *ws, struct lws *wsi, struct cs_err *err) CS_MUST_CHECK;

/* The credential of the handshake, "" for none; the text is in `buf`. A cookie never says who
 * somebody is, for a browser sends it along for any page (S6). CS_E_BAD_REQUEST: there are two. */
enum cs_rc ws_credential(struct lws *wsi, char *buf, size_t size, struct ws_request *req,
                         struct cs_err *err) CS_MUST_CHECK;

/* --- ws_http.c -------------------------------------------------------------------------------- */

/* A request that is no upgrade; what a callback of lws returns for it. */
int ws_http(struct lws *wsi, struct ws *ws, const char *path);

/* False: the connection has to go. */
bool ws_answer_problem(struct lws *wsi, const struct cs_err *err);

#endif
